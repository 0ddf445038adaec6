"""Set packing and set partitioning over every connected subset of a small part, with HiGHS.

Packing takes the subsets in band only: how many disjoint ones fit, given that what they leave must fit into the other
districts. Partitioning takes every subset a district may be, so that its answer is a map and its bound is exact. Both
are solved as linear programmes with columns priced from the list; the bound is recomputed here from the duals, so it
holds whatever the solver says, and a proof in integers follows on the columns that reduced costs leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.districting.ceiling import SLACK, in_band, usable_units
from planner.districting.cover import find_map
from planner.districting.subsets import WIDEST, connected_subsets, neighbour_masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.ceiling import Limits
    from planner.districting.parts import Part

# Columns added per pricing round, rounds, and columns and tree nodes an integer proof may have.
BATCH, ROUNDS, WIDE, NODES = 300, 25, 1_500, 100
# Subsets the search over maps may look at.
STEPS = 20_000_000


@dataclass(frozen=True, eq=False)
class Proof:
    """What the exact programme proved.

    Parameters
    ----------
    ceiling
        Most districts in band; the value handed in where nothing better was proved.
    chosen
        Member matrix (districts, units) of a better answer than the one known; None where none was found.
    whole
        Whether ``chosen`` is a whole map (partitioning) or only its districts in band (packing).
    work
        Subsets looked at, by hundreds, and tree nodes.
    """

    ceiling: int
    chosen: NDArray[np.bool_] | None
    whole: bool
    work: int


@dataclass(eq=False)
class _Programme:
    """Maximise ``value x`` over 0-1 columns with ``rows x <= right`` (= for the first ``equal`` rows)."""

    rows: NDArray[np.float32]
    value: NDArray[np.float64]
    right: NDArray[np.float64]
    equal: int
    most_columns: int


def prove(
    part: Part,
    limit: Limits,
    count: int,
    *,
    known: int,
    ceiling: int,
    cap: int,
    start: NDArray[np.int32],
) -> Proof:
    """Lower the ceiling of ``count`` districts towards ``known``, or find a map with more in band.

    Parameters
    ----------
    part, limit, count
        The part, its bands, its number of districts.
    known
        Districts in band of the best map found.
    ceiling
        Ceiling from totals.
    cap
        Most subsets to list; where there are more, nothing is proved.
    start
        The best map found, whose districts start the programme.

    Returns
    -------
    Proof
        The ceiling, never below ``known``.
    """
    work = 0
    if part.size > WIDEST or known >= ceiling:
        return Proof(ceiling, None, whole=False, work=work)
    masks = neighbour_masks(part.indptr, part.indices)
    low, high = limit.least * (1 - SLACK), limit.most * (1 + SLACK)
    sets, complete, looked = connected_subsets(masks, part.measures, low, high, cap, 4 * cap)
    work += looked // 100
    if not complete:
        return Proof(ceiling, None, whole=False, work=work)
    members = unpacked(sets, part.size)
    packing = _packing(part, limit, count, members, ceiling)
    bound, chosen, nodes = _solve(packing, members, known, ceiling, start)
    work += nodes
    ceiling = min(ceiling, max(known, bound))
    if known >= ceiling:
        return Proof(ceiling, None, whole=False, work=work)
    hard = np.where(np.isfinite(limit.hard), limit.hard, part.measures.sum(axis=0)) * (1 + SLACK)
    sets, complete, looked = connected_subsets(
        masks, part.measures, np.zeros_like(hard), hard, cap // 2, cap // 2
    )
    work += looked // 100
    if not complete:
        return Proof(ceiling, chosen, whole=False, work=work)
    members = _with_single_units(part, unpacked(sets, part.size), hard)
    ceiling, chosen, looked = _search_maps(part, limit, count, members, known, ceiling)
    work += looked // 100
    if chosen is not None or known >= ceiling:
        return Proof(ceiling, chosen, whole=True, work=work)
    partition = _partition(part, limit, count, members, ceiling)
    bound, chosen, nodes = _solve(partition, members, known, ceiling, start)
    return Proof(min(ceiling, max(known, bound)), chosen, whole=True, work=work + nodes)


def _search_maps(  # noqa: PLR0917
    part: Part, limit: Limits, count: int, members: NDArray[np.bool_], known: int, ceiling: int
) -> tuple[int, NDArray[np.bool_] | None, int]:
    """Search all maps for one that reaches the ceiling, lowering the ceiling where there is none.

    Units are numbered across the part, from one end of its longest way to the other, so that what is left stays in few
    pieces and a hopeless branch ends early.
    """
    order = _sweep(part)
    swept = members[:, order]
    first = swept.argmax(axis=1)
    rank = np.argsort(first, kind="stable")
    swept, first = swept[rank], first[rank]
    place = np.empty(part.size, dtype=np.int64)
    place[order] = np.arange(part.size)
    masks = neighbour_masks(part.indptr, part.indices)[order]
    neighbours = np.zeros(part.size, dtype=np.uint64)
    for old, new in enumerate(place):
        neighbours |= ((masks >> np.uint64(old)) & np.uint64(1)) << np.uint64(new)
    held = swept @ part.measures[order]
    powers = np.uint64(1) << np.arange(part.size, dtype=np.uint64)
    sets = (swept * powers).sum(axis=1, dtype=np.uint64)
    start = np.searchsorted(first, np.arange(part.size + 1))
    alone = (part.measures > limit.hard * (1 + SLACK)).any()
    band = np.vstack(
        [
            limit.least * (1 - SLACK),
            limit.most * (1 + SLACK),
            np.full_like(limit.hard, np.inf) if alone else limit.hard * (1 + SLACK),
        ]
    )
    looked = 0
    for wanted in range(ceiling, known, -1):
        complete, chosen, steps = find_map(
            sets,
            start.astype(np.int64),
            in_band(held, limit),
            held,
            neighbours,
            part.measures[order],
            band,
            count,
            wanted,
            STEPS,
        )
        looked += steps
        if len(chosen):
            return wanted, members[rank[chosen]], looked
        if not complete:
            return wanted, None, looked
    return known, None, looked


def _sweep(part: Part) -> NDArray[np.int64]:
    """Order units by hops from an end of a longest way, ties by unit."""
    hops = np.zeros(part.size, dtype=np.int64)
    end = 0
    for _turn in range(2):
        hops[:] = -1
        hops[end] = 0
        queue = [end]
        for unit in queue:
            for other in part.indices[part.indptr[unit] : part.indptr[unit + 1]]:
                if hops[other] < 0:
                    hops[other] = hops[unit] + 1
                    queue.append(int(other))
        end = int(hops.argmax())
    return np.lexsort((np.arange(part.size), hops))


def unpacked(sets: NDArray[np.uint64], units: int) -> NDArray[np.bool_]:
    """Return bit masks as a matrix of shape (sets, units)."""
    bits = np.unpackbits(sets.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    return bits[:, :units].astype(bool)


def _with_single_units(
    part: Part, members: NDArray[np.bool_], hard: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Add the units that alone exceed the hard maximum: they may be districts of their own."""
    alone = np.flatnonzero((part.measures > hard).any(axis=1))
    return np.vstack([members, np.eye(part.size, dtype=bool)[alone]])


