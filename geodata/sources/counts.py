"""Numbers of workers and members of a register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.cleaning.numerals import read_numbers
from geodata.sources import reasons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger
    from geodata.sources.tables import Table

MOST_WORKERS: Final = 2_000_000


def read_workers(table: Table, ledger: Ledger) -> NDArray[np.int64]:
    """Read the numbers of workers; unusable ones refuse the row, a blank counts as 0."""
    cells = table.column("workers")
    header, values = table.header("workers"), cells.to_numpy()
    numbers, unreadable, mended = read_numbers(cells)
    bad = unreadable | (numbers < 0) | (numbers > MOST_WORKERS)
    ledger.reject(bad, header, values, reasons.BAD_WORKERS)
    ledger.repair(mended & ~bad, header, values, reasons.NUMBER_MENDED)
    blank = np.isnan(numbers) & ~bad
    ledger.repair(blank, header, "", reasons.NO_WORKERS)
    whole = np.where(blank | bad, 0.0, np.rint(np.where(bad, 0.0, numbers)))
    broken = ~bad & ~blank & (numbers != whole)
    ledger.repair(broken, header, values, reasons.WORKERS_ROUNDED)
    return np.asarray(whole).astype(np.int64)


def read_members(table: Table, ledger: Ledger, workers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the numbers of members; never more than the workers."""
    cells = table.column("members")
    header, values = table.header("members"), cells.to_numpy()
    numbers, unreadable, _mended = read_numbers(cells)
    bad = unreadable | (numbers < 0) | (numbers > MOST_WORKERS)
    ledger.repair(bad, header, values, reasons.MEMBERS_UNUSABLE)
    members = np.rint(np.where(bad | np.isnan(numbers), 0.0, numbers)).astype(np.int64)
    above = members > workers
    ledger.repair(above, header, values, reasons.MEMBERS_ABOVE)
    return np.minimum(members, workers)


def read_part(
    table: Table, ledger: Ledger, name: str, workers: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Read a number that may be absent (NaN); one that cannot be used, or is above the workers, is left open."""
    if name not in table.cells:
        return np.full(len(table.source_row), np.nan)
    cells = table.column(name)
    numbers, unreadable, _mended = read_numbers(cells)
    bad = unreadable | (numbers < 0)
    if workers is not None:
        bad |= numbers > workers
    ledger.repair(bad, table.header(name), cells.to_numpy(), reasons.PART_UNUSABLE)
    return np.where(bad, np.nan, numbers)
