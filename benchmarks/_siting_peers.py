"""One peer on one maximal covering problem, in its own venv: prints seconds and value as JSON."""

from __future__ import annotations

import json
import sys
import time

import numpy as np


def spopt_mclp(job):
    """spopt with HiGHS through PuLP, the documented way: a full matrix of costs."""
    import pulp
    from spopt.locate import MCLP

    demand, sites = job["demand"], job["sites"]
    costs = np.sqrt(((demand[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2))
    began = time.perf_counter()
    model = MCLP.from_cost_matrix(costs, job["weights"], float(job["radius"]), int(job["p"]))
    built = time.perf_counter()
    model.solve(pulp.HiGHS(msg=False), results=False)
    ended = time.perf_counter()
    value = float(pulp.value(model.problem.objective))
    return {"build_s": built - began, "solve_s": ended - built, "value": value}


def highs_merged(job):
    """Plain HiGHS on demand merged by identical reach (numpy), default settings."""
    import highspy

    indptr, indices, weights = job["indptr"], job["indices"], job["weights"]
    p, columns = int(job["p"]), int(job["candidates"])
    began = time.perf_counter()
    merged = {}
    for row in range(len(weights)):
        key = indices[indptr[row] : indptr[row + 1]].tobytes()
        merged[key] = merged.get(key, 0.0) + weights[row]
    merged.pop(b"", None)
    keys = [np.frombuffer(key, dtype=np.int32) for key in merged]
    rows = len(keys)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns + rows, rows + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(columns), np.fromiter(merged.values(), dtype=float)])
    lp.col_lower_, lp.col_upper_ = np.zeros(columns + rows), np.ones(columns + rows)
    lp.row_lower_ = np.append(np.zeros(rows), -np.inf)
    lp.row_upper_ = np.append(np.full(rows, np.inf), p)
    sizes = np.array([len(key) + 1 for key in keys] + [columns])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)])
    lp.a_matrix_.index_ = np.concatenate(
        [np.append(key, columns + row) for row, key in enumerate(keys)] + [np.arange(columns)]
    )
    lp.a_matrix_.value_ = np.concatenate(
        [np.append(np.ones(len(key)), -1.0) for key in keys] + [np.ones(columns)]
    )
    whole = [highspy.HighsVarType.kInteger] * columns
    lp.integrality_ = whole + [highspy.HighsVarType.kContinuous] * rows
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", float(job["limit_s"]))
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    return {
        "seconds": time.perf_counter() - began,
        "value": float(info.objective_function_value),
        "bound": float(info.mip_dual_bound),
        "status": solver.modelStatusToString(solver.getModelStatus()),
    }


if __name__ == "__main__":
    peer = {"spopt": spopt_mclp, "highs": highs_merged}[sys.argv[1]]
    print(json.dumps(peer(dict(np.load(sys.argv[2])))))
