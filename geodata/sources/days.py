"""Columns of days, as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.cleaning.dates import date_of
from geodata.cleaning.text import by_value, clean_text

if TYPE_CHECKING:
    from geodata.layers.ledger import Ledger, Reason
    from geodata.sources.tables import Table


def read_days(table: Table, ledger: Ledger, name: str, unreadable: Reason) -> pd.Series:
    """Return a column of days as YYYY-MM-DD, missing where none is said; what cannot be read is noted."""
    texts = clean_text(table.column(name))
    found = by_value(texts, lambda text: day.isoformat() if (day := date_of(text)) else "")
    days = pd.Series(found, dtype="str")
    bad = texts.notna() & (days == "")
    ledger.repair(bad.to_numpy(), table.header(name), texts.to_numpy(), unreadable)
    return days.where(days != "")
