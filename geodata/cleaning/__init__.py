"""Steps that turn what a register says into what the layers hold, and say what they changed.

Each step takes columns as they arrived and returns new columns with a mask of the rows it mended or
could not use; none edits its input, and none drops a row silently.
"""

from __future__ import annotations

from geodata.cleaning.industry import Vintage, read_industry
from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.ownership import read_ownership
from geodata.cleaning.text import clean_text
from geodata.cleaning.uscc import check_uscc

__all__ = [
    "Vintage",
    "check_uscc",
    "clean_text",
    "read_industry",
    "read_numbers",
    "read_ownership",
]
