"""What is possible in each street_town, said before any search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.messages import mark, translator
from planner.districting.ceiling import SLACK, best_total, counts, limits
from planner.districting.checks import check
from planner.districting.parts import street_towns

if TYPE_CHECKING:
    from planner.districting.problem import Band, DistrictingProblem

_ = translator("planner")


@dataclass(frozen=True)
class TownFeasibility:
    """What one street_town's totals allow.

    Parameters
    ----------
    street_town_id
        Its id.
    units, totals
        Basic units, and the total of each measure.
    parts
        Connected parts of its contiguity graph; each has districts of its own.
    counts
        Numbers of districts the map may have.
    feasible_counts
        Those of them at which every district can be in band by totals; empty: no count can meet every band.
    oversize_units
        Ids of units that alone exceed a band's maximum.
    ceiling_share
        Certified ceiling of the share of districts in band (0-1).
    reason
        Why not every district can be in band; empty when all can.
    """

    street_town_id: str
    units: int
    totals: tuple[int, ...]
    parts: int
    counts: tuple[int, ...]
    feasible_counts: tuple[int, ...]
    oversize_units: tuple[str, ...]
    ceiling_share: float
    reason: str


def feasibility(problem: DistrictingProblem) -> tuple[TownFeasibility, ...]:
    """Say for every street_town how many districts it can have and how many of them can be in band at most.

    Parameters
    ----------
    problem
        Arrays of the city.

    Returns
    -------
    tuple of TownFeasibility
        By street_town id; street_towns without units are left out.

    Raises
    ------
    ProblemError
        Where the arrays contradict each other.
    InfeasibleError
        Where a street_town is too small for one district and the problem refuses those.
    """
    check(problem)
    reports = []
    for town in street_towns(problem):
        possible = [counts(part) for part in town.parts]
        all_counts, fully = _sums([{k: k == c for k, c in each.options} for each in possible])
        limit = limits(town.parts[0])
        oversize = [
            str(problem.unit_ids[unit])
            for part in town.parts
            for unit in part.units[(part.measures > limit.most * (1 + SLACK)).any(axis=1)]
        ]
        districts, within = best_total([each.options for each in possible])
        totals = sum(part.measures.sum(axis=0) for part in town.parts)
        reports.append(
            TownFeasibility(
                town.town_id,
                sum(part.size for part in town.parts),
                tuple(int(x) for x in np.asarray(totals)),
                len(town.parts),
                tuple(all_counts),
                tuple(fully),
                tuple(oversize),
                within / districts,
                _reason(problem, np.asarray(totals), oversize, fully, list(town.notes)),
            )
        )
    return tuple(reports)


def _sums(options: list[dict[int, bool]]) -> tuple[list[int], list[int]]:
    """Return every total count of the parts, and those at which every part is fully feasible."""
    every, fully = {0}, {0}
    for choice in options:
        every = {a + b for a in every for b in choice}
        fully = {a + b for a in fully for b, full in choice.items() if full}
    return sorted(every), sorted(fully)


def _reason(
    problem: DistrictingProblem,
    totals: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    oversize: list[str],
    fully: list[int],
    notes: list[str],
) -> str:
    said = list(notes)
    if oversize:
        said.append(
            _("units that alone exceed a maximum: {units}").format(units=", ".join(oversize[:5]))
        )
    if not fully and not oversize:
        said += [_allowed(band, total) for band, total in zip(problem.bands, totals, strict=True)]
        would = what_would_do(problem.bands, totals)
        said += [would] if would else []
    return "; ".join(said)


BAND_NAMES = {"organisations": mark("organisations"), "workers": mark("workers")}
"""Bands as people call them."""


def _allowed(band: Band, total: float) -> str:
    """Say how many districts a total can be shared out to with each in band."""
    low = int(np.ceil(total / band.most * (1 - SLACK)))
    high = int(np.floor(total / band.least * (1 + SLACK))) if band.least else None
    name = _(BAND_NAMES.get(band.name, band.name))
    if high is not None and low > high:
        return _("{total} {name} fit no number of districts").format(
            total=f"{total:,.0f}", name=name
        )
    return _("{total} {name} allow {low} to {high} districts").format(
        total=f"{total:,.0f}", name=name, low=low, high="-" if high is None else high
    )


def what_would_do(
    bands: tuple[Band, ...], totals: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> str:
    """Say the smallest change of bands by which totals alone would let every district be in band; empty where none is needed.

    Examples
    --------
    >>> from planner.districting import Band
    >>> bands = (Band("organisations", 80, 100, 120), Band("workers", 4000, 5000, 6000))
    >>> what_would_do(bands, np.array([300.0, 11_000.0]))
    'by totals all could be in band with 3 districts if the least of workers went down to 3,666'
    """
    ideal = np.array([band.ideal for band in bands])
    best: tuple[float, int] | None = None
    for count in range(1, int(np.ceil((totals / ideal).max())) + 2):
        mean = np.maximum(totals / count, 1e-9)
        over = max(
            max(band.least / m, m / max(band.most, 1e-9), 1.0)
            for band, m in zip(bands, mean, strict=True)
        )
        if best is None or over < best[0] - 1e-12:
            best = (float(over), count)
    if best is None or best[0] <= 1 + SLACK:
        return ""
    changes = []
    for band, mean in zip(bands, totals / best[1], strict=True):
        name = _(BAND_NAMES.get(band.name, band.name))
        if mean < band.least * (1 - SLACK):
            changes.append(
                _("the least of {name} went down to {value}").format(
                    name=name, value=f"{np.floor(mean):,.0f}"
                )
            )
        elif mean > band.most * (1 + SLACK):
            changes.append(
                _("the most of {name} went up to {value}").format(
                    name=name, value=f"{np.ceil(mean):,.0f}"
                )
            )
    return _("by totals all could be in band with {count} districts if {changes}").format(
        count=best[1], changes=_(" and ").join(changes)
    )
