"""Find the header row of a sheet, and which column is which field."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from geodata.cleaning.text import clean_cell
from geodata.errors import Fault, MissingColumnError
from geodata.messages import translator
from geodata.sources.aliases import bare_header, is_personal, without_brackets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ = translator("geodata")

Fields = dict[str, tuple[str, ...]]
_DEPTH: Final = 30
_NEAR: Final = 0.72
_CUT: Final = 3


@dataclass(frozen=True)
class Matched:
    """Which column holds which field.

    Parameters
    ----------
    columns
        Field -> position of its column.
    headers
        Field -> the header as it stands in the file.
    personal
        Headers of columns that are left at the door.
    unread
        Headers that are no known field.
    proposals
        Unread header -> field it nearly matches.
    """

    columns: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    proposals: dict[str, str] = field(default_factory=dict)


class Aliases:
    """The spellings of one layer's fields, ready for look-up."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        # Earlier spellings of a field are preferred where a file has several of them.
        self.exact: dict[str, tuple[int, str]] = {}
        for name, spellings in fields.items():
            for rank, spelling in enumerate((*spellings, name)):
                self.exact.setdefault(bare_header(spelling), (rank, name))
        self.cut = _cut(self.exact)

    def look_up(self, header: object) -> tuple[int, str] | None:
        """Return (rank, field) of a header, or None; a bracketed unit makes the rank worse."""
        whole = self.exact.get(bare_header(header))
        if whole:
            return whole
        bare = without_brackets(header)
        inner = self.exact.get(bare) if bare else None
        if inner:
            return inner[0] + 100, inner[1]
        field = self.cut.get(bare_header(header))
        return (200, field) if field else None

    def nearest(self, header: object) -> str | None:
        """Return the field whose spelling a header nearly matches, or None."""
        bare = without_brackets(header) or bare_header(header)
        if len(bare) < 2:
            return None
        close = difflib.get_close_matches(bare, self.exact, n=1, cutoff=_NEAR)
        return self.exact[close[0]][1] if close else None


def _cut(exact: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """Return Chinese spellings as a Shapefile cuts them (ten bytes, three characters) -> field, where one field has them."""
    found: dict[str, set[str]] = {}
    for spelling, (_rank, name) in exact.items():
        if len(spelling) > _CUT and not spelling.isascii():
            found.setdefault(spelling[:_CUT], set()).add(name)
    return {
        short: names.pop()
        for short, names in found.items()
        if len(names) == 1 and short not in exact
    }


@lru_cache(maxsize=16)
def _cached(key: tuple[tuple[str, tuple[str, ...]], ...]) -> Aliases:
    return Aliases(dict(key))


def aliases_of(fields: Fields) -> Aliases:
    """Return the ready aliases of a layer's fields, made once."""
    return _cached(tuple(fields.items()))


def score(cells: Sequence[object], aliases: Aliases, wanted: frozenset[str]) -> int:
    """Return how many different fields the cells of a row name."""
    found = set()
    for cell in cells:
        if isinstance(cell, str) and cell and len(cell) < 60:
            bare = bare_header(cell)
            if bare in wanted:
                found.add(bare)
            else:
                hit = aliases.look_up(cell)
                if hit:
                    found.add(hit[1])
    return len(found)


def find_header(
    rows: Sequence[Sequence[object]], aliases: Aliases, columns: Mapping[str, str] | None = None
) -> tuple[int, int, list[object]] | None:
    """Find the header among the first rows of a sheet.

    A header may stand on two rows (merged cells above, parts below); then blank cells of the lower
    row take the text above them.

    Returns
    -------
    tuple or None
        First row of the header, first row after it (both from 0), and its cells; None when no row
        names at least one field.
    """
    wanted = frozenset(bare_header(header) for header in (columns or {}).values())
    best: tuple[tuple[int, int], int, int, list[object]] | None = None
    for place, row in enumerate(rows[:_DEPTH]):
        for height, cells in ((1, list(row)), (2, _two_rows(rows, place))):
            if cells is None:
                continue
            points = score(cells, aliases, wanted)
            # At equal points one row is likelier to be a header than two.
            if points and (best is None or (points, -height) > best[0]):
                best = ((points, -height), place, place + height, cells)
    return best[1:] if best else None


def _two_rows(rows: Sequence[Sequence[object]], place: int) -> list[object] | None:
    if place + 1 >= min(len(rows), _DEPTH):
        return None
    upper, lower = list(rows[place]), list(rows[place + 1])
    width = max(len(upper), len(lower))
    upper += [None] * (width - len(upper))
    lower += [None] * (width - len(lower))
    if any(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in lower):
        return None
    return [
        below if clean_cell(below) else above for above, below in zip(upper, lower, strict=True)
    ]


def match_headers(
    cells: Sequence[object], aliases: Aliases, columns: Mapping[str, str] | None, where: str
) -> Matched:
    """Decide which column is which field.

    Parameters
    ----------
    cells
        The header's cells.
    aliases
        Spellings of the layer's fields.
    columns
        The scenario's mapping block, our name -> header; it decides before any spelling.
    where
        File and sheet, for messages.

    Raises
    ------
    MissingColumnError
        When the mapping block names a field we do not have or a header the file does not have.
    """
    bare = [bare_header(cell) for cell in cells]
    taken, faults = _mapped(bare, aliases, columns or {}, cells, where)
    if faults:
        raise MissingColumnError(faults)
    ranks = dict.fromkeys(taken, -1)
    used = set(taken.values())
    for place, cell in enumerate(cells):
        hit = aliases.look_up(cell) if bare[place] and place not in used else None
        if hit and (hit[1] not in ranks or hit[0] < ranks[hit[1]]):
            ranks[hit[1]], taken[hit[1]] = hit[0], place
    used = set(taken.values())
    left = [place for place in range(len(cells)) if bare[place] and place not in used]
    personal = [place for place in left if is_personal(cells[place])]
    unread = [place for place in left if place not in set(personal)]
    proposals = {}
    for place in unread:
        near = aliases.nearest(cells[place])
        if near and near not in taken:
            proposals[clean_cell(cells[place])] = near
    return Matched(
        columns=taken,
        headers={name: clean_cell(cells[place]) for name, place in taken.items()},
        personal=tuple(clean_cell(cells[place]) for place in personal),
        unread=tuple(clean_cell(cells[place]) for place in unread),
        proposals=proposals,
    )


def _mapped(
    bare: list[str],
    aliases: Aliases,
    columns: Mapping[str, str],
    cells: Sequence[object],
    where: str,
) -> tuple[dict[str, int], list[Fault]]:
    taken: dict[str, int] = {}
    faults = []
    for name, header in columns.items():
        if name not in aliases.fields:
            faults.append(
                Fault(
                    _("the mapping names {name}, which is no field of this layer").format(
                        name=repr(name)
                    ),
                    where=where,
                    fix=_("use one of {names}").format(names=", ".join(aliases.fields)),
                )
            )
        elif bare_header(header) not in bare:
            faults.append(
                Fault(
                    _(
                        "the mapping gives {name} the header {header}, which the file does not have"
                    ).format(name=repr(name), header=repr(header)),
                    where=where,
                    fix=_("use one of {names}").format(
                        names=", ".join(clean_cell(cell) for cell in cells if clean_cell(cell))
                    ),
                )
            )
        else:
            taken[name] = bare.index(bare_header(header))
    return taken, faults
