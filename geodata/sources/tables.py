"""Any table file -> the columns we know, as cells; titles, totals and blank rows counted apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.cleaning.text import clean_cell
from geodata.errors import EmptyLayerError, Fault, MissingColumnError
from geodata.messages import translator
from geodata.sources.aliases import bare_header
from geodata.sources.footings import no_data_reason
from geodata.sources.grids import read_grids
from geodata.sources.headers import Aliases, Fields, Matched, aliases_of, find_header, match_headers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from geodata.sources.grid import Grid
    from geodata.sources.origin import Origin

_ = translator("geodata")


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file under our field names.

    Parameters
    ----------
    cells
        One object column per field found, cells as they arrived.
    source_row
        Row of each record in the file, from 1.
    sheet
        Sheet of each record, None where one sheet was read.
    matched
        Which header is which field.
    ignored
        Reason -> rows that are no data.
    geometry
        Shapes of a map file, else None.
    crs
        Coordinate system of the shapes, or what the file says.
    encoding
        Text encoding, empty where the format has only one.
    notes
        Sentences the reader should see.
    sha256
        Hash of the cells, where there is no file to take it from.
    """

    cells: pd.DataFrame
    source_row: np.ndarray
    sheet: list[str] | None
    matched: Matched
    ignored: dict[str, int] = field(default_factory=dict)
    geometry: gpd.GeoSeries | None = None
    crs: str = ""
    encoding: str = ""
    notes: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def rows_in(self) -> int:
        """Rows of the file without its header."""
        return len(self.cells) + sum(self.ignored.values())

    def header(self, name: str) -> str:
        """Return the header a field has in the file, or the field's own name."""
        return self.matched.headers.get(name, name)

    def column(self, name: str) -> pd.Series:
        """Return the cells of a field; all missing where the file has no such column."""
        if name in self.cells:
            return self.cells[name]
        return pd.Series([None] * len(self.cells), dtype=object)


def read_table(
    path: Origin,
    fields: Fields,
    *,
    needed: Sequence[tuple[str, ...]] = (),
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    layer: str | None = None,
) -> Table:
    """Read the known columns of a file.

    Parameters
    ----------
    path
        A spreadsheet, text table or map file, or a table of a database.
    fields
        Field -> spellings of its header.
    needed
        Groups of fields; of each group at least one must be found.
    columns
        The scenario's mapping block, our name -> header in the file.
    sheet
        Name of the sheet to read, of the layer of a map file, or of the table of a database; by default
        every sheet with a header that fits, and the only or first layer.
    layer
        Name of the layer in a GeoPackage; by default the only or first one.

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError, MissingColumnError
        When nothing usable can be read; one message with every fault.
    """
    aliases = aliases_of(fields)
    grids = read_grids(path, sheet=sheet, layer=layer, aliases=aliases)
    found = _with_headers(grids, aliases, needed, columns)
    if not found:
        raise MissingColumnError(
            Fault(
                _("no row holds a header that is known"),
                where=path.name,
                count=len(grids),
                examples=[_first_cells(grid) for grid in grids],
                fix=_("name the columns in the scenario's mapping block, as our name = header"),
            )
        )
    parts = [_part(grid, header, aliases, columns, path.name) for grid, header in found]
    table = _joined(parts, found[0][0])
    _check_needed(table, needed, path.name)
    if table.cells.empty:
        raise EmptyLayerError(
            Fault(
                _("a header and no row below it"),
                where=path.name,
                fix=_("check that the right file and sheet were given"),
            )
        )
    return table


def _first_cells(grid: Grid) -> str:
    row = next((row for row in grid.rows if any(clean_cell(cell) for cell in row)), [])
    cells = [clean_cell(cell) for cell in row if clean_cell(cell)]
    return " | ".join(cells[:8])


def _with_headers(
    grids: list[Grid],
    aliases: Aliases,
    needed: Sequence[tuple[str, ...]],
    columns: Mapping[str, str] | None,
) -> list[tuple[Grid, tuple[int, int, list[object]]]]:
    """Return the grids whose header fits: a summary beside the register lacks what is needed.

    Where no grid has all that is needed, those with the most known headers are returned, so that the
    message can say what they lack.
    """
    found = []
    for grid in grids:
        header = find_header(grid.rows, aliases, columns)
        if header:
            found.append((_named(header[2], aliases, columns), grid, header))
    whole = [one for one in found if all(one[0] & set(group) for group in needed)]
    chosen = whole or found
    most = max((len(names) for names, _grid, _header in chosen), default=0)
    return [(grid, header) for names, grid, header in chosen if 2 * len(names) >= most]


