"""A linear programme over listed subsets: columns priced from the whole list, cuts added, and a bound taken from the duals.

The bound is recomputed here from the duals, so it holds whatever the solver says: with any duals of the right sign,

    value of a map = sum over its columns of (what the rows charge + excess)  <=  duals x right sides + count x largest excess.

A column whose excess lies further below the largest one than the bound lies above what is wanted is in no map that is wanted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.districting.pricing import crossed, crossed_triples, excesses

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Columns the programme starts with and takes per pricing round, pricing rounds, cuts per round, and rounds of cuts.
BATCH, ROUNDS, CUTS, CUT_ROUNDS = 400, 40, 30, 12
# Rounds of cuts that may pass without a better bound.
PATIENCE = 4
# Long lists are priced by every STRIDE-th column until that gives nothing more.
LONG, STRIDE = 200_000, 16
# Share of the columns that must be excluded before the list is copied without them.
WORTH = 0.3
# What it costs to leave a unit uncovered or a district undrawn while the columns taken so far cannot make a map.
UNCOVERED = 10.0
# Rounding of the bound: subsets of a wanted map are never lost to it.
CARE = 1e-4


@dataclass(frozen=True, eq=False)
class Columns:
    """Subsets a district may be.

    Parameters
    ----------
    sets
        uint64, shape (columns,): units as bits.
    value
        bool, shape (columns,): in band.
    rooms
        float32, shape (columns, rooms): coefficients in the rows of room (no column where there are none).
    """

    sets: NDArray[np.uint64]
    value: NDArray[np.bool_]
    rooms: NDArray[np.float32]

    def of(self, kept: NDArray[np.integer[Any]]) -> Columns:
        """Return some of the columns."""
        return Columns(self.sets[kept], self.value[kept], self.rooms[kept])


@dataclass(eq=False)
class Programme:
    """Most columns of value among disjoint ones.

    Parameters
    ----------
    columns
        What to choose from.
    units
        Number of units, at most 64.
    count
        Number of columns of the answer; at most that many where it need not be whole.
    whole
        Whether every unit must be covered.
    right
        float64, shape (rooms,): right sides of the rows of room (at most).
    cuts, kept
        Rows added, and the columns left of those the programme began with, while a bound is sought.
    """

    columns: Columns
    units: int
    count: int
    whole: bool
    right: NDArray[np.float64]
    cuts: list[np.uint64] = field(default_factory=list)
    kept: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Bound:
    """What the duals prove.

    Parameters
    ----------
    value
        No answer has more columns of value than this, rounded down.
    kept
        int64: columns that an answer with ``wanted`` of value may contain.
    slack
        float64, per kept column: how much of ``value - wanted`` it uses up.
    spare
        ``value - wanted``, rounding included.
    """

    value: float
    kept: NDArray[np.int64]
    slack: NDArray[np.float64]
    spare: float


def bounded(programme: Programme, start: NDArray[np.uint64], wanted: int) -> Bound:
    """Bound a programme from above, at best below ``wanted``.

    Parameters
    ----------
    programme
        The programme.
    start
        Sets of a known answer, which help the first round.
    wanted
        Columns of value that an answer would need; the search for a bound ends once it is refuted.

    Returns
    -------
    Bound
        With the columns that ``wanted`` leaves.
    """
    everything = programme.columns
    # Cuts and exclusions hold for this ``wanted`` only.
    programme.cuts = []
    programme.kept = np.arange(len(everything.sets), dtype=np.int64)
    master = _Master(programme, start)
    best = _priced(master, programme, wanted)
    in_vain = 0
    for turn in range(CUT_ROUNDS + 1):
        best = _excluded(master, programme, best, wanted, 0.0)
        if not len(programme.kept) or turn == CUT_ROUNDS or in_vain == PATIENCE:
            break
        if not master.cut(programme):
            break
        before = programme.kept
        better = _priced(master, programme, wanted)
        in_vain = 0 if better.value < best.value - 0.005 else in_vain + 1
        # Without these cuts the bound was what it was: of two proofs the stronger one counts.
        if better.value > best.value:
            places = np.searchsorted(before, programme.kept)
            better = _Duals(best.value, best.shortfall[places])
        best = better
    kept, programme.columns = programme.kept, everything
    slack = np.maximum(best.shortfall, 0.0).astype(np.float64)
    return Bound(best.value, kept, slack, best.value - wanted + CARE)


def _excluded(
    master: _Master, programme: Programme, best: _Duals, wanted: int, worth: float
) -> _Duals:
    """Drop the columns that no answer with ``wanted`` contains, where they are more than a share ``worth`` of all."""
    fits = np.flatnonzero(best.shortfall <= best.value - wanted + CARE)
    if best.value < wanted - CARE:
        fits = fits[:0]
    gone = len(best.shortfall) - len(fits)
    if gone == 0 or gone < worth * len(best.shortfall):
        return best
    programme.kept = programme.kept[fits]
    programme.columns = programme.columns.of(fits)
    master.restrict(fits)
    return _Duals(best.value, best.shortfall[fits])


@dataclass(frozen=True, eq=False)
class _Duals:
    """A bound, and how far each column's excess lies below the largest one."""

    value: float
    shortfall: NDArray[np.float32]


