"""Who must be told what: organisations that switch, sites that close, federations that begin; rows for the union's platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import mark
from planner.explain import policy_of
from planner.problems.leases import broken_leases
from planner.rules import ChangeRule

if TYPE_CHECKING:
    from planner.difference.whole import Difference
    from planner.plan import Plan

SWITCHES = {
    "relocated": mark("it moved, or most of its members did"),
    "boundary": mark("its basic unit came to another street_town"),
    "ended": mark("its federation ended"),
    "balance": mark("the district was redrawn, so that federations hold what the policy asks for"),
}
"""Why an organisation switches, in words."""

CLOSINGS = {
    "gone": mark("its premises are no longer listed, or were refused"),
    "vetoed": mark("a person decided against it"),
    "moved": mark("another site serves its people better"),
    "closed": mark("it is no longer needed where the policy's numbers are met"),
}
"""Why a site closes, in words."""

KINDS = {"switched": "调整上级工会", "new": "新建", "ended": "撤销"}
"""Rows of the import sheet; it is Chinese, as the platform is."""

PLATFORM = (
    "序号", "变更类型", "组织编号", "统一社会信用代码", "基层工会名称", "原上级工会编号", "原上级工会名称", "现上级工会编号", "现上级工会名称", "生效日期", "变更原因",
)  # fmt: skip
"""Columns of the import sheet."""


@dataclass(frozen=True, eq=False)
class Notices:
    """Rows to send out.

    Parameters
    ----------
    switched
        ``organisation_id``, ``name``, ``workers``, ``federation_before``, ``federation_after`` (names), ``station_before``,
        ``station_after`` (names of premises), ``reason`` (a key of `SWITCHES`), ``effective``.
    closed
        ``tier``, ``site_id``, ``name``, ``federation`` (name), ``instead`` (name of the site it moves to, else ""),
        ``reason`` (a key of `CLOSINGS`), ``effective``, ``lease_ends`` (of a lease that the closing breaks, else "") and
        ``rest_yuan`` (rent to its end; NaN where it is not known).
    federations
        ``district_id``, ``name``, ``organisations``, ``workers``, ``lacking`` (what it still needs), ``effective``: one row
        per federation that is new.
    platform
        Columns `PLATFORM`: every organisation whose booking changes.
    """

    switched: pd.DataFrame
    closed: pd.DataFrame
    federations: pd.DataFrame
    platform: pd.DataFrame

    def __len__(self) -> int:
        """Return how many notices there are; rows for the platform repeat them."""
        return len(self.switched) + len(self.closed) + len(self.federations)


def notices(before: Plan, after: Plan, found: Difference) -> Notices:
    """Return what people must be told of a difference.

    Parameters
    ----------
    before, after
        The two plans.
    found
        Their difference.
    """
    day = effective_day(after)
    names = [_names(before), _names(after)]
    rows = found.organisations[found.organisations["state"] == "switched"]
    switched = pd.DataFrame(
        {
            "organisation_id": rows["organisation_id"],
            "name": rows["name"],
            "workers": rows["workers_after"].astype("int64"),
            "federation_before": rows["district_before"].map(names[0]),
            "federation_after": rows["district_after"].map(names[1]),
            "station_before": rows["district_before"].map(_stations(before)),
            "station_after": rows["district_after"].map(_stations(after)),
            "reason": _switch_reasons(before, after, rows),
            "effective": day,
        }
    ).reset_index(drop=True)
    return Notices(
        switched,
        _closed(before, after, found, names[0], day),
        _new_federations(after, found, day),
        _platform(found, switched, names, day),
    )


def effective_day(plan: Plan) -> str:
    """Return the day a plan's changes hold from, as 2027-07-01."""
    given = dict(plan.manifest["scenario"].get("change", {})).get("day")
    return str(given) if given else date.isoformat(policy_of(plan).programme.begins)


def _names(plan: Plan) -> pd.Series:
    named: pd.Series = plan.districts.set_index("district_id")["name"]
    return named


def _stations(plan: Plan) -> pd.Series:
    """Return the premises of each federation's office, by district."""
    offices = [tier.name for tier in policy_of(plan).tiers if "federation_office" in tier.houses]
    mine = plan.facilities[plan.facilities["tier"].isin(offices)].sort_values("facility_id")
    names = plan.layers["sites"].drop_duplicates("site_id").set_index("site_id")["name"]
    chosen = mine.drop_duplicates("district_id").set_index("district_id")["site_id"]
    shown = chosen.map(names)
    return shown.where(shown.fillna("") != "", chosen)


def _switch_reasons(before: Plan, after: Plan, rows: pd.DataFrame) -> list[str]:
    organisations = after.layers["organisations"].set_index("organisation_id")
    unit = rows["organisation_id"].map(organisations["unit_id"]).astype(str)
    carried = after.derived.get("carried_units")
    if carried is None:
        carried = pd.DataFrame(before.decisions["unit_district"]).rename(
            columns={"district_id": "district_before"}
        )
        carried = carried.assign(unit_before=carried["unit_id"])
    home = unit.map(carried.set_index("unit_id")["district_before"])
    was = unit.map(carried.set_index("unit_id")["unit_before"])
    town_before = was.map(before.layers["units"].set_index("unit_id")["street_town_id"])
    town_now = unit.map(after.layers["units"].set_index("unit_id")["street_town_id"])
    then = was.map(before.decisions["unit_district"].set_index("unit_id")["district_id"])
    renamed = _renamed_towns(before, after, carried)
    alive = set(after.districts["district_id"])
    reasons = []
    for district, here, there, old, new in zip(
        rows["district_before"], home, then, town_before, town_now, strict=True
    ):
        if there == district and renamed.get(old, old) != new:
            reasons.append("boundary")
        elif here != district:
            reasons.append("relocated")
        else:
            reasons.append("balance" if district in alive else "ended")
    return reasons


