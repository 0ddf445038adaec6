"""Money: what sites cost, what dues come in and who gets them, what a federation has and spends (四).

All sums are whole yuan. Shares are read as parts per million, so that nothing depends on binary fractions; what is shared
adds up exactly (largest remainder). Every cost figure of the shipped policy is an assumption, marked S.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.allocation.apportion import largest_remainder
from planner.rules.money import LEVELS
from planner.site_costs import kit_yuan, opening_yuan, running_yuan_year

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from planner.policy import Policy
    from planner.rules import MoneyRule

MILLION = 1_000_000


def site_costs(policy: Policy, facilities: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return what each open site costs.

    Parameters
    ----------
    policy
        Costs of the tiers.
    facilities
        ``facility_id``, ``tier``, ``site_id``.
    sites
        Candidates, indexed by ``site_id``.

    Returns
    -------
    pandas.DataFrame
        ``facility_id``, ``opening_yuan``, ``kit_yuan``, ``running_yuan_year`` (int64). Premises that carry several tiers
        pay rent once, with the first of them in the policy's order.
    """
    parts = []
    paid: set[str] = set()
    for tier in policy.tiers:
        mine = facilities[facilities["tier"] == tier.name].sort_values("facility_id")
        held = sites.loc[mine["site_id"]]
        again = mine["site_id"].isin(paid).to_numpy()
        paid |= set(mine["site_id"])
        lent = held.assign(rent_yuan_month=held["rent_yuan_month"].where(~again, 0.0))
        parts.append(
            pd.DataFrame(
                {
                    "facility_id": mine["facility_id"].to_numpy(),
                    "opening_yuan": opening_yuan(held, tier),
                    "kit_yuan": kit_yuan(held, tier),
                    "running_yuan_year": running_yuan_year(lent, tier),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values("facility_id", ignore_index=True)


def owed_yuan(enterprises: pd.DataFrame, rule: MoneyRule) -> NDArray[np.int64]:
    """Return the dues each enterprise owes a year, whatever is collected: payroll x 2 %, rounded down to the yuan."""
    return _payroll(enterprises, rule) * _ppm(rule.dues_share) // MILLION


def _payroll(enterprises: pd.DataFrame, rule: MoneyRule) -> NDArray[np.int64]:
    workers = enterprises["workers"].to_numpy(np.int64)
    wage = enterprises["industry"].map(rule.wages).fillna(rule.wage_yuan_year).to_numpy(np.int64)
    stated = enterprises["payroll_yuan"].to_numpy(float)
    return np.where(np.isnan(stated), workers * wage, np.nan_to_num(stated)).astype(np.int64)


def enterprise_dues(enterprises: pd.DataFrame, rule: MoneyRule, day: date) -> pd.DataFrame:
    """Return payroll, expected dues and refunds of each enterprise.

    Expected dues are payroll x 2 % x the collection rate, rounded down to the yuan; a stated payroll goes before the mean
    wage of the industry.

    Parameters
    ----------
    enterprises
        ``enterprise_id``, ``industry``, ``workers``, ``payroll_yuan`` (absent where not stated).
    rule
        Shares, wages, refunds.
    day
        Day the refunds are read for.

    Returns
    -------
    pandas.DataFrame
        ``enterprise_id``, ``payroll_yuan``, ``dues_yuan``, ``refund_yuan`` (int64).
    """
    workers = enterprises["workers"].to_numpy(np.int64)
    payroll, owed = _payroll(enterprises, rule), owed_yuan(enterprises, rule)
    dues = owed * _ppm(rule.collection_share) // MILLION
    back = np.zeros(len(workers), dtype=np.int64)
    for refund in rule.refunds:
        if refund.begins <= day <= refund.ends:
            share = np.where(workers <= refund.workers_most, _ppm(refund.share), 0)
            back = np.maximum(back, share)
    return pd.DataFrame(
        {
            "enterprise_id": enterprises["enterprise_id"].to_numpy(),
            "payroll_yuan": payroll,
            "dues_yuan": dues,
            "refund_yuan": dues * back // MILLION,
        }
    )


def federation_budget(
    policy: Policy,
    districts: pd.DataFrame,
    staffing: pd.DataFrame,
    dues: pd.DataFrame,
    district_of: pd.Series,
    costs: pd.DataFrame,
    facilities: pd.DataFrame,
    day: date,
) -> pd.DataFrame:
    """Return dues, income and lines of each federation's budget.

    Parameters
    ----------
    policy
        Rule of money.
    districts, staffing
        Federations with their counts and posts.
    dues
        See `enterprise_dues`.
    district_of
        District of each organised enterprise, indexed by ``enterprise_id``.
    costs, facilities
        What sites cost, and whose they are.
    day
        Day the shares are read for.

    Returns
    -------
    pandas.DataFrame
        By ``district_id``: ``payroll_yuan``, ``dues_yuan``, ``refund_yuan``, one ``to_<level>_yuan`` per level (they add up
        to dues less refunds), ``base_yuan``, ``project_yuan``, ``income_yuan`` (base and projects: dues are no income of
        the federation, 四(二)), ``sites_yuan``, ``allowance_yuan``, ``spending_yuan``, ``balance_yuan``, and ``staff_yuan``, which the
        street_town pays.
    """
    rule = policy.money
    sums = dues.assign(district_id=dues["enterprise_id"].map(district_of)).dropna(
        subset="district_id"
    )
    grouped = sums.groupby("district_id")[["payroll_yuan", "dues_yuan", "refund_yuan"]].sum()
    frame = districts[["district_id", "organisations", "workers"]].set_index("district_id")
    frame = frame.join(grouped.reindex(frame.index).fillna(0).astype(np.int64))
    shares = rule.shares_on(day)
    weights = np.array([_ppm(getattr(shares, level)) for level in LEVELS])
    net = (frame["dues_yuan"] - frame["refund_yuan"]).to_numpy()
    parts = np.array([largest_remainder(int(one), weights) for one in net]).reshape(-1, len(LEVELS))
    for column, level in enumerate(LEVELS):
        frame[f"to_{level}_yuan"] = parts[:, column]
    peopled = (frame["organisations"] > 0).to_numpy(np.int64)
    frame["base_yuan"] = (
        rule.base_yuan_federation * peopled + rule.base_yuan_worker * frame["workers"]
    )
    frame["project_yuan"] = rule.project_yuan_organisation * frame["organisations"]
    frame["income_yuan"] = frame["base_yuan"] + frame["project_yuan"]
    running = costs.set_index("facility_id")["running_yuan_year"]
    own = {tier.name for tier in policy.tiers if tier.rule == "one_per_district"}
    below = {tier.name for tier in policy.tiers if tier.parent in own} | own
    mine = facilities[facilities["tier"].isin(below)]
    spent = mine["facility_id"].map(running).groupby(mine["district_id"].to_numpy()).sum()
    frame["sites_yuan"] = spent.reindex(frame.index).fillna(0).astype(np.int64)
    posts = staffing.set_index("district_id").reindex(frame.index)
    frame["allowance_yuan"] = posts["part_time_chairs"] * rule.chair_allowance_yuan_year
    frame["spending_yuan"] = frame["sites_yuan"] + frame["allowance_yuan"]
    frame["balance_yuan"] = frame["income_yuan"] - frame["spending_yuan"]
    frame["staff_yuan"] = posts["professionals_posted"] * rule.professional_yuan_year
    return frame.drop(columns=["organisations", "workers"]).astype(np.int64).reset_index()


def custody(
    policy: Policy, budget: pd.DataFrame, districts: pd.DataFrame, facilities: pd.DataFrame,
    street_towns: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Return the fund-custody centre of each street_town and the lines it keeps for its federations (四(二)).

    Returns
    -------
    pandas.DataFrame
        By ``street_town_id``: ``facility_id`` of the site that houses it (absent where there is none), ``federations``, and
        the sums of the federations' lines.
    """
    lines = ["base_yuan", "project_yuan", "income_yuan", "sites_yuan", "allowance_yuan", "spending_yuan", "staff_yuan"]  # fmt: skip
    town = budget["district_id"].map(districts.set_index("district_id")["street_town_id"])
    sums = budget.groupby(town.to_numpy())[lines].sum()
    frame = street_towns[["street_town_id"]].sort_values("street_town_id").reset_index(drop=True)
    homes = {tier.name for tier in policy.tiers if "fund_custody_centre" in tier.houses}
    sites = facilities[facilities["tier"].isin(homes)].sort_values("facility_id")
    of_site = sites["district_id"].map(districts.set_index("district_id")["street_town_id"])
    centre = sites.groupby(of_site.to_numpy())["facility_id"].first()
    frame["facility_id"] = frame["street_town_id"].map(centre)
    counts = districts.groupby("street_town_id").size()
    frame["federations"] = frame["street_town_id"].map(counts).fillna(0).astype(np.int64)
    return frame.join(
        sums.reindex(frame["street_town_id"]).fillna(0).astype(np.int64).reset_index(drop=True)
    )


def _ppm(share: float) -> int:
    """Return a share as parts per million."""
    return round(share * MILLION)
