"""The end of every reader: unique ids, and the frame with its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.duplicates import earlier_with_same
from geodata.cleaning.text import clean_text
from geodata.errors import GeodataError
from geodata.layers.ledger import Reason
from geodata.messages import mark
from geodata.provenance import Read, SourceRecord, file_sha256
from geodata.sources.origin import Database, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

REPEATED_ID: Final = Reason(
    mark("the id stands in an earlier row; the row number was added to it"),
    mark("give every row an id of its own"),
)


@dataclass(frozen=True)
class Declared:
    """What the user says of a source; kept in its record."""

    owner: str = ""
    licence: str = ""
    as_of: str = ""


def row_names(table: Table) -> pd.Series:
    """Return ``row-N`` per record; rows of a second sheet carry the sheet's name as well."""
    rows = table.source_row.tolist()
    if table.sheet is None:
        return pd.Series([f"row-{row}" for row in rows], dtype="str")
    first = table.sheet[0]
    pairs = zip(table.sheet, rows, strict=True)
    names = [f"row-{row}" if sheet == first else f"row-{sheet}-{row}" for sheet, row in pairs]
    return pd.Series(names, dtype="str")


def unique_ids(table: Table, ledger: Ledger, name: str) -> pd.Series:
    """Return the ids of a column; a blank becomes the row's name, a repeated one gets it added."""
    rows = row_names(table)
    ids = clean_text(table.column(name)).fillna(rows)
    again = earlier_with_same(ids.to_numpy(dtype=object), ledger.alive)
    ledger.repair(again, table.header(name), ids.to_numpy(), REPEATED_ID)
    return ids.where(~again, ids + "-" + rows)


def finished(
    layer: str,
    path: Origin,
    table: Table,
    *,
    frame: gpd.GeoDataFrame,
    ledger: Ledger,
    declared: Declared,
    datum: str,
    part: str | None = None,
) -> Read:
    """Return the kept rows of a frame with the record of its source.

    The frame gets ``source_row`` and, where several sheets were read, ``sheet``, so that a later stage
    can still name the row it refuses.
    """
    frame = frame.assign(source_row=table.source_row)
    if table.sheet is not None:
        frame = frame.assign(sheet=pd.Series(table.sheet, dtype="str"))
    kept = frame[np.asarray(ledger.alive)].reset_index(drop=True)
    record = SourceRecord(
        layer=layer,
        path=path.name if part is None or isinstance(path, Database) else f"{path.name}:{part}",
        sha256=_sha256(path, table),
        rows_in=table.rows_in,
        kept=len(kept),
        rejected=ledger.rejected_by_reason(),
        repaired=ledger.repaired_by_reason(),
        ignored=table.ignored,
        repaired_rows=ledger.repaired_rows,
        crs=table.crs or datum,
        encoding=table.encoding,
        licence=declared.licence,
        owner=declared.owner,
        as_of=declared.as_of,
        notes=table.notes,
    )
    return Read(frame=kept, record=record, rejected=ledger.rejected, repaired=ledger.repaired)


def _sha256(path: Origin, table: Table) -> str:
    if isinstance(path, Database):
        return table.sha256
    return file_sha256(path) if path.is_file() else ""


def raise_together(errors: Sequence[GeodataError]) -> None:
    """Raise nothing for none, the error itself for one, and one error with every fault for several.

    Raises
    ------
    GeodataError
        Of the kind that all of them are, else of the general kind.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        kinds = {type(error) for error in errors}
        kind = kinds.pop() if len(kinds) == 1 else GeodataError
        raise kind([fault for error in errors for fault in error.faults])
