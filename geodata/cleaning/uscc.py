"""The 统一社会信用代码 of GB 32100-2015, checked a column at a time.

Eighteen characters: registering authority, kind of body, six digits of the place, nine of the
organisation code with its own check character (GB 11714), and a check character modulo 31.
The rules equal ``stdnum.cn.uscc`` (a test compares them); the arithmetic is on a byte matrix so that
half a million codes take a fraction of a second.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.cleaning.text import clean_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18
_WEIGHTS: Final = np.array([pow(3, place, 31) for place in range(17)], dtype=np.int64)
_ORGANISATION_WEIGHTS: Final = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_MANGLED: Final = re.compile(r"^\d(\.\d+)?e\+1[0-9]$", re.IGNORECASE)
_JOINTS: Final = str.maketrans("", "", " -‐‑–—_.·'`\"")
# The standard leaves out I, O, S, V and Z because people mistake them for digits.
_MISREAD: Final = str.maketrans("OIZSV", "0125U")

_VALUE: Final = np.full(256, -1, dtype=np.int64)
_VALUE[[ord(character) for character in ALPHABET]] = np.arange(len(ALPHABET))
# GB 11714 counts A as 10 ... Z as 35, over the whole alphabet.
_ORGANISATION_VALUE: Final = np.full(256, -1, dtype=np.int64)
_ORGANISATION_VALUE[ord("0") : ord("9") + 1] = np.arange(10)
_ORGANISATION_VALUE[ord("A") : ord("Z") + 1] = np.arange(10, 36)


@dataclass(frozen=True, eq=False)
class Checked:
    """A column of codes, checked; every array is aligned with it.

    Parameters
    ----------
    code
        The code where it is valid, else ``""``.
    blank
        Nothing was given.
    mangled
        A sheet turned the code into a number such as 9.13E+17: its last digits are gone.
    short
        The length is not 18: an organisation code, a registration number, or a slip.
    wrong
        Eighteen characters that fail the alphabet or the check character.
    mended
        Valid after small letters, spaces or letters mistaken for digits were put right.
    organisation_doubt
        Valid, but the organisation code inside fails its own check (a warning).
    """

    code: NDArray[np.object_]
    blank: NDArray[np.bool_]
    mangled: NDArray[np.bool_]
    short: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    mended: NDArray[np.bool_]
    organisation_doubt: NDArray[np.bool_]


def _matrix(codes: Sequence[str]) -> NDArray[np.uint8]:
    """Return codes of 18 characters as rows of bytes; other characters than ASCII become 0."""
    joined = "".join(codes).encode("ascii", "replace")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(codes), LENGTH)


def _valid(codes: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether each code of 18 characters is valid, and whether its organisation code is."""
    if not len(codes):
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
    letters = _matrix(codes)
    values = _VALUE[letters]
    digits = (values[:, :8] >= 0) & (values[:, :8] < 10)
    known = digits.all(axis=1) & (values >= 0).all(axis=1)
    check = (31 - (values[:, :17] * _WEIGHTS).sum(axis=1) % 31) % 31
    inside = _ORGANISATION_VALUE[letters[:, 8:17]]
    organisation = (11 - (inside[:, :8] * _ORGANISATION_WEIGHTS).sum(axis=1) % 11) % 11
    said = letters[:, 16]
    expected = np.where(organisation == 10, ord("X"), organisation + ord("0"))
    return known & (check == values[:, 17]), said == expected


def check_uscc(values: Sequence[object] | pd.Series) -> Checked:
    """Check a column of 统一社会信用代码.

    Parameters
    ----------
    values
        Cells of any type; a whole number is taken digit by digit where a sheet kept all of them.

    Examples
    --------
    >>> checked = check_uscc(["91110000600037341L", "91110000600037341X", 9.13e17, None])
    >>> checked.code.tolist(), checked.wrong.tolist(), checked.mangled.tolist()
    (['91110000600037341L', '', '', ''], [False, True, False, False], [False, False, True, False])
    """
    raw = [_code_text(value) for value in values]
    count = len(raw)
    given = np.array([text != "" for text in raw], dtype=bool)
    mangled = np.array(
        ["E+" in text.upper() and bool(_MANGLED.match(text)) for text in raw], dtype=bool
    )
    tidy = [text.translate(_JOINTS).upper() for text in raw]
    full = np.array([len(text) == LENGTH for text in tidy], dtype=bool) & given & ~mangled
    code = np.full(count, "", dtype=object)
    doubt = np.zeros(count, dtype=bool)

    places = np.flatnonzero(full)
    valid, organisation = _valid([tidy[place] for place in places])
    _accept(places[valid], organisation[valid], tidy, code, doubt)
    retry = places[~valid]
    guessed = {int(place): tidy[place].translate(_MISREAD) for place in retry}
    valid_again, organisation_again = _valid(list(guessed.values()))
    _accept(retry[valid_again], organisation_again[valid_again], guessed, code, doubt)

    accepted = code != ""
    for place in np.flatnonzero(full & ~accepted).tolist():
        mangled[place] = _lost_digits(tidy[place])
    full &= ~mangled
    changed = [
        bool(ok) and text != answer for ok, text, answer in zip(accepted, raw, code, strict=True)
    ]
    mended = np.array(changed, dtype=bool)
    return Checked(
        code=code,
        blank=~given,
        mangled=mangled,
        short=given & ~mangled & ~full,
        wrong=full & ~accepted,
        mended=mended,
        organisation_doubt=doubt,
    )


def _accept(
    places: NDArray[np.intp],
    organisation: NDArray[np.bool_],
    texts: Sequence[str] | dict[int, str],
    code: NDArray[np.object_],
    doubt: NDArray[np.bool_],
) -> None:
    for place, sound in zip(places.tolist(), organisation.tolist(), strict=True):
        code[place] = texts[place]
        doubt[place] = not sound


def _code_text(value: object) -> str:
    if isinstance(value, str):
        return value if value.isascii() and value.isalnum() else clean_string(value)
    if isinstance(value, int | np.integer | float | np.floating) and not isinstance(value, bool):
        number = float(value)
        if math.isnan(number):
            return ""
        # Fifteen digits is what a double holds; from there on the sheet has lost some.
        return str(int(number)) if abs(number) < 1e15 else f"{number:.5E}"
    return "" if value is None else clean_string(str(value))


def _lost_digits(text: str) -> bool:
    """Return whether a code that fails its check is a number a sheet wrote out after losing digits.

    A sheet keeps fifteen, so the last three became zeros: 913101012345678000.
    """
    return text.isdigit() and text.endswith("000")