def _priced(master: _Master, programme: Programme, wanted: int) -> _Duals:
    """Solve with columns priced in; duals are drawn towards the best ones so far, which steadies them."""
    best, centre = _Duals(math.inf, np.zeros(0, dtype=np.float32)), None
    if len(programme.columns.sets) > LONG:
        _sampled(master, programme)
    for _round in range(ROUNDS):
        dual = master.solve()
        if dual is None:
            break
        entered = False
        for trial in [dual] if centre is None else [(centre + dual) / 2, dual]:
            value = master.value_of(programme, trial)
            excess = _excesses(programme, trial, 1)
            top = float(excess.max())
            base = top if programme.whole else max(0.0, top)
            value += programme.count * base
            if value < best.value:
                best, centre = _Duals(value, base - excess), trial
                if value < wanted - CARE:
                    return best
                fewer = _excluded(master, programme, best, wanted, WORTH)
                if fewer is not best:
                    best, excess = fewer, base - fewer.shortfall
                    if not len(excess):
                        return best
            if master.enter(programme, excess, 1):
                entered = True
                break
        if not entered:
            break
    if math.isinf(best.value):
        return _Duals(math.inf, np.zeros(len(programme.columns.sets), dtype=np.float32))
    return best


def _sampled(master: _Master, programme: Programme) -> None:
    """Take columns from an even sample of a long list, until it gives nothing more."""
    for _round in range(ROUNDS):
        dual = master.solve()
        if dual is None or not master.enter(programme, _excesses(programme, dual, STRIDE), STRIDE):
            return


def _excesses(programme: Programme, dual: NDArray[np.float64], stride: int) -> NDArray[np.float32]:
    columns = programme.columns
    return excesses(
        columns.sets[::stride],
        columns.value[::stride],
        columns.rooms[::stride],
        dual,
        programme.units,
        np.array(programme.cuts, dtype=np.uint64),
    )


