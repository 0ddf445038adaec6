"""A layer between reading and the bundle: its frame, its record, and the rows it lost or mended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from geodata.layers.ledger import Ledger, empty_entries

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.provenance import Read, SourceRecord


class Settled:
    """A layer after a later stage refused or mended more of its rows.

    Parameters
    ----------
    read
        The source as it was read; None for a layer that was made.
    frame
        Its rows in the working CRS.
    ledger
        What the later stage did to them; None where it did nothing.
    """

    def __init__(self, read: Read | None, frame: gpd.GeoDataFrame, ledger: Ledger | None) -> None:
        self.frame = frame
        self.record: SourceRecord | None = None
        self.misplaced: list[gpd.GeoDataFrame] = []
        self.rejected, self.repaired = empty_entries(), empty_entries()
        if read is None:
            return
        self.record, self.rejected, self.repaired = read.record, read.rejected, read.repaired
        if ledger is None:
            return
        self.frame = frame[ledger.alive].reset_index(drop=True)
        refused = ledger.rejected
        self.rejected = concat_entries([read.rejected, refused])
        gone = pd.MultiIndex.from_frame(_keys(refused))
        entries = concat_entries([read.repaired, ledger.repaired])
        keys = pd.MultiIndex.from_frame(_keys(entries))
        self.repaired = entries[~keys.isin(gone)].reset_index(drop=True)
        self.record = read.record.with_rejected(ledger.rejected_by_reason()).with_repaired(
            dict(sorted(Counter(self.repaired["reason"].tolist()).items())),
            len(_keys(self.repaired).drop_duplicates()),
        )


def concat_entries(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return entries of several ledgers as one table."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty_entries()


def _keys(entries: pd.DataFrame) -> pd.DataFrame:
    sheet = (
        entries["sheet"] if "sheet" in entries else pd.Series("", index=entries.index, dtype="str")
    )
    return pd.DataFrame({"sheet": sheet.fillna(""), "source_row": entries["source_row"]})


def ledger_of(read: Read) -> Ledger:
    """Return an empty account of the rows of a source that are still kept."""
    sheets = read.frame["sheet"].tolist() if "sheet" in read.frame else None
    return Ledger(read.frame["source_row"].to_numpy(), sheets)
