"""HiGHS on a mixed-integer program given as arrays: one thread, fixed seed, an answer that says what is proved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


DOUBT = 1e-5
"""Share of its value by which a known answer may undercut a bound: more is no rounding."""


class Ending(StrEnum):
    """How HiGHS ended."""

    PROVED = "proved"
    INFEASIBLE = "infeasible"
    NODES = "nodes"
    CLOCK = "clock"
    FAILED = "failed"


@dataclass(eq=False)
class Program:
    """minimise ``costs @ x`` with rows ``low <= a x <= high``, built up row by row in blocks.

    Parameters
    ----------
    costs, lower, upper
        float64, shape (columns,).
    whole
        bool, shape (columns,): columns that must be whole numbers.
    """

    costs: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]
    _rows: list[NDArray[np.int64]] = field(default_factory=list)
    _columns: list[NDArray[np.int64]] = field(default_factory=list)
    _factors: list[NDArray[np.float64]] = field(default_factory=list)
    _low: list[NDArray[np.float64]] = field(default_factory=list)
    _high: list[NDArray[np.float64]] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        rows: NDArray[np.integer],
        columns: NDArray[np.integer],
        factors: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
    ) -> None:
        """Add ``len(low)`` rows; ``rows`` counts from 0 within the block."""
        self._rows.append(np.asarray(rows, dtype=np.int64) + self.count)
        self._columns.append(np.asarray(columns, dtype=np.int64))
        self._factors.append(np.asarray(factors, dtype=np.float64))
        self._low.append(np.asarray(low, dtype=np.float64))
        self._high.append(np.asarray(high, dtype=np.float64))
        self.count += len(low)

    def matrix(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Return row starts, columns and factors, rows compressed, duplicates added up."""
        from scipy.sparse import csr_matrix

        empty = np.zeros(0, dtype=np.int64)
        stored = csr_matrix(
            (
                np.concatenate([np.zeros(0), *self._factors]),
                (
                    np.concatenate([empty, *self._rows]),
                    np.concatenate([empty, *self._columns]),
                ),
            ),
            shape=(self.count, len(self.costs)),
        )
        stored.sum_duplicates()
        return stored.indptr.astype(np.int32), stored.indices.astype(np.int32), stored.data

    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the low and high limits of all rows."""
        nothing = np.zeros(0)
        return np.concatenate([nothing, *self._low]), np.concatenate([nothing, *self._high])


@dataclass(frozen=True, eq=False)
class Answer:
    """What HiGHS found.

    Parameters
    ----------
    ending
        How it ended.
    values
        float64, shape (columns,), or None without a solution.
    value, bound
        Objective of ``values`` (infinity without) and what HiGHS proved.
    nodes
        Nodes of the tree.
    """

    ending: Ending
    values: NDArray[np.float64] | None
    value: float
    bound: float
    nodes: int

    def contradicts(self, known: float) -> bool:
        """Say whether an answer worth ``known`` shows the proof to be none: it is better than what was proved."""
        return self.bound > known + DOUBT * max(1.0, abs(known))


def run_highs(
    program: Program,
    *,
    seed: int,
    start: NDArray[np.float64] | None = None,
    absolute_gap: float = 1e-6,
    nodes: int | None = None,
    seconds: float = math.inf,
) -> Answer:
    """Solve a program.

    Parameters
    ----------
    program
        The program.
    seed
        Any integer.
    start
        A solution to begin with.
    absolute_gap
        Stop when value and bound are this close.
    nodes
        Most nodes; None: no limit.
    seconds
        Wall-clock fuse.

    Returns
    -------
    Answer
        ``PROVED`` only when HiGHS closed the gap.
    """
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", seed % 2147483647)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", absolute_gap)
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", max(1, min(nodes, 2**31 - 1)))
    if math.isfinite(seconds):
        solver.setOptionValue("time_limit", max(0.01, seconds))
    if solver.passModel(_model(program)) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the program")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    solver.run()
    return _answer(solver)


def _model(program: Program) -> object:
    import highspy

    model = highspy.HighsLp()
    starts, columns, factors = program.matrix()
    low, high = program.limits()
    model.num_col_ = len(program.costs)
    model.num_row_ = program.count
    model.col_cost_ = program.costs
    model.col_lower_ = program.lower
    model.col_upper_ = program.upper
    model.row_lower_ = low
    model.row_upper_ = high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_ = len(program.costs)
    model.a_matrix_.num_row_ = program.count
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = columns
    model.a_matrix_.value_ = factors
    if program.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in program.whole]
    return model


def _answer(solver: object) -> Answer:
    import highspy

    status = solver.getModelStatus()  # type: ignore[attr-defined]
    info = solver.getInfo()  # type: ignore[attr-defined]
    endings = {
        highspy.HighsModelStatus.kOptimal: Ending.PROVED,
        highspy.HighsModelStatus.kModelEmpty: Ending.PROVED,
        highspy.HighsModelStatus.kInfeasible: Ending.INFEASIBLE,
        highspy.HighsModelStatus.kTimeLimit: Ending.CLOCK,
        highspy.HighsModelStatus.kSolutionLimit: Ending.NODES,
        highspy.HighsModelStatus.kIterationLimit: Ending.NODES,
    }
    ending = endings.get(status, Ending.FAILED)
    found = info.primal_solution_status == 2 and ending is not Ending.INFEASIBLE
    values = np.array(solver.getSolution().col_value) if found else None  # type: ignore[attr-defined]
    bound = float(info.mip_dual_bound)
    if ending is Ending.INFEASIBLE:
        bound = math.inf
    elif ending is Ending.FAILED or math.isnan(bound):
        bound = -math.inf
    value = float(info.objective_function_value) if found else math.inf
    return Answer(ending, values, value, bound, max(0, int(info.mip_node_count)))
