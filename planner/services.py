"""Which services each site offers, with the figures that led to each (二(二)), and the seven standards (二(三))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.policy import Policy

FIGURES = (
    "workers", "small_firm_share", "large_firm_share", "women_share", "migrant_share", "outdoor_share",
    "non_member_share", "disputes",
)  # fmt: skip
"""Figures of a catchment; ``industry_share`` depends on the sections asked for."""


def catchments(
    policy: Policy,
    enterprises: pd.DataFrame,
    nearest: pd.Series,
    facilities: pd.DataFrame,
    outdoor_by_district: pd.Series,
    mediation: pd.DataFrame,
) -> pd.DataFrame:
    """Sum up the enterprises whose nearest site within the cutoff each site is.

    Parameters
    ----------
    policy
        What a small and a large firm is.
    enterprises
        In scope: ``enterprise_id``, ``industry``, ``workers``, ``members``, ``women``, ``migrants``.
    nearest
        Facility of each enterprise that reaches one, indexed by ``enterprise_id``.
    facilities
        Sites that are asked about.
    outdoor_by_district
        Outdoor workers present on the mean hour, by district.
    mediation
        ``district_id``, ``open_disputes``.

    Returns
    -------
    pandas.DataFrame
        By ``facility_id``: `FIGURES`, and ``workers_<section>`` per industry. Shares of women and migrants are of the
        workers of enterprises that state them. Outdoor workers and disputes are those of the site's district.
    """
    rule = policy.services
    table = enterprises.assign(facility_id=enterprises["enterprise_id"].map(nearest))
    table = table.dropna(subset="facility_id")
    workers = table["workers"]
    parts = {
        "workers": workers,
        "small": workers.where(workers < rule.small_workers, 0),
        "large": workers.where(workers >= rule.large_workers, 0),
        "members": table["members"],
        "women": table["women"].fillna(0),
        "women_of": workers.where(table["women"].notna(), 0),
        "migrants": table["migrants"].fillna(0),
        "migrants_of": workers.where(table["migrants"].notna(), 0),
    }
    for section in sorted(set(table["industry"]) - {""}):
        parts[f"workers_{section}"] = workers.where(table["industry"] == section, 0)
    names = facilities["facility_id"].sort_values()
    sums = pd.DataFrame(parts).groupby(table["facility_id"]).sum().reindex(names).fillna(0)
    district = facilities.set_index("facility_id")["district_id"].reindex(names)
    outdoor = district.map(outdoor_by_district).fillna(0.0).to_numpy(float)
    cases = district.map(mediation.set_index("district_id")["open_disputes"]).fillna(0)
    frame = pd.DataFrame(
        {
            "facility_id": names.to_numpy(),
            "workers": sums["workers"].to_numpy(np.int64),
            "small_firm_share": _share(sums["small"], sums["workers"]),
            "large_firm_share": _share(sums["large"], sums["workers"]),
            "women_share": _share(sums["women"], sums["women_of"]),
            "migrant_share": _share(sums["migrants"], sums["migrants_of"]),
            "outdoor_share": _share(pd.Series(outdoor), sums["workers"] + outdoor),
            "non_member_share": _share(sums["workers"] - sums["members"], sums["workers"]),
            "disputes": cases.to_numpy(np.int64),
        }
    )
    sections = [name for name in sums.columns if name.startswith("workers_")]
    return pd.concat([frame, sums[sections].astype("int64").reset_index(drop=True)], axis=1)


def _share(part: pd.Series, whole: pd.Series) -> np.ndarray:
    a, b = part.to_numpy(float), whole.to_numpy(float)
    return np.asarray(np.divide(a, b, out=np.zeros(len(a)), where=b > 0))


def service_lists(
    policy: Policy, facilities: pd.DataFrame, catchment: pd.DataFrame
) -> pd.DataFrame:
    """Return the services of each site: the tier's basic ones, and special ones its catchment calls for.

    Returns
    -------
    pandas.DataFrame
        ``facility_id``, ``service``, ``basic``, ``figure`` (empty for basic ones), ``value``, ``least``; a special service
        that several figures call for has one row per figure.
    """
    rows: list[tuple[str, str, bool, str, float, float]] = []
    basic = {tier.name: tier.services for tier in policy.tiers}
    of_tier = zip(facilities["facility_id"], facilities["tier"], strict=True)
    for name, tier in sorted(of_tier):
        rows += [(name, service, True, "", np.nan, np.nan) for service in basic[tier]]
    special = facilities[facilities["tier"].isin(policy.services.special_tiers)]
    tier_of = special.set_index("facility_id")["tier"]
    table = catchment[catchment["facility_id"].isin(tier_of.index)]
    for rule in policy.services.special:
        if rule.figure == "industry_share":
            columns = [f"workers_{one}" for one in rule.industries if f"workers_{one}" in table]
            value = _share(table[columns].sum(axis=1), table["workers"])
        else:
            value = table[rule.figure].to_numpy(float)
        met = (value >= rule.least) & (table["workers"] > 0).to_numpy()
        rows += [
            (name, rule.service, False, rule.figure, float(one), rule.least)
            for name, one in zip(table["facility_id"][met], value[met], strict=True)
            if rule.service not in basic[tier_of[name]]
        ]
    columns = ["facility_id", "service", "basic", "figure", "value", "least"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(
        ["facility_id", "basic", "service", "figure"],
        ascending=[True, False, True, True],
        ignore_index=True,
    )


def standards(
    policy: Policy,
    facilities: pd.DataFrame,
    sites: pd.DataFrame,
    hours: pd.DataFrame,
    staffing: pd.DataFrame,
    ready: pd.DataFrame,
) -> pd.DataFrame:
    """Return the seven standards per site as a check list (二(三)).

    What the data tell is ``met`` or ``lacking``; what only a visit can tell is ``to_check``.

    Returns
    -------
    pandas.DataFrame
        ``facility_id``, ``standard``, ``state``.
    """
    least = {tier.name: tier.floor_area_least_m2 for tier in policy.tiers}
    basic = {tier.name: bool(tier.services) for tier in policy.tiers}
    offices = {tier.name for tier in policy.tiers if "federation_office" in tier.houses}
    table = facilities.sort_values("facility_id").reset_index(drop=True)
    held = sites.loc[table["site_id"]].reset_index(drop=True)
    area = held["floor_area_m2"]
    posted = table["district_id"].map(staffing.set_index("district_id")["professionals_posted"])
    covered = table["facility_id"].isin(hours["facility_id"])
    funds = table["district_id"].map(ready.set_index("district_id")["funds"]).fillna(value=False)
    met = {
        "place": _state(held["consent"] == "signed"),
        "layout": np.where(area.isna(), "to_check", _state(area >= table["tier"].map(least))),
        "sign": np.full(len(table), "to_check"),
        "staff": _state(covered & (~table["tier"].isin(offices) | (posted > 0))),
        "services": _state(table["tier"].map(basic)),
        "rules": np.full(len(table), "to_check"),
        "funds": _state(funds),
    }
    asked = policy.services.standards
    parts = [
        pd.DataFrame({"facility_id": table["facility_id"], "standard": name, "state": met[name]})
        for name in asked
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["facility_id", "standard"], ignore_index=True)


def _state(holds: pd.Series) -> np.ndarray:
    return np.where(holds.to_numpy(bool), "met", "lacking")
