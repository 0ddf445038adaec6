"""Two plans side by side, every part of the difference in one value."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import mark
from planner.difference.coverage import coverage_account
from planner.difference.districts import district_changes, match_districts, shared_workers
from planner.difference.organisations import organisation_changes
from planner.difference.sites import site_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from planner.plan import Plan

READING = {
    "first": mark("reading the first plan"),
    "second": mark("reading the second plan"),
}
"""What comes before a comparison of stored plans, in words."""
STEPS = {
    "districts": mark("comparing districts"),
    "organisations": mark("comparing organisations"),
    "sites": mark("comparing sites"),
    "people": mark("comparing who is within reach"),
}
"""What a comparison does one after the other, in words."""


@dataclass(frozen=True, eq=False)
class Difference:
    """What differs between two plans.

    Parameters
    ----------
    before, after
        Ids of the plans.
    figures
        ``name``, ``before``, ``middle`` (the earlier network on the later register), ``after``, ``difference``, ``city``
        (middle less before: what the city's change did), ``decisions`` (after less middle): every figure either plan has;
        absent values where one has none, or where nobody worked out the middle.
    districts
        See `planner.difference.districts.district_changes`.
    organisations
        See `planner.difference.organisations.organisation_changes`.
    sites
        See `planner.difference.sites.site_changes`.
    coverage
        See `planner.difference.coverage.coverage_account`.
    """

    before: str
    after: str
    figures: pd.DataFrame
    districts: pd.DataFrame
    organisations: pd.DataFrame
    sites: pd.DataFrame
    coverage: pd.DataFrame

    @property
    def switched_share(self) -> float:
        """Switched organisations over those both plans hold, 0-1; 0 where they share none."""
        states = self.organisations["state"]
        both = int(states.isin(("kept", "switched")).sum())
        return int((states == "switched").sum()) / both if both else 0.0


def difference(
    before: Plan,
    after: Plan,
    step: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Difference:
    """Compare two plans; neither needs to be the other's parent.

    Parameters
    ----------
    before, after
        Plans whose enterprises carry the same ids, so the same city.
    step
        Entered for the time of each of `STEPS`, with its name, so that whoever waits hears how far it is.

    Returns
    -------
    Difference
        Districts are matched by the workers of enterprises that both plans hold.
    """
    with step("districts"):
        shared = shared_workers(before, after)
        matched = match_districts(before, after, shared)
        districts = district_changes(before, after, shared, matched)
    with step("organisations"):
        organisations = organisation_changes(before, after, matched)
    with step("sites"):
        sites = site_changes(before, after, matched)
    with step("people"):
        coverage = coverage_account(before, after)
    figures = _figures(before, after)
    return Difference(
        before.plan_id, after.plan_id, figures, districts, organisations, sites, coverage
    )


def middle_figures(before: Plan, after: Plan) -> dict[str, float]:
    """Return the figures of the earlier network on the later register, as the later plan holds them; else none."""
    table = after.derived.get("middle")
    if table is None or after.manifest.get("parent_plan") != before.plan_id:
        return {}
    return dict(zip(table["name"], table["value"], strict=True))


def _figures(before: Plan, after: Plan) -> pd.DataFrame:
    names = list(dict.fromkeys([*after.kpis, *before.kpis]))
    middle = middle_figures(before, after)
    frame = pd.DataFrame(
        {
            "name": names,
            "before": pd.Series(dict(before.kpis), dtype=float).reindex(names).to_numpy(),
            "middle": pd.Series(middle, dtype=float).reindex(names).to_numpy(),
            "after": pd.Series(dict(after.kpis), dtype=float).reindex(names).to_numpy(),
        }
    )
    return frame.assign(
        difference=frame["after"] - frame["before"],
        city=frame["middle"] - frame["before"],
        decisions=frame["after"] - frame["middle"],
    )
