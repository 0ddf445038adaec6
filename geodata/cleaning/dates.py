"""Dates and times of day in the styles people write them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from geodata.cleaning.text import clean_string

_STYLES: Final = (
    re.compile(r"^(?P<y>\d{4})[-/.年](?P<m>\d{1,2})(?:[-/.月](?P<d>\d{1,2})日?)?月?(?:[ T].*)?$"),
    re.compile(r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})$"),
    re.compile(r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})$"),
    re.compile(r"^(?P<y>\d{4})年?$"),
)
_SERIAL: Final = re.compile(r"^\d{5}(\.\d+)?$")
_EPOCH: Final = date(1899, 12, 30)
_CLOCK: Final = re.compile(
    r"^(\d{1,2})(?:[:时点.h](\d{1,2})?(?:[:分]\d{0,2})?)?分?$", re.IGNORECASE
)


def date_of(text: str) -> date | None:
    """Return the date a text means, or None.

    Year alone means its first day, year and month the month's first; five digits are a spreadsheet's
    day number.

    Examples
    --------
    >>> [date_of(text).isoformat() for text in ("2025-06-30", "2025年6月30日", "2025/6/30", "2025.06", "20250630", "45838")]
    ['2025-06-30', '2025-06-30', '2025-06-30', '2025-06-01', '2025-06-30', '2025-06-30']
    >>> date_of("2025-02-30") is None
    True
    """
    text = clean_string(text)
    if _SERIAL.match(text):
        return _EPOCH + timedelta(days=int(float(text)))
    for style in _STYLES:
        found = style.match(text)
        if found:
            parts = found.groupdict()
            try:
                return date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
            except ValueError:
                return None
    return None


def clock_of(text: str) -> str:
    """Return a time of day as HH:MM, ``""`` when it is none; 24:00 is the end of a day.

    Examples
    --------
    >>> clock_of("8:30"), clock_of("17点"), clock_of("08:30:00"), clock_of("24:00"), clock_of("25:00")
    ('08:30', '17:00', '08:30', '24:00', '')
    """
    text = clean_string(text)
    found = _CLOCK.match(text)
    if not found:
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return ""
    return f"{hour:02d}:{minute:02d}"