def _named(
    cells: Sequence[object], aliases: Aliases, columns: Mapping[str, str] | None
) -> set[str]:
    bare = {bare_header(cell) for cell in cells}
    names = {hit[1] for cell in cells if (hit := aliases.look_up(cell))}
    return names | {name for name, header in (columns or {}).items() if bare_header(header) in bare}


@dataclass(frozen=True, eq=False)
class _Part:
    cells: pd.DataFrame
    source_row: np.ndarray
    matched: Matched
    ignored: Counter[str]
    kept: np.ndarray
    sheet: str


def _part(
    grid: Grid,
    header: tuple[int, int, list[object]],
    aliases: Aliases,
    columns: Mapping[str, str] | None,
    where: str,
) -> _Part:
    place, after, cells = header
    matched = match_headers(cells, aliases, columns, where)
    body = grid.rows[after:]
    repeated = tuple(clean_cell(cell) for cell in cells)
    verdicts = [no_data_reason(row, repeated) for row in body]
    kept = np.array([verdict == "" for verdict in verdicts], dtype=bool)
    ignored = Counter(verdict for verdict in verdicts if verdict)
    titles = sum(1 for row in grid.rows[:place] if any(clean_cell(cell) for cell in row))
    blanks = place - titles
    for reason, count in (("title", titles), ("blank", blanks)):
        if count:
            ignored[reason] += count
    places = np.flatnonzero(kept)
    rows = body if kept.all() else [body[row] for row in places.tolist()]
    data = {
        name: pd.Series(_cells(rows, column), dtype=object)
        for name, column in matched.columns.items()
    }
    return _Part(
        cells=pd.DataFrame(data, index=pd.RangeIndex(len(places))),
        source_row=places + after + grid.first_row,
        matched=matched,
        ignored=ignored,
        kept=kept,
        sheet=grid.name,
    )


def _cells(rows: Sequence[Sequence[object]], column: int) -> list[object]:
    try:
        return [row[column] for row in rows]
    except IndexError:
        # A text table's rows end where their last cell does.
        return [row[column] if column < len(row) else None for row in rows]


def _joined(parts: list[_Part], grid: Grid) -> Table:
    ignored: Counter[str] = Counter()
    for part in parts:
        ignored.update(part.ignored)
    several = len(parts) > 1
    first = parts[0]
    cells = pd.concat([part.cells for part in parts], ignore_index=True) if several else first.cells
    sheets = [part.sheet for part in parts for _row in range(len(part.cells))] if several else None
    geometry = None
    if grid.geometry is not None:
        geometry = grid.geometry[first.kept].reset_index(drop=True)
    return Table(
        cells=cells,
        source_row=np.concatenate([part.source_row for part in parts]).astype(np.int64),
        sheet=sheets,
        matched=first.matched,
        ignored=dict(sorted(ignored.items())),
        geometry=geometry,
        crs=grid.crs,
        encoding=grid.encoding,
        notes=_notes(parts, several=several),
        sha256=grid.sha256,
    )


def _notes(parts: list[_Part], *, several: bool) -> tuple[str, ...]:
    personal = sorted({header for part in parts for header in part.matched.personal})
    notes = []
    if several:
        names = ", ".join(part.sheet for part in parts)
        notes.append(_("sheets read together: {names}").format(names=names))
    if personal:
        notes.append(_("personal columns were not read: {names}").format(names=", ".join(personal)))
    for header, name in sorted({pair for part in parts for pair in part.matched.proposals.items()}):
        notes.append(
            _(
                'the column {header} was not read; if it is {name}, say so in the mapping block: {name} = "{header}"'
            ).format(header=header, name=name)
        )
    return tuple(notes)


def _check_needed(table: Table, needed: Sequence[tuple[str, ...]], where: str) -> None:
    faults = [
        Fault(
            _("no column for {names}").format(names=_(" or ").join(group)),
            where=where,
            count=len(table.matched.unread),
            examples=table.matched.unread,
            fix=_("name the column in the scenario's mapping block, as our name = header"),
        )
        for group in needed
        if not any(name in table.cells for name in group)
    ]
    if faults:
        raise MissingColumnError(faults)