class _Master:
    """The programme on the columns taken so far, in HiGHS."""

    def __init__(self, programme: Programme, start: NDArray[np.uint64]) -> None:
        import highspy

        self.infinity = highspy.kHighsInf
        self.solver = _quiet(highspy)
        columns, n = programme.columns, programme.units
        self.rows = n + 1 + len(programme.right)
        right = np.concatenate([np.ones(n), [programme.count], programme.right])
        left = np.full(self.rows, -self.infinity)
        if programme.whole:
            left[: n + 1] = right[: n + 1]
        nothing = np.empty(0, dtype=np.int32)
        self.solver.addRows(
            self.rows, left, right, 0, np.zeros(self.rows, np.int32), nothing, np.empty(0)
        )
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        # Stand-ins for what the columns taken so far cannot cover; the last one takes a district too many.
        stand_ins = [*range(n + 1), n] if programme.whole else []
        for row in stand_ins:
            sign = -1.0 if self.solver.getNumCol() == n + 1 else 1.0
            self.solver.addCol(
                -UNCOVERED, 0.0, self.infinity, 1, np.array([row], np.int32), np.array([sign])
            )
        self.stand_ins = len(stand_ins)
        # Place in the columns of each column taken, in the order it was taken; -1: excluded since.
        self.taken = np.empty(0, dtype=np.int64)
        even = np.linspace(0, len(columns.sets) - 1, min(len(columns.sets), BATCH))
        first = np.union1d(even.astype(np.int64), np.flatnonzero(np.isin(columns.sets, start)))
        self.take(programme, first)

    def take(self, programme: Programme, added: NDArray[np.int64]) -> None:
        """Add columns."""
        columns, n = programme.columns, programme.units
        sets = columns.sets[added]
        rows = np.column_stack(
            [
                unpacked(sets, n),
                np.ones(len(added)),
                columns.rooms[added],
                *(crossed(sets, cut) for cut in programme.cuts),
            ]
        )
        column, row = np.nonzero(rows)
        counts = np.bincount(column, minlength=len(added))
        self.solver.addCols(
            len(added),
            columns.value[added].astype(np.float64),
            np.zeros(len(added)),
            # No upper bound: the unit rows hold every column to 1, and all the price shows in the rows' duals.
            np.full(len(added), self.infinity),
            len(row),
            np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32),
            row.astype(np.int32),
            rows[column, row].astype(np.float64),
        )
        self.taken = np.concatenate([self.taken, added])

    def solve(self) -> NDArray[np.float64] | None:
        """Return the duals of the rows; None where the solver gives none."""
        self.solver.run()
        dual = np.array(self.solver.getSolution().row_dual)
        if len(dual) != self.solver.getNumRow() or not (np.abs(dual) < 1e9).all():
            return None
        return dual

    def value_of(self, programme: Programme, dual: NDArray[np.float64]) -> float:
        """Return what the duals charge in all; those of inequalities are made non-negative in place first."""
        n = programme.units
        signed = n + 1 if programme.whole else 0
        dual[signed:] = np.maximum(dual[signed:], 0.0)
        right = np.concatenate(
            [np.ones(n), [programme.count], programme.right, np.ones(len(programme.cuts))]
        )
        return float(right @ dual)

    def enter(self, programme: Programme, excess: NDArray[np.float32], stride: int) -> bool:
        """Take the columns that gain most, of every ``stride``-th one; False where none does."""
        gains = np.flatnonzero(excess > 1e-6)
        if len(gains) > 4 * BATCH:
            # The taken ones gain next to nothing, so that the best of many are new.
            gains = gains[np.argpartition(-excess[gains], 4 * BATCH)[: 4 * BATCH]]
        gains = gains[~np.isin(gains * stride, self.taken)]
        if not len(gains):
            return False
        order = np.lexsort((gains, -excess[gains]))[:BATCH]
        self.take(programme, gains[order] * stride)
        return True

    def restrict(self, fits: NDArray[np.int64]) -> None:
        """Exclude all columns but those at ``fits``, which are numbered anew in that order."""
        place = np.searchsorted(fits, self.taken)
        there = place < len(fits)
        there[there] = fits[place[there]] == self.taken[there]
        there &= self.taken >= 0
        gone = np.flatnonzero((self.taken >= 0) & ~there)
        if len(gone):
            at = (gone + self.stand_ins).astype(np.int32)
            self.solver.changeColsBounds(len(at), at, np.zeros(len(at)), np.zeros(len(at)))
        self.taken = np.where(there, place, -1)

    def cut(self, programme: Programme) -> bool:
        """Add rows that the fractional answer breaks; False where there are none.

        Of three units, at most one column holds two or more (subset rows, Jepsen et al. 2008).
        """
        values = np.array(self.solver.getSolution().col_value)[self.stand_ins :]
        active = np.flatnonzero((values > 1e-6) & (self.taken >= 0))
        sets = programme.columns.sets[self.taken[active]]
        triples = crossed_triples(sets, values[active], programme.units, 1.0 + 0.02)
        known = set(programme.cuts)
        fresh = [triple for triple in triples if triple not in known][:CUTS]
        for triple in fresh:
            own = np.flatnonzero(self.taken >= 0)
            own = own[crossed(programme.columns.sets[self.taken[own]], triple)]
            self.solver.addRow(
                -self.infinity,
                1.0,
                len(own),
                (own + self.stand_ins).astype(np.int32),
                np.ones(len(own)),
            )
            programme.cuts.append(triple)
        return bool(fresh)


def unpacked(sets: NDArray[np.uint64], units: int) -> NDArray[np.bool_]:
    """Return bit masks as a matrix of shape (sets, units)."""
    bits = np.unpackbits(
        np.ascontiguousarray(sets).view(np.uint8).reshape(-1, 8), axis=1, bitorder="little"
    )
    return bits[:, :units].astype(bool)


def integers(
    columns: Columns, units: int, *, count: int, right: NDArray[np.float64], wanted: int, nodes: int
) -> tuple[bool, NDArray[np.int64], int]:
    """Look for disjoint columns with ``wanted`` of value by branch and bound.

    Returns
    -------
    tuple of bool, NDArray[np.int64], int
        Whether the search is complete, the columns found (empty: none), and tree nodes.
    """
    import highspy

    solver = _quiet(highspy)
    programme = Programme(columns, units, count, whole=False, right=right)
    master = _Master(programme, columns.sets)
    everything = np.arange(len(columns.sets))
    master.take(programme, np.setdiff1d(everything, master.taken))
    solver = master.solver
    solver.changeColsIntegrality(
        len(everything),
        everything.astype(np.int32),
        np.array([highspy.HighsVarType.kInteger] * len(everything)),
    )
    solver.setOptionValue("mip_max_nodes", nodes)
    solver.setOptionValue("mip_abs_gap", 0.999)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.addRow(
        float(wanted),
        highspy.kHighsInf,
        len(everything),
        everything.astype(np.int32),
        columns.value[master.taken].astype(np.float64),
    )
    solver.run()
    used = int(solver.getInfo().mip_node_count)
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return True, everything[:0], used
    values = np.array(solver.getSolution().col_value)
    if len(values) != len(everything):
        return False, everything[:0], used
    chosen = master.taken[values > 0.5]
    members = unpacked(columns.sets[chosen], units)
    if (members.sum(axis=0) > 1).any() or columns.value[chosen].sum() < wanted:
        return False, everything[:0], used
    return True, chosen, used


def _quiet(highspy: Any) -> Any:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    return solver
