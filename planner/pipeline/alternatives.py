"""From keeping everything to planning anew: what each choice gains and what it upsets, measured alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from planner.difference import difference
from planner.difference.notices import closing_sites
from planner.explain import policy_of
from planner.pipeline.districts import change_day
from planner.problems.leases import broken_leases
from planner.verify.change import switched_by_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.difference import Difference
    from planner.plan import Plan
    from planner.scenario import Scenario

CHOSEN: Final = "chosen"

COLUMNS: Final = (
    "choice", "districts", "in_band_share", "deviation_share", "coverage_share", "minutes", "organisations_switched",
    "switched_share", "switched_by_choice", "sites_opened", "sites_closed", "sites_moved", "one_off_yuan", "running_yuan_year",
    "within_limits", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One way to weigh change.

    Parameters
    ----------
    name
        Key in the table.
    change
        Settings of the change budget laid over the scenario's.
    """

    name: str
    change: Mapping[str, Any]


FREE: Final[dict[str, Any]] = {"most_switched_share": None, "most_closings": {}, "pins": ()}

CHOICES: Final = (
    Choice("keep", {"stance": "keep"}),
    Choice(
        "little",
        {
            "stance": "adjust",
            "switching_weight": 4.0,
            "people_per_closing": 1200.0,
            "share_per_closing": 0.01,
        },
    ),
    Choice(CHOSEN, {}),
    Choice(
        "much",
        {
            **FREE,
            "stance": "adjust",
            "switching_weight": 0.2,
            "people_per_closing": 50.0,
            "share_per_closing": 0.0005,
        },
    ),
    Choice("anew", {**FREE, "stance": "anew"}),
)
"""The usual alternatives, from the least change to the most; the last two leave out the limits, to show what they cost."""

FROZEN: Final = Choice("frozen", {**FREE, "stance": "frozen"})
"""Last year's network on this year's register."""


def under(scenario: Scenario, choice: Choice) -> Scenario:
    """Return the scenario with a choice's settings."""
    changed = type(scenario.change).model_validate(
        {**scenario.change.model_dump(), **choice.change}
    )
    return scenario.model_copy(update={"change": changed})


def measured(choice: str, parent: Plan, plan: Plan, scenario: Scenario) -> dict[str, Any]:
    """Return one row of the table of alternatives.

    Parameters
    ----------
    choice
        Key of the choice.
    parent, plan
        Last year's plan, and what the choice gives.
    scenario
        The year's scenario, whose limits and costs of closing and moving count.

    Returns
    -------
    dict
        Columns `COLUMNS`. Coverage and minutes are those of the tier with the federations' offices. One-off yuan are
        openings with their kit, closings and moves, and the rest of the leases that closings break; running yuan are the difference to last year.
    """
    found = difference(parent, plan)
    policy = policy_of(plan)
    office = next(
        (t.name for t in policy.tiers if "federation_office" in t.houses), policy.tiers[0].name
    )
    moves = found.sites["change"].value_counts()
    chosen = switched_by_choice(plan)
    counts = {name: int(moves.get(name, 0)) for name in ("opened", "closed", "moved")}
    rule = scenario.change
    return {
        "choice": choice,
        "districts": len(plan.districts),
        "in_band_share": float(plan.kpis["districts_in_band_share"]),
        "deviation_share": _deviation(plan),
        "coverage_share": float(plan.kpis[f"{office}_coverage_share"]),
        "minutes": float(plan.kpis[f"{office}_mean_min"]),
        "organisations_switched": int((found.organisations["state"] == "switched").sum()),
        "switched_share": found.switched_share,
        "switched_by_choice": len(chosen),
        **{f"sites_{name}": count for name, count in counts.items()},
        "one_off_yuan": _opening_yuan(plan, found)
        + rule.closing_yuan * (counts["closed"] + counts["moved"])
        + rule.moving_yuan * counts["moved"]
        + _rest_of_leases(plan, found, scenario),
        "running_yuan_year": float(plan.kpis["running_yuan_year"])
        - float(parent.kpis["running_yuan_year"]),
        "within_limits": _within(plan, scenario, len(chosen)),
        "reason": "",
    }


def impossible(choice: str, reason: str) -> dict[str, Any]:
    """Return the row of a choice that no plan can be made under."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
    return {**row, "choice": choice, "within_limits": False, "reason": reason}


def alternatives_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the table in the order of `CHOICES`."""
    order = {choice.name: place for place, choice in enumerate(CHOICES)}
    ordered = sorted(rows, key=lambda row: order[row["choice"]])
    return pd.DataFrame(ordered, columns=list(COLUMNS)).assign(
        chosen=[row["choice"] == CHOSEN for row in ordered]
    )


def _deviation(plan: Plan) -> float:
    """Return the mean distance of the districts from both ideals, relative to them."""
    rule = policy_of(plan).federations
    held = plan.districts
    organisations = (held["organisations"] / rule.organisations.ideal - 1).abs()
    workers = (held["workers"] / rule.workers.ideal - 1).abs()
    return float((organisations.mean() + workers.mean()) / 2)


def _opening_yuan(plan: Plan, found: Difference) -> float:
    costs = plan.derived["site_costs"].set_index("facility_id")
    come = found.sites[found.sites["change"].isin(("opened", "moved"))]
    names = come["tier"] + ":" + come["site_after"]
    mine = costs.reindex(names)
    return float((mine["opening_yuan"] + mine["kit_yuan"]).sum())


def _rest_of_leases(plan: Plan, found: Difference, scenario: Scenario) -> float:
    """Return the rent that is still to be paid for premises no tier uses any more; unknown rents count nothing."""
    closed = closing_sites(plan, found)
    broken = broken_leases(
        closed,
        set(plan.facilities["site_id"]),
        plan.layers["sites"],
        scenario.change,
        change_day(scenario),
    )
    return float(broken["rest_yuan"].sum())


def _within(plan: Plan, scenario: Scenario, switched: int) -> bool:
    """Return whether a plan keeps the limits of the scenario, whatever it was made under."""
    rule = scenario.change
    before = set(plan.derived["carried_organisations"]["organisation_id"])
    both = len(before & set(plan.decisions["organisation_district"]["organisation_id"]))
    if rule.most_switched_share is not None and switched > rule.most_switched_share * both + 1e-9:
        return False
    carried = plan.derived["carried_sites"].dropna(subset="site_id")
    for tier, most in rule.most_closings.items():
        opened = set(plan.facilities.loc[plan.facilities["tier"] == tier, "site_id"])
        if len(set(carried.loc[carried["tier"] == tier, "site_id"]) - opened) > most:
            return False
    return True
