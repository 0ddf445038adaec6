"""Texts that a person sees, in Chinese and English.

Every package keeps its own catalogue in ``<package>/translations/<language>/LC_MESSAGES/``.
The English text is the key, so a missing translation shows English and never a code word.
``make messages`` extracts, ``tests/test_messages.py`` fails when a text has no Chinese.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import lru_cache
from importlib import resources
from typing import Literal, Protocol

Language = Literal["en", "zh"]

_language: ContextVar[Language] = ContextVar("language", default="en")


class Translate(Protocol):
    """A function from an English text to the text in the current language."""

    def __call__(self, message: str, /) -> str:
        """Return ``message`` in the language in force."""


def set_language(language: Language) -> None:
    """Set the language of this thread or task; a web request sets its own."""
    _language.set(language)


def current_language() -> Language:
    """Return the language in force, ``"en"`` unless somebody set it."""
    return _language.get()


def translator(package: str) -> Translate:
    """Return the ``_`` of one package.

    Examples
    --------
    >>> _ = translator("geodata")
    >>> _("a text without a translation")
    'a text without a translation'
    """

    def translate(message: str, /) -> str:
        return _catalogue(package, _language.get()).gettext(message) if message else ""

    return translate


def mark(message: str) -> str:
    """Mark a text for extraction where it is defined; translate it where it is shown."""
    return message


@lru_cache(maxsize=16)
def _catalogue(package: str, language: Language) -> gettext.NullTranslations:
    source = resources.files(package) / "translations" / language / "LC_MESSAGES" / f"{package}.mo"
    if not source.is_file():
        return gettext.NullTranslations()
    with source.open("rb") as stream:
        return gettext.GNUTranslations(stream)


def text_in(language: Language, package: str, message: str) -> str:
    """Return a marked text in one language, whatever language is in force; for pages that show both."""
    return _catalogue(package, language).gettext(message) if message else ""
