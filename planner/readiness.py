"""Whether a federation counts as built, what it still lacks, and which are proposed as models (一(二), 五(四))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from datetime import date

    from planner.policy import Policy

STEPS = ("people", "premises", "funds", "certificate", "account")
"""What a federation needs before it counts as built."""

SCORES = {
    "members": "score_members",
    "own": "score_own",
    "inspection": "score_inspection",
    "third_party": "score_third_party",
}
"""Weight of the assessment -> column of the premises file."""


def readiness(
    policy: Policy,
    districts: pd.DataFrame,
    staffing: pd.DataFrame,
    budget: pd.DataFrame,
    facilities: pd.DataFrame,
    sites: pd.DataFrame,
    site_district: pd.Series,
    day: date,
) -> pd.DataFrame:
    """Say of each federation which steps are done on a day.

    Parameters
    ----------
    policy
        Steps asked for, weights of the assessment.
    districts, staffing, budget
        Federations with posts and income.
    facilities
        Open sites; the one that houses the federation's office is its premises.
    sites
        Candidates, indexed by ``site_id``, with ``consent``, ``available_from``, ``certificate``, ``account`` and marks.
    site_district
        District of each listed site, indexed by ``site_id``: papers and marks are those of a station that exists in it.
    day
        Day premises must be available on.

    Returns
    -------
    pandas.DataFrame
        By ``district_id``: one bool per step of `STEPS`, ``built`` (all steps the policy asks for), ``lacking`` (names of
        those missing, comma between), ``score`` (0-100, absent where nobody gave marks; parties who gave none are left
        out of the weights).
    """
    ids = districts["district_id"].sort_values().reset_index(drop=True)
    offices = {tier.name for tier in policy.tiers if "federation_office" in tier.houses}
    posted = staffing.set_index("district_id")["professionals_posted"].reindex(ids)
    money = budget.set_index("district_id").reindex(ids)
    least = max(1, policy.staffing.posted_least)
    papers = _papers(sites, site_district).reindex(ids)
    share = round(policy.money.funded_share * 1_000_000)
    has = pd.DataFrame(
        {
            "district_id": ids,
            "people": (posted >= least).to_numpy(),
            "premises": ids.isin(_with_premises(facilities, sites, offices, day)).to_numpy(),
            "funds": (money["income_yuan"] * 1_000_000 >= money["spending_yuan"] * share).to_numpy()
            & (money["income_yuan"] > 0).to_numpy(),
            "certificate": papers["certificate"].fillna(value=False).astype(bool).to_numpy(),
            "account": papers["account"].fillna(value=False).astype(bool).to_numpy(),
        }
    )
    asked = list(policy.programme.steps)
    has["built"] = has[asked].all(axis=1)
    has["lacking"] = [
        ",".join(step for step, done in zip(asked, row, strict=True) if not done)
        for row in has[asked].to_numpy(bool).tolist()
    ]
    has["score"] = _scores(policy, papers).to_numpy()
    return has


def _with_premises(
    facilities: pd.DataFrame, sites: pd.DataFrame, offices: set[str], day: date
) -> set[str]:
    mine = facilities[facilities["tier"].isin(offices)]
    held = sites.loc[mine["site_id"]]
    ready = (held["consent"] == "signed") & (held["kind"] != "to_find")
    ready &= held["available_from"].isna() | (held["available_from"] <= pd.Timestamp(day))
    return set(mine.loc[ready.to_numpy(bool), "district_id"])


def _papers(sites: pd.DataFrame, site_district: pd.Series) -> pd.DataFrame:
    """Return per district whether one of its existing stations has the papers, and the best marks given."""
    columns = ["certificate", "account", *SCORES.values()]
    table = sites.reindex(site_district.index)[columns].assign(district_id=site_district)
    flags = table[["certificate", "account"]].astype("boolean").fillna(value=False).astype(bool)
    table[["certificate", "account"]] = flags
    return table.groupby("district_id").max()


def _scores(policy: Policy, papers: pd.DataFrame) -> pd.Series:
    weights = {name: getattr(policy.assessment, name) for name in SCORES}
    total, weighed = np.zeros(len(papers)), np.zeros(len(papers))
    for name, column in SCORES.items():
        marks = papers[column].to_numpy(float)
        known = ~np.isnan(marks)
        total += np.where(known, np.nan_to_num(marks) * weights[name], 0.0)
        weighed += np.where(known, weights[name], 0.0)
    score = np.divide(total, weighed, out=np.full(len(papers), np.nan), where=weighed > 0)
    return pd.Series(score, index=papers.index)


def propose_models(
    policy: Policy,
    ready: pd.DataFrame,
    districts: pd.DataFrame,
    street_towns: pd.DataFrame,
    targets: pd.DataFrame,
) -> pd.DataFrame:
    """Propose models in each borough up to its goal, by assessment and readiness, not by size.

    A federation's points are its score (0 where nobody gave marks) and so many for each step done; ties go to the smaller
    id. A federation without any step done is no model.

    Returns
    -------
    pandas.DataFrame
        ``district_id``, ``place`` (from 1, within its borough).
    """
    boroughs = street_towns.set_index("street_town_id")["borough_id"]
    town = districts.set_index("district_id")["street_town_id"]
    table = ready.assign(borough_id=ready["district_id"].map(town).map(boroughs))
    steps = table[list(policy.programme.steps)].sum(axis=1)
    table["points"] = (table["score"].fillna(0.0) + policy.assessment.readiness * steps).round(6)
    table = table[steps > 0].sort_values(
        ["borough_id", "points", "district_id"], ascending=[True, False, True]
    )
    table["place"] = table.groupby("borough_id").cumcount() + 1
    mine = targets[(targets["target"] == "models") & (targets["level"] == "borough")]
    goal = table["borough_id"].map(mine.set_index("area_id")["goal"]).fillna(0)
    chosen = table.loc[table["place"] <= goal, ["district_id", "place"]].astype({"place": "int64"})
    return chosen.sort_values("district_id").reset_index(drop=True)
