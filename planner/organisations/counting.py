"""The two rates of 一(三), per area: enterprises covered (建会率) and members (入会率)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.organisations.formed import Organisations
    from planner.organisations.rules import Level

COLUMNS = (
    "area_id",
    "enterprises",
    "covered",
    "unionised",
    "formation_share",
    "workers",
    "members",
    "membership_share",
    "organisations",
    "own",
    "joint",
)


def rates(
    formed: Organisations,
    enterprises: pd.DataFrame,
    *,
    area_of: pd.Series | None = None,
    by: str = "street_town_id",
) -> pd.DataFrame:
    """Count both rates per area, over all enterprises in scope and in the area's jurisdiction.

    建会率 is the share of enterprises that an own or joint union covers at the level the organisations were formed for;
    入会率 is members over workers, as the register states them.

    Parameters
    ----------
    formed
        Organisations at one level.
    enterprises
        Layer ``enterprises``.
    area_of
        Area of each unit (unit_id -> area_id), for federations, boroughs or the city; then ``by`` is not used.
    by
        ``unit_id`` or ``street_town_id``: the enterprise's own place.

    Returns
    -------
    DataFrame
        By ``area_id``; `COLUMNS`. An area without enterprises in scope has no row; shares of nothing are 0.
        ``organisations`` are counted where the organisation is, the others where the enterprise is.
    """
    places = formed.places[["enterprise_id", "unit_id", "street_town_id"]]
    table = places.merge(
        enterprises[["enterprise_id", "workers", "members", "unionised"]], on="enterprise_id"
    )
    # As objects: looking Arrow strings up among half a million others makes each of them a scalar first.
    table["covered"] = (
        table["enterprise_id"]
        .astype(object)
        .isin(formed.membership["enterprise_id"].astype(object))
    )
    table["area_id"] = table["unit_id"].map(area_of) if area_of is not None else table[by]
    grouped = table.groupby("area_id", sort=True)
    frame = pd.DataFrame(
        {
            "enterprises": grouped.size(),
            "covered": grouped["covered"].sum(),
            "unionised": grouped["unionised"].sum(),
            "workers": grouped["workers"].sum(),
            "members": grouped["members"].sum(),
        }
    ).astype("int64")
    frame["formation_share"] = _share(frame["covered"], frame["enterprises"])
    frame["membership_share"] = _share(frame["members"], frame["workers"])
    unions = formed.organisations
    where = unions["unit_id"].map(area_of) if area_of is not None else unions[by]
    frame["organisations"] = unions.groupby(where).size()
    for kind in ("own", "joint"):
        frame[kind] = unions[unions["kind"] == kind].groupby(where[unions["kind"] == kind]).size()
    counts = ["organisations", "own", "joint"]
    frame[counts] = frame[counts].fillna(0).astype("int64")
    return frame.reset_index()[list(COLUMNS)]


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part.div(whole.where(whole > 0, np.nan)).fillna(0.0)


LEVELS: Final[tuple[Level, ...]] = ("today", "at_85", "full")
"""The three ways of counting organisations (一(一))."""

AREAS = ("city", "borough", "street_town")


def formation_table(
    levels: Mapping[Level, Organisations],
    enterprises: pd.DataFrame,
    units: pd.DataFrame,
    street_towns: pd.DataFrame,
    boroughs: pd.DataFrame,
) -> pd.DataFrame:
    """Count organisations at each level and both rates (一(三)), for the city, each borough and each street_town.

    Parameters
    ----------
    levels
        Level -> organisations formed at it.
    enterprises, units, street_towns, boroughs
        Layers of the run.

    Returns
    -------
    DataFrame
        By ``area`` (`AREAS`) and ``area_id``; ``name``, ``enterprises``, ``unionised``, ``union_rate_share`` (建会率, today),
        ``workers``, ``members``, ``membership_rate_share`` (入会率, today), and for each level ``organisations_<level>``,
        ``own_<level>``, ``joint_<level>``, ``covered_<level>`` (enterprises in an organisation). Enterprises are counted where
        they are, organisations where their union is; all in scope and in the area's jurisdiction.
    """
    town_of = units.set_index("unit_id")["street_town_id"]
    borough_of = town_of.map(street_towns.set_index("street_town_id")["borough_id"])
    homes = {
        "city": town_of.map(lambda _town: "city"),
        "borough": borough_of,
        "street_town": town_of,
    }
    names = {
        "city": pd.Series({"city": ""}),
        "borough": boroughs.set_index("borough_id")["name"],
        "street_town": street_towns.set_index("street_town_id")["name"],
    }
    parts = []
    for area in AREAS:
        wide = pd.DataFrame()
        for level, formed in levels.items():
            table = rates(formed, enterprises, area_of=homes[area]).set_index("area_id")
            if wide.empty:
                wide = table[["enterprises", "unionised", "workers", "members"]].copy()
                wide["union_rate_share"] = _share(wide["unionised"], wide["enterprises"])
                wide["membership_rate_share"] = table["membership_share"]
            for column in ("organisations", "own", "joint", "covered"):
                wide[f"{column}_{level}"] = table[column]
        wide.insert(0, "name", names[area].reindex(wide.index).fillna("").astype("str"))
        wide = wide.reset_index()
        wide.insert(0, "area", area)
        parts.append(wide)
    return pd.concat(parts, ignore_index=True)


def unit_sums(units: pd.DataFrame, unions: pd.DataFrame) -> pd.DataFrame:
    """Sum what each basic unit holds of organisations; units of nobody are kept with zeros.

    Returns
    -------
    DataFrame
        By ``unit_id``: ``street_town_id``, ``organisations``, ``covered_units`` (涵盖单位数: enterprises in its organisations),
        ``workers``, ``members``, ``industry`` (largest by workers), and one column ``workers_A`` ... per industry section met.
    """
    grouped = unions.groupby("unit_id")
    sums = pd.DataFrame(
        {
            "organisations": grouped.size(),
            "covered_units": grouped["enterprises"].sum(),
            "workers": grouped["workers"].sum(),
            "members": grouped["members"].sum(),
        }
    )
    mix = unions.pivot_table(
        index="unit_id", columns="industry", values="workers", aggfunc="sum", fill_value=0
    )
    mix = mix[[name for name in sorted(mix.columns) if name]]
    frame = units[["unit_id", "street_town_id"]].sort_values("unit_id").set_index("unit_id")
    frame = frame.join(sums.reindex(frame.index).fillna(0).astype("int64"))
    mix = mix.reindex(frame.index).fillna(0).astype("int64")
    largest = mix.idxmax(axis=1) if mix.shape[1] else pd.Series("", index=frame.index)
    empty = mix.sum(axis=1) == 0
    frame["industry"] = largest.mask(empty, "").astype("str")
    return frame.join(mix.add_prefix("workers_")).reset_index()


def gap_list(
    formed: Organisations, enterprises: pd.DataFrame, *, share: float = 0.85
) -> pd.DataFrame:
    """List the enterprises that would close each street_town's gap to ``share``, largest first (一(三)).

    Returns
    -------
    DataFrame
        ``street_town_id``, ``place`` (1 is first), ``enterprise_id``, ``name``, ``workers``: as many per street_town as
        are missing today.
    """
    table = formed.places[["enterprise_id", "street_town_id"]].merge(
        enterprises[["enterprise_id", "name", "workers", "unionised"]], on="enterprise_id"
    )
    total = table.groupby("street_town_id").size()
    have = table.groupby("street_town_id")["unionised"].sum()
    missing = (np.ceil(total * share - 1e-9) - have).clip(lower=0).astype("int64")
    waiting = table[~table["unionised"].astype(bool)].sort_values(
        ["street_town_id", "workers", "enterprise_id"], ascending=[True, False, True]
    )
    waiting["place"] = waiting.groupby("street_town_id").cumcount() + 1
    chosen = waiting[waiting["place"] <= waiting["street_town_id"].map(missing)]
    columns = ["street_town_id", "place", "enterprise_id", "name", "workers"]
    return chosen[columns].reset_index(drop=True)
