"""Refuse arrays that contradict each other, with every fault in one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.messages import translator
from planner.errors import Fault, ProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.problem import DistrictingProblem

_ = translator("planner")

UNDERSIZE = ("keep", "merge", "refuse")


def check(problem: DistrictingProblem) -> None:
    """Check the arrays of a problem.

    Raises
    ------
    ProblemError
        With one fault per kind of contradiction.
    """
    faults = _shapes(problem)
    if not faults:
        faults = _ids(problem) + _bands(problem) + _values(problem) + _links(problem)
    if faults:
        raise ProblemError(faults)


def _shapes(problem: DistrictingProblem) -> list[Fault]:
    n, bands = len(problem.unit_ids), len(problem.bands)
    expected: dict[str, tuple[NDArray[np.generic] | None, tuple[int, ...]]] = {
        "street_town": (problem.street_town, (n,)),
        "measures": (problem.measures, (n, bands)),
        "links": (problem.links, (len(problem.links), 2)),
        "link_ds": (problem.link_ds, (len(problem.links),)),
        "xy": (problem.xy, (n, 2)),
        "incumbent": (problem.incumbent, (n,)),
        "switching_cost": (problem.switching_cost, (n,)),
        "locked": (problem.locked, (n,)),
        "preferred_area": (problem.preferred_area, (n,)),
        "travel_weight": (problem.travel_weight, (n,)),
    }
    faults = [
        Fault(
            _("shape {found} where {wanted} is needed").format(found=array.shape, wanted=shape),
            where=name,
        )
        for name, (array, shape) in expected.items()
        if array is not None and array.shape != shape
    ]
    if problem.industry is not None and (problem.industry.ndim != 2 or len(problem.industry) != n):
        faults.append(
            Fault(_("needs one row per unit and one column per industry"), where="industry")
        )
    if n == 0:
        faults.append(Fault(_("there is no unit"), where="unit_ids"))
    if bands == 0:
        faults.append(Fault(_("there is no band"), where="bands"))
    return faults


def _ids(problem: DistrictingProblem) -> list[Fault]:
    faults = []
    ids, counts = np.unique(problem.unit_ids, return_counts=True)
    if (counts > 1).any():
        twice = ids[counts > 1]
        faults.append(Fault(_("ids occur twice"), "unit_ids", len(twice), twice.tolist()))
    towns, counts = np.unique(problem.street_town_ids, return_counts=True)
    if (counts > 1).any():
        twice = towns[counts > 1]
        faults.append(Fault(_("ids occur twice"), "street_town_ids", len(twice), twice.tolist()))
    outside = (problem.street_town < 0) | (problem.street_town >= len(problem.street_town_ids))
    if outside.any():
        faults.append(
            Fault(
                _("units point to a street_town that does not exist"),
                "street_town",
                int(outside.sum()),
                problem.unit_ids[outside].tolist(),
            )
        )
    return faults


def _bands(problem: DistrictingProblem) -> list[Fault]:
    wrong = [
        band.name
        for band in problem.bands
        if not 0 <= band.least <= band.ideal <= band.most
        or band.ideal <= 0
        or (band.maximum_hard is not None and band.maximum_hard < band.most)
    ]
    faults = []
    if wrong:
        faults.append(
            Fault(
                _("a band needs 0 <= least <= ideal <= most <= hard maximum, and an ideal above 0"),
                "bands",
                len(wrong),
                wrong,
            )
        )
    if problem.undersize not in UNDERSIZE:
        faults.append(
            Fault(
                _("{value} is not one of keep, merge, refuse").format(value=problem.undersize),
                where="undersize",
            )
        )
    return faults


def _values(problem: DistrictingProblem) -> list[Fault]:
    arrays: dict[str, NDArray[np.generic] | None] = {
        "measures": problem.measures,
        "industry": problem.industry,
        "switching_cost": problem.switching_cost,
        "travel_weight": problem.travel_weight,
    }
    faults = []
    for name, array in arrays.items():
        if array is None:
            continue
        numbers = np.asarray(array, dtype=float).reshape(len(array), -1)
        bad = (~np.isfinite(numbers) | (numbers < 0)).any(axis=1)
        if bad.any():
            faults.append(
                Fault(
                    _("values are negative or not finite"),
                    name,
                    int(bad.sum()),
                    problem.unit_ids[bad].tolist(),
                )
            )
    bad = ~np.isfinite(problem.xy).all(axis=1)
    if bad.any():
        faults.append(
            Fault(_("units have no position"), "xy", int(bad.sum()), problem.unit_ids[bad].tolist())
        )
    if problem.locked is not None and problem.locked.any() and problem.incumbent is None:
        faults.append(
            Fault(
                _("units are locked although there is no map of last year"),
                "locked",
                int(problem.locked.sum()),
                fix=_("hand over the incumbent districts, or unlock the units"),
            )
        )
    return faults


def _links(problem: DistrictingProblem) -> list[Fault]:
    links = problem.links
    if not len(links):
        return []
    faults = []
    outside = ((links < 0) | (links >= len(problem.unit_ids))).any(axis=1)
    wrong_way = links[:, 0] >= links[:, 1]
    _unique, first = np.unique(links, axis=0, return_index=True)
    twice = np.ones(len(links), dtype=bool)
    twice[first] = False
    for bad, what in (
        (outside, _("links point to units that do not exist")),
        (wrong_way, _("links must run from the smaller to the larger unit")),
        (twice, _("links occur twice")),
        (np.asarray(problem.link_ds) < 0, _("links take less than no time")),
    ):
        if bad.any():
            faults.append(Fault(what, "links", int(bad.sum()), links[bad].tolist()))
    return faults
