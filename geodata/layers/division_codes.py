"""Codes of administrative divisions: six digits to the borough, three to the street_town, three to the committee."""

from __future__ import annotations

import re
from typing import Final

LENGTHS: Final = {"borough": 6, "street_town": 9, "committee": 12}
_JOINTS: Final = re.compile(r"[\s\-_.'`]+")


def bare_code(text: object) -> str:
    """Return a code at its own length, ``""`` when it is none.

    Tables pad a code with zeros to twelve digits, and sheets write it as a number.

    Examples
    --------
    >>> bare_code("310101002000"), bare_code("310101000000"), bare_code("310101002003"), bare_code("外滩")
    ('310101002', '310101', '310101002003', '')
    """
    digits = _JOINTS.sub("", str(text)) if text is not None else ""
    digits = digits.removesuffix("00") if len(digits) == 8 and digits.endswith("00") else digits
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in LENGTHS.values():
        return ""
    while len(digits) > LENGTHS["borough"] and digits.endswith("000"):
        digits = digits[:-3]
    return digits


def level_of(code: str) -> str:
    """Return the level a bare code is of, ``""`` when it is none.

    Examples
    --------
    >>> level_of("310101"), level_of("310101002"), level_of("310101002003"), level_of("31")
    ('borough', 'street_town', 'committee', '')
    """
    return next((level for level, length in LENGTHS.items() if len(code) == length), "")