def _packing(
    part: Part, limit: Limits, count: int, members: NDArray[np.bool_], ceiling: int
) -> _Programme:
    held = members @ part.measures
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    others = count - int(alone.sum())
    finite = np.isfinite(limit.hard)
    # Left over <= (others - x) hard, written with what every column leaves of a hard maximum.
    left = part.measures[~alone].sum(axis=0)[finite]
    scale = limit.ideal[finite]
    rooms = (limit.hard[finite] * (1 + SLACK) - held[:, finite]) / scale
    right = (others * limit.hard[finite] * (1 + SLACK) - left) / scale
    highest = ceiling if usable_units(part, limit).all() else min(ceiling, count - 1)
    rows = np.column_stack([members, rooms, np.ones(len(members))]).astype(np.float32)
    return _Programme(
        rows,
        np.ones(len(members)),
        np.concatenate([np.ones(part.size), right + 1e-5, [highest]]),
        0,
        count,
    )


def _partition(
    part: Part, limit: Limits, count: int, members: NDArray[np.bool_], ceiling: int
) -> _Programme:
    value = in_band(members @ part.measures, limit).astype(np.float64)
    rows = np.column_stack([members, np.ones(len(members)), value]).astype(np.float32)
    right = np.concatenate([np.ones(part.size), [count, ceiling]])
    return _Programme(rows, value, right, part.size + 1, count)