def _renamed_towns(before: Plan, after: Plan, carried: pd.DataFrame) -> dict[str, str]:
    """Return the street_town that most units of each of last year's are in now, so that a new code is no new border."""
    old = carried["unit_before"].map(before.layers["units"].set_index("unit_id")["street_town_id"])
    new = carried["unit_id"].map(after.layers["units"].set_index("unit_id")["street_town_id"])
    counts = pd.DataFrame({"old": old, "new": new}).dropna().value_counts().reset_index()
    counts = counts.sort_values(["old", "count", "new"], ascending=[True, False, True])
    return dict(counts.drop_duplicates("old")[["old", "new"]].itertuples(index=False, name=None))


def closing_sites(after: Plan, found: Difference) -> pd.DataFrame:
    """Return ``tier`` and this year's ``site_id`` ("" where the premises are gone) of the sites that close or move."""
    rows = found.sites[found.sites["change"].isin(("closed", "moved"))]
    names = rows["site_before"].astype(object)
    if "carried_sites" in after.derived:
        carried = after.derived["carried_sites"].set_index(["tier", "site_before"])["site_id"]
        keys = pd.MultiIndex.from_frame(rows[["tier", "site_before"]])
        again = pd.Series(carried.reindex(keys).to_numpy(dtype=object), index=rows.index)
        names = again.where(again.notna(), "")
    return pd.DataFrame({"tier": rows["tier"], "site_id": names})


def _closed(
    before: Plan, after: Plan, found: Difference, names: pd.Series, day: str
) -> pd.DataFrame:
    rows = found.sites[found.sites["change"].isin(("closed", "moved"))]
    where = before.facilities.set_index(["tier", "site_id"])["district_id"]
    keys = pd.MultiIndex.from_frame(rows[["tier", "site_before"]])
    carried = after.derived.get("carried_sites")
    gone: set[tuple[Any, Any]] = set()
    if carried is not None:
        lost = carried[carried["site_id"].isna()]
        gone = set(zip(lost["tier"], lost["site_before"], strict=True))
    vetoed = {
        (one["tier"], one["site_id"])
        for one in after.manifest["scenario"].get("decisions", ())
        if one["decision"] == "closed"
    }
    reasons = [
        "gone" if key in gone else "vetoed" if key in vetoed else change
        for key, change in zip(keys, rows["change"], strict=True)
    ]
    broken = broken_leases(
        closing_sites(after, found),
        set(after.facilities["site_id"]),
        pd.DataFrame(after.layers["sites"]),
        ChangeRule.model_validate(after.manifest["scenario"].get("change", {})),
        date.fromisoformat(day),
    )
    shown = rows["name_before"].fillna("")
    instead = rows["name_after"].fillna("")
    return pd.DataFrame(
        {
            "tier": rows["tier"],
            "site_id": rows["site_before"],
            "name": shown.where(shown != "", rows["site_before"]),
            "federation": pd.Series(where.reindex(keys).to_numpy(), index=rows.index).map(names),
            "instead": instead.where(instead != "", rows["site_after"].fillna("")),
            "reason": reasons,
            "effective": day,
            "lease_ends": broken["ends"].dt.strftime("%Y-%m-%d").fillna(""),
            "rest_yuan": broken["rest_yuan"],
        }
    ).reset_index(drop=True)


def _new_federations(after: Plan, found: Difference, day: str) -> pd.DataFrame:
    rows = found.districts[found.districts["fate"] == "new"]
    lacking = after.derived["readiness"].set_index("district_id")["lacking"]
    return pd.DataFrame(
        {
            "district_id": rows["after"],
            "name": rows["name"],
            "organisations": rows["organisations_after"].astype("int64"),
            "workers": rows["workers_after"].astype("int64"),
            "lacking": rows["after"].map(lacking).fillna("").astype(str),
            "effective": day,
        }
    ).reset_index(drop=True)


def _platform(
    found: Difference, switched: pd.DataFrame, names: list[pd.Series], day: str
) -> pd.DataFrame:
    from geodata.messages import text_in

    rows = found.organisations[found.organisations["state"].isin(list(KINDS))].copy()
    why = switched.set_index("organisation_id")["reason"].map(SWITCHES)
    said = rows["organisation_id"].map(why).fillna("")
    code = rows["organisation_id"].str.removeprefix("own-").str.split("@").str[0]
    own = rows["organisation_id"].str.startswith("own-") & code.str.len().eq(18)
    values: dict[str, Any] = {
        "序号": range(1, len(rows) + 1),
        "变更类型": rows["state"].map(KINDS),
        "组织编号": rows["organisation_id"],
        "统一社会信用代码": code.where(own, ""),
        "基层工会名称": rows["name"],
        "原上级工会编号": rows["district_before"].fillna(""),
        "原上级工会名称": rows["district_before"].map(names[0]).fillna(""),
        "现上级工会编号": rows["district_after"].fillna(""),
        "现上级工会名称": rows["district_after"].map(names[1]).fillna(""),
        "生效日期": day,
        "变更原因": [text_in("zh", "planner", text) for text in said],
    }
    return pd.DataFrame(values)[list(PLATFORM)].reset_index(drop=True)
