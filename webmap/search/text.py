"""Names as overlapping pairs of characters: Chinese has no spaces, and any part of a name of two letters is found."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

CODE = 6
"""Latin letters and digits of so many that begin a code are taken for one."""
MOST = 80
"""Letters of a question that count."""


def plain(text: str) -> str:
    """Return a text as it is compared: one width, lower case, letters and digits alone.

    Examples
    --------
    >>> plain("ＡＢＣ（澜汐）科技 有限公司")
    'abc澜汐科技有限公司'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def is_code(letters: str) -> bool:
    """Say whether a plain text can only be (part of) a code; what begins with it is then all there is to find.

    Every code holds the pairs of every other in some order: looking for it inside texts would read half the index.

    Examples
    --------
    >>> is_code("91310115ma1k3"), is_code("abc科技"), is_code("2026")
    (True, False, False)
    """
    return len(letters) >= CODE and letters.isascii() and any(map(str.isdigit, letters))


def pairs(text: str) -> str:
    """Return the pairs of a text, in order, as the index keeps them.

    Examples
    --------
    >>> pairs("澜汐科技")
    '澜汐 汐科 科技'
    """
    letters = plain(text)
    if len(letters) == 1:
        return letters
    return " ".join(map("".join, pairwise(letters)))


def question(text: str) -> str:
    """Return a question in the index's language: each word a phrase, all of them must be there; ``""`` for nothing.

    Examples
    --------
    >>> question("澜汐 科技园")
    '"澜汐" AND "科技 技园"'
    >>> question("澜")
    '"澜" *'
    """
    words = [plain(word) for word in text[:MOST].split()]
    return " AND ".join(
        f'"{word}" *' if len(word) == 1 else f'"{pairs(word)}"' for word in words if word
    )