def _solve(
    programme: _Programme,
    members: NDArray[np.bool_],
    known: int,
    ceiling: int,
    start: NDArray[np.int32],
) -> tuple[int, NDArray[np.bool_] | None, int]:
    """Return a proved bound, members of a better answer where one was found, and nodes searched."""
    if not len(members):
        return 0, None, 0
    pool = _first_columns(members, start)
    solver = _solver()
    model = _model(programme, pool)
    solver.passModel(model)
    best_bound, best_dual = float(ceiling), None
    for _round in range(ROUNDS):
        solver.run()
        dual = np.array(solver.getSolution().row_dual)
        # An infeasible programme has no duals to use.
        if len(dual) != len(programme.right) or not (np.abs(dual) < 1e9).all():
            break
        dual[programme.equal :] = np.maximum(dual[programme.equal :], 0.0)
        excess = programme.value - programme.rows @ dual.astype(np.float32)
        bound = float(programme.right @ dual) + programme.most_columns * max(
            0.0, float(excess.max())
        )
        if bound < best_bound:
            best_bound, best_dual = bound, dual
        if int(best_bound + 1e-4) <= known:
            return known, None, 0
        entering = np.flatnonzero(excess > 1e-6)
        entering = np.setdiff1d(entering, pool, assume_unique=True)
        if not len(entering):
            break
        order = np.argsort(-excess[entering], kind="stable")[:BATCH]
        added = entering[order]
        _add_columns(solver, programme, added)
        pool = np.concatenate([pool, added])
    if best_dual is None:
        return int(best_bound + 1e-4), None, 0
    return _integers(programme, members, known, best_bound, best_dual)


def _integers(
    programme: _Programme,
    members: NDArray[np.bool_],
    known: int,
    bound: float,
    dual: NDArray[np.float64],
) -> tuple[int, NDArray[np.bool_] | None, int]:
    """Look for more than ``known`` on the columns that reduced costs cannot exclude."""
    shortfall = programme.rows @ dual.astype(np.float32) - programme.value
    # With m columns in the answer each may gain at most the largest excess; it is inside ``bound`` already.
    kept = np.flatnonzero(shortfall <= bound - (known + 1) + 1e-4)
    proved = int(bound + 1e-4)
    if len(kept) > WIDE:
        return proved, None, 0
    if not len(kept):
        return known, None, 0
    import highspy

    solver = _solver()
    model = _model(programme, kept)
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(kept)
    solver.setOptionValue("mip_max_nodes", NODES)
    solver.setOptionValue("mip_abs_gap", 0.999)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(model)
    solver.addRow(
        float(known + 1), highspy.kHighsInf, len(kept), np.arange(len(kept)), programme.value[kept]
    )
    solver.run()
    nodes = int(solver.getInfo().mip_node_count)
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return known, None, nodes
    values = np.array(solver.getSolution().col_value)
    if len(values) != len(kept):
        return proved, None, nodes
    taken = kept[values > 0.5]
    chosen = members[taken]
    if not len(taken) or (chosen.sum(axis=0) > 1).any() or programme.value[taken].sum() <= known:
        return proved, None, nodes
    if status == highspy.HighsModelStatus.kOptimal:
        proved = min(proved, int(programme.value[taken].sum()))
    return proved, chosen, nodes


def _first_columns(members: NDArray[np.bool_], start: NDArray[np.int32]) -> NDArray[np.int64]:
    """Start with the best map's own districts and an even sample of the list."""
    known = {(start == d).tobytes() for d in range(int(start.max()) + 1)}
    own = [i for i, row in enumerate(members) if row.tobytes() in known]
    even = np.linspace(0, len(members) - 1, min(len(members), BATCH)).astype(np.int64)
    return np.unique(np.concatenate([np.array(own, dtype=np.int64), even]))


def _solver() -> Any:
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    return solver


def _model(programme: _Programme, columns: NDArray[np.int64]) -> Any:
    import highspy

    rows = programme.rows[columns]
    column, row = np.nonzero(rows)
    lp = highspy.HighsLp()
    lp.num_col_ = len(columns)
    lp.num_row_ = len(programme.right)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = programme.value[columns]
    lp.col_lower_ = np.zeros(len(columns))
    # No upper bound: the unit rows hold every column to 1, and all the price shows in the rows' duals.
    lp.col_upper_ = np.full(len(columns), highspy.kHighsInf)
    lower = np.full(len(programme.right), -highspy.kHighsInf)
    lower[: programme.equal] = programme.right[: programme.equal]
    lp.row_lower_ = lower
    lp.row_upper_ = programme.right
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate(
        [[0], np.cumsum(np.bincount(column, minlength=len(columns)))]
    )
    lp.a_matrix_.index_ = row
    lp.a_matrix_.value_ = rows[column, row].astype(np.float64)
    return lp


def _add_columns(solver: Any, programme: _Programme, columns: NDArray[np.int64]) -> None:
    import highspy

    rows = programme.rows[columns]
    column, row = np.nonzero(rows)
    counts = np.bincount(column, minlength=len(columns))
    solver.addCols(
        len(columns),
        programme.value[columns],
        np.zeros(len(columns)),
        np.full(len(columns), highspy.kHighsInf),
        len(row),
        np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32),
        row.astype(np.int32),
        rows[column, row].astype(np.float64),
    )
