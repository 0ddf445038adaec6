"""Exact answers from HiGHS for a core that is small, or small after fixing; nothing it says is taken on trust."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

DOUBT = 1e-5
"""Share of its value by which a known answer may exceed a limit: more is no rounding."""


@dataclass(frozen=True, eq=False)
class Exact:
    """What the integer programme said.

    Parameters
    ----------
    chosen
        Open sites (positions in the core), None where no answer was found.
    bound
        Proved limit on the objective of the core (maximised); minus infinity when infeasible.
    complete
        Whether the tree was exhausted.
    nodes
        Tree nodes searched.
    """

    chosen: NDArray[np.int64] | None
    bound: float
    complete: bool
    nodes: int


def solve_exact(
    core: Core,
    *,
    seed: int = 0,
    start: NDArray[np.integer] | None = None,
    nodes: int | None = None,
    seconds: float = math.inf,
    shut: NDArray[np.bool_] | None = None,
    opened: NDArray[np.bool_] | None = None,
) -> Exact:
    """Solve a core as an integer programme.

    Parameters
    ----------
    core
        The reduced problem.
    seed
        Seed of the solver.
    start
        Sites of a known answer to start from.
    nodes, seconds
        Limits on the tree and on the clock.
    shut, opened
        Sites fixed closed and open on top of the core's own.

    Returns
    -------
    Exact
        An answer only if it was checked against the core's own rules.
    """
    import highspy

    model = _model(core, shut, opened)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", seed % (2**31 - 1))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.999 if core.integral else 1e-9)
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", int(nodes))
    if math.isfinite(seconds):
        solver.setOptionValue("time_limit", max(0.01, float(seconds)))
    solver.passModel(model)
    if start is not None:
        _give_start(solver, core, start)
    solver.run()
    return _believed(_read(solver, core), core, _known(core, start, shut, opened))


def _known(
    core: Core,
    start: NDArray[np.integer] | None,
    shut: NDArray[np.bool_] | None,
    opened: NDArray[np.bool_] | None,
) -> float:
    """Return the value of the start where it is an answer of this very programme, else minus infinity."""
    if start is None or not core.allowed(start):
        return -math.inf
    closed = np.ones(core.sites, dtype=np.bool_)
    closed[start] = False
    if (shut is not None and shut[start].any()) or (opened is not None and opened[closed].any()):
        return -math.inf
    return core.value(start)


def _believed(exact: Exact, core: Core, known: float) -> Exact:
    """Drop a limit that a known answer, or the answer that came with it, exceeds: it was not proved at all."""
    if exact.chosen is not None:
        known = max(known, core.value(exact.chosen))
    if exact.bound < known - DOUBT * max(1.0, abs(known)):
        return replace(exact, bound=math.inf, complete=False)
    return exact


def _model(core: Core, shut: NDArray[np.bool_] | None, opened: NDArray[np.bool_] | None) -> Any:
    """Write the core as sites ``y`` followed by rows ``z`` (absent where every row must be satisfied)."""
    import highspy

    sites, rows = core.sites, core.rows
    satisfied = 0 if core.full else rows
    lower = np.zeros(sites + satisfied)
    upper = np.ones(sites + satisfied)
    lower[:sites][core.fixed] = 1.0
    if opened is not None:
        lower[:sites][opened] = 1.0
    if shut is not None:
        upper[:sites][shut] = 0.0
    objective = np.concatenate(
        [core.profit, np.zeros(satisfied) if core.required is not None else core.weights]
    )
    blocks = [_cover_rows(core, satisfied=not core.full), *_site_rows(core)]
    if core.required is not None and not core.full:
        columns = np.arange(sites, sites + rows)
        blocks.append(_Rows([columns], [core.weights], [core.required], [np.inf]))
    lp = highspy.HighsLp()
    lp.num_col_ = sites + satisfied
    lp.num_row_ = sum(len(block.low) for block in blocks)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.offset_ = core.constant
    lp.col_cost_ = objective
    lp.col_lower_ = lower
    lp.col_upper_ = upper
    lp.row_lower_ = np.concatenate([block.low for block in blocks])
    lp.row_upper_ = np.concatenate([block.high for block in blocks])
    sizes = [len(columns) for block in blocks for columns in block.columns]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate(
        [np.zeros(0, dtype=np.int64), *(c for block in blocks for c in block.columns)]
    ).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate(
        [np.zeros(0), *(v for block in blocks for v in block.values)]
    )
    whole = [highspy.HighsVarType.kInteger] * sites
    # With one site needed, z follows y by itself; with two, half a z must be ruled out. Beside a budget HiGHS 1.14 has
    # called a worse answer optimal, about once in five thousand small problems, where z was left to follow.
    weighed = bool((core.side.coefficients != 1.0).any())
    whole_rows = core.backup > 1 or weighed
    kind = highspy.HighsVarType.kInteger if whole_rows else highspy.HighsVarType.kContinuous
    lp.integrality_ = whole + [kind] * satisfied
    return lp


class _Rows:
    """Rows of a constraint matrix."""

    def __init__(self, columns: list[Any], values: list[Any], low: Any, high: Any) -> None:
        self.columns = columns
        self.values = values
        self.low = np.asarray(low, dtype=np.float64)
        self.high = np.asarray(high, dtype=np.float64)


def _cover_rows(core: Core, *, satisfied: bool) -> _Rows:
    columns = np.split(core.indices.astype(np.int64), core.indptr[1:-1]) if core.rows else []
    values = [np.ones(len(part)) for part in columns]
    if satisfied:
        columns = [np.append(part, core.sites + row) for row, part in enumerate(columns)]
        values = [np.append(part, -float(core.backup)) for part in values]
    low = np.zeros(core.rows) if satisfied else np.full(core.rows, float(core.backup))
    return _Rows(columns, values, low, np.full(core.rows, np.inf))


def _site_rows(core: Core) -> list[_Rows]:
    blocks = []
    sites = np.arange(core.sites)
    if core.most_sites < core.sites or core.least_sites > 0:
        blocks.append(_Rows([sites], [np.ones(core.sites)], [core.least_sites], [core.most_sites]))
    side = core.side
    owner = np.repeat(sites, np.diff(side.indptr))
    for rule in range(len(side.low)):
        inside = side.rules == rule
        blocks.append(
            _Rows([owner[inside]], [side.coefficients[inside]], side.low[[rule]], side.high[[rule]])
        )
    near = np.repeat(sites, np.diff(core.conflict_indptr))
    pairs = np.column_stack([near, core.conflict_sites])
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if len(pairs):
        ones = [np.ones(2)] * len(pairs)
        blocks.append(_Rows(list(pairs), ones, np.full(len(pairs), -np.inf), np.ones(len(pairs))))
    return blocks


def _give_start(solver: Any, core: Core, start: NDArray[np.integer]) -> None:
    import highspy

    values = np.zeros(solver.getNumCol())
    values[start] = 1.0
    if len(values) > core.sites:
        values[core.sites :] = core.counts(start) >= core.backup
    solution = highspy.HighsSolution()
    solution.col_value = values
    solver.setSolution(solution)


def _read(solver: Any, core: Core) -> Exact:
    import highspy

    status = solver.getModelStatus()
    info = solver.getInfo()
    done = status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
    nodes = max(1, int(info.mip_node_count))
    if status == highspy.HighsModelStatus.kInfeasible:
        return Exact(chosen=None, bound=-math.inf, complete=True, nodes=nodes)
    values = np.asarray(solver.getSolution().col_value)
    chosen = None
    if len(values) >= core.sites and info.primal_solution_status == 2:  # a feasible point
        found = np.flatnonzero(values[: core.sites] > 0.5)
        # HiGHS has returned wrong answers as optimal (#3094): only the core's own check counts.
        chosen = found if core.allowed(found) else None
    bound = float(info.mip_dual_bound)
    if not math.isfinite(bound) and done:
        bound = float(info.objective_function_value)
    if not math.isfinite(bound):
        bound = math.inf
    if core.integral and math.isfinite(bound):
        bound = math.floor(bound + 1e-6)
    return Exact(chosen=chosen, bound=bound, complete=done and chosen is not None, nodes=nodes)
