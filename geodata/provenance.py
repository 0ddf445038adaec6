"""Where each layer came from, and what became of its rows.

A :class:`SourceRecord` travels with its layer into every plan and onto every map. Its counts add up:
``rows_in == kept + rejected + ignored``, and repaired rows are a part of the kept ones.
Reasons are kept as their English texts, which are the keys of the message catalogue, so that a
stored record does not depend on the language of the run; :func:`shown` translates one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

_ = translator("geodata")

REJECTED_COLUMNS = ("source_row", "column", "value", "reason", "suggested_fix")


def shown(reason: str) -> str:
    """Return a stored reason in the reader's language.

    Examples
    --------
    >>> shown("a reason without a translation")
    'a reason without a translation'
    """
    return _(reason)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True)
class SourceRecord:
    """What one source was, and how many of its rows went where.

    Parameters
    ----------
    layer
        Name of the layer the rows went to.
    path
        The file's name as the reader gave it, or a connection without its password.
    sha256
        Hash of the file's bytes; empty where there is no file.
    rows_in
        Rows below the header, titles above it included.
    kept
        Rows that are in the layer.
    rejected
        Reason -> rows that are not in the layer and can be mended.
    repaired
        Reason -> kept rows in which something was mended or doubted; a row may count under several.
    ignored
        Reason -> rows that are no data: titles, totals, blank rows, repeated headers.
    repaired_rows
        Kept rows with at least one repair.
    crs
        Coordinate system or datum the source was declared in.
    encoding
        Text encoding, empty where the format has only one.
    licence, owner, as_of
        As declared; empty where nobody said.
    notes
        Sentences the reader should see, in the language of the run.
    """

    layer: str
    path: str
    sha256: str = ""
    rows_in: int = 0
    kept: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)
    repaired_rows: int = 0
    crs: str = ""
    encoding: str = ""
    licence: str = ""
    owner: str = ""
    as_of: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rejected_rows(self) -> int:
        """Rows that are not in the layer and can be mended."""
        return sum(self.rejected.values())

    @property
    def ignored_rows(self) -> int:
        """Rows that are no data."""
        return sum(self.ignored.values())

    @property
    def adds_up(self) -> bool:
        """Whether no row was lost: rows in are kept, rejected or ignored."""
        return self.rows_in == self.kept + self.rejected_rows + self.ignored_rows

    def with_rejected(self, more: Mapping[str, int]) -> SourceRecord:
        """Return the record after a later stage rejected more of the kept rows."""
        merged = dict(self.rejected)
        for reason, count in more.items():
            if count:
                merged[reason] = merged.get(reason, 0) + count
        return replace(self, rejected=merged, kept=self.kept - sum(more.values()))

    def with_repaired(self, counts: Mapping[str, int], rows: int) -> SourceRecord:
        """Return the record with the repairs of the rows that are still kept after a later stage.

        ``rows`` is the number of kept rows with at least one repair.
        """
        return replace(self, repaired=dict(counts), repaired_rows=rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        for name in ("rejected", "repaired", "ignored"):
            values[name] = dict(values[name])
        values["notes"] = list(self.notes)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SourceRecord:
        """Make a record from what :meth:`to_dict` returned."""
        known = {item.name for item in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        kept["notes"] = tuple(kept.get("notes", ()))
        return cls(**kept)


@dataclass(frozen=True, eq=False)
class Read:
    """One source, read.

    Parameters
    ----------
    frame
        The usable rows, EPSG:4326.
    record
        What the source was and how many rows went where.
    rejected
        Columns ``source_row``, ``column``, ``value``, ``reason``, ``suggested_fix``; one line per
        rejected row, with the first fault found in it.
    repaired
        The same columns for kept rows in which something was mended; one line per repair.
    """

    frame: gpd.GeoDataFrame
    record: SourceRecord
    rejected: pd.DataFrame
    repaired: pd.DataFrame
