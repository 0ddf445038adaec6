"""From the decision to the frames of the data contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.messages import mark, text_in
from planner.organisations.carriers import COARSE
from planner.organisations.formed import (
    CARRIER_COLUMNS,
    MARK_COLUMNS,
    MEMBERSHIP_COLUMNS,
    ORGANISATION_COLUMNS,
    Organisations,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.carriers import Carriers
    from planner.organisations.rules import OrganisationRules

OWN_NAME = mark("{name} trade union")
JOINT_NAME = mark("{name} joint union")
NUMBERED_NAME = mark("{name} joint union {number}")


@dataclass(frozen=True, eq=False)
class Drawn:
    """Which organisation each enterprise is in, and what made the organisation.

    Parameters
    ----------
    of
        int64, shape (enterprises,), -1 for none.
    reason
        object, shape (organisations,): code of `planner.organisations.reasons.REASONS`.
    joint
        bool, shape (organisations,).
    name
        object, shape (organisations,): today's name, None for a new union.
    fresh
        bool, shape (organisations,): a joint union formed in this run, neither of today nor of the parent plan.
    """

    of: NDArray[np.int64]
    reason: NDArray[np.object_]
    joint: NDArray[np.bool_]
    name: NDArray[np.object_]
    fresh: NDArray[np.bool_]


def assemble(
    *,
    counted: pd.DataFrame,
    ground: gpd.GeoDataFrame,
    carriers: Carriers,
    drawn: Drawn,
    outside: pd.DataFrame,
    places: pd.DataFrame,
    rules: OrganisationRules,
) -> Organisations:
    """Sum, name and place the organisations, and say who is in none."""
    member = np.flatnonzero(drawn.of >= 0)
    people = counted.iloc[member].reset_index(drop=True)
    people["organisation"] = drawn.of[member]
    people["carrier"] = carriers.of[member]
    table = _sums(people, drawn)
    _place(table, people)
    ids = carrier_ids(counted, carriers)
    _label(table, ids, ground, carriers, drawn)
    _name(table, people, ground, carriers, drawn)
    names = np.empty(len(table), dtype=object)
    names[table.index.to_numpy()] = table["organisation_id"].to_numpy(dtype=object)
    membership = pd.DataFrame(
        {
            "enterprise_id": people["enterprise_id"].astype("str"),
            "organisation_id": pd.Series(names[people["organisation"]], dtype="str"),
            "reason": pd.Series(drawn.reason[people["organisation"]], dtype="str"),
        }
    )
    organisations = gpd.GeoDataFrame(
        table.drop(columns=["x", "y"]),
        geometry=gpd.points_from_xy(table["x"], table["y"], crs=ground.crs),
    )
    organisations = organisations.sort_values("organisation_id").reset_index(drop=True)
    return Organisations(
        organisations=organisations[list(ORGANISATION_COLUMNS)],
        membership=membership.sort_values("enterprise_id").reset_index(drop=True)[
            list(MEMBERSHIP_COLUMNS)
        ],
        outside=outside.astype("str").sort_values("enterprise_id").reset_index(drop=True),
        carriers=_carrier_frame(
            counted=counted,
            ids=ids,
            ground=ground,
            carriers=carriers,
            organisations=organisations,
            rules=rules,
        ),
        marks=_marks(organisations, people, names, drawn, rules),
        places=places,
    )


def carrier_ids(counted: pd.DataFrame, carriers: Carriers) -> NDArray[np.object_]:
    """Return ``<kind>-<smallest enterprise_id>`` for each carrier."""
    inside = np.flatnonzero(carriers.of >= 0)
    head = inside[np.unique(carriers.of[inside], return_index=True)[1]]
    ids = counted["enterprise_id"].to_numpy(dtype=object)[head]
    return np.array(
        [f"{kind}-{first}" for kind, first in zip(carriers.kind, ids, strict=True)], dtype=object
    )


def _sums(people: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """Count enterprises, workers and members, and find the main industry."""
    grouped = people.groupby("organisation", sort=True)
    table = pd.DataFrame(
        {
            "enterprises": grouped.size().astype("int64"),
            "workers": grouped["workers"].sum().astype("int64"),
            "members": grouped["members"].sum().astype("int64"),
            "existing": grouped["unionised"].any().astype(bool),
            "first": grouped["enterprise_id"].first(),
        }
    )
    table["kind"] = np.where(drawn.joint[table.index], "joint", "own")
    head = np.where(drawn.joint[table.index], "joint-", "own-")
    table["organisation_id"] = pd.Series(head, index=table.index, dtype="str") + table["first"]
    known = people[people["industry"].fillna("") != ""]
    industry = (
        known.groupby(["organisation", "industry"])["workers"]
        .sum()
        .reset_index()
        .sort_values(["organisation", "workers", "industry"], ascending=[True, False, True])
        .drop_duplicates("organisation")
        .set_index("organisation")["industry"]
    )
    table["industry"] = industry.reindex(table.index).fillna("").astype("str")
    return table


def _place(table: pd.DataFrame, people: pd.DataFrame) -> None:
    """Put each organisation at the member nearest the workers' middle, in the unit and carrier of most."""
    weight = people["workers"].clip(lower=1).to_numpy(float)
    organisation = people["organisation"].to_numpy(np.int64)
    top = int(organisation.max(initial=-1)) + 1
    total = np.bincount(organisation, weights=weight, minlength=top)
    with np.errstate(invalid="ignore"):
        middle_x = np.bincount(organisation, weights=weight * people["x"], minlength=top) / total
        middle_y = np.bincount(organisation, weights=weight * people["y"], minlength=top) / total
    gap = np.hypot(
        people["x"].to_numpy() - middle_x[organisation],
        people["y"].to_numpy() - middle_y[organisation],
    )
    # rounded, so that the last bit of a sum does not choose between equals
    order = np.lexsort((np.arange(len(gap)), np.round(gap, 3), organisation))
    nearest = order[np.unique(organisation[order], return_index=True)[1]]
    for column in ("x", "y", "accuracy"):
        table[column] = people[column].to_numpy()[nearest]
    carrier = _most(people, "carrier")
    half = carrier["enterprises"] * 2 >= table["enterprises"]
    table["carrier"] = carrier["carrier"].where(half, -1).astype("int64")
    unit = _most(people, "unit")["unit"]
    inside = people[people["carrier"] >= 0].drop_duplicates("carrier").set_index("carrier")["unit"]
    by_carrier = table["carrier"].map(inside)
    table["unit"] = by_carrier.fillna(unit).astype("int64")


def _most(people: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the value of ``column`` that most members of each organisation have; ties by workers, then value."""
    sums = (
        people.groupby(["organisation", column])["workers"].agg(["size", "sum"]).reset_index()
    ).sort_values(["organisation", "size", "sum", column], ascending=[True, False, False, True])
    return (
        sums.drop_duplicates("organisation")
        .set_index("organisation")
        .rename(columns={"size": "enterprises"})
    )


def _pick(values: NDArray[np.object_], at: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return ``values[at]``, None where ``at`` is -1."""
    padded = np.full(len(values) + 1, None, dtype=object)
    padded[:-1] = values
    picked: NDArray[np.object_] = padded[at]
    return picked


def _label(
    table: pd.DataFrame,
    ids: NDArray[np.object_],
    ground: gpd.GeoDataFrame,
    carriers: Carriers,
    drawn: Drawn,
) -> None:
    """Give each organisation the ids of its carrier, unit and street_town."""
    at = table["carrier"].to_numpy(np.int64)
    kind = np.where(at >= 0, _pick(carriers.kind, at), "committee").astype(object)
    kind[drawn.reason[table.index] == "street"] = "street"
    unit = table["unit"].to_numpy(np.int64)
    for column, values in (
        ("carrier_id", _pick(ids, at)),
        ("carrier_kind", kind),
        ("unit_id", ground["unit_id"].to_numpy(dtype=object)[unit]),
        ("street_town_id", ground["street_town_id"].to_numpy(dtype=object)[unit]),
    ):
        table[column] = pd.Series(values, index=table.index, dtype="str")


def _name(
    table: pd.DataFrame,
    people: pd.DataFrame,
    ground: gpd.GeoDataFrame,
    carriers: Carriers,
    drawn: Drawn,
) -> None:
    """Name new organisations after their enterprise, carrier or unit; today's keep their name."""
    unit_name = (ground["name"] if "name" in ground else ground["unit_id"]).to_numpy(dtype=object)
    place = _pick(carriers.name, table["carrier"].to_numpy(np.int64))
    place = np.where(pd.notna(place), place, unit_name[table["unit"].to_numpy(np.int64)])
    firm = people.groupby("organisation")["name"].first().reindex(table.index)
    stem = np.where(table["kind"] == "own", firm.to_numpy(dtype=object), place).astype(str)
    given = drawn.name[table.index]
    fresh = np.array([not isinstance(name, str) for name in given], dtype=bool)
    number = pd.Series(stem).groupby([stem, table["kind"].to_numpy(), fresh]).cumcount() + 1
    names = [
        _new_name(text, kind, i) if new else name
        for name, new, text, kind, i in zip(
            given, fresh, stem, table["kind"], number.tolist(), strict=True
        )
    ]
    table["name"] = pd.Series(names, index=table.index, dtype="str")


def _new_name(stem: str, kind: str, number: int) -> str:
    # A union's name is stored with the plan, so it is Chinese whatever language the run speaks.
    pattern = OWN_NAME if kind == "own" else JOINT_NAME if number == 1 else NUMBERED_NAME
    return text_in("zh", "planner", pattern).format(name=stem, number=number)


def _carrier_frame(
    *,
    counted: pd.DataFrame,
    ids: NDArray[np.object_],
    ground: gpd.GeoDataFrame,
    carriers: Carriers,
    organisations: gpd.GeoDataFrame,
    rules: OrganisationRules,
) -> gpd.GeoDataFrame:
    """Describe each carrier with everything in it, organised or not; mark those too large for a federation."""
    inside = counted[carriers.of >= 0].copy()
    inside["carrier"] = carriers.of[carriers.of >= 0]
    grouped = inside.groupby("carrier", sort=True)
    unit = grouped["unit"].first().to_numpy(np.int64)
    count = organisations.groupby("carrier_id").size()
    frame = pd.DataFrame(
        {
            "carrier_id": pd.Series(ids, dtype="str"),
            "name": pd.Series(carriers.name, dtype="str"),
            "kind": pd.Series(carriers.kind, dtype="str"),
            "found_by": pd.Series(carriers.found_by, dtype="str"),
            "unit_id": pd.Series(ground["unit_id"].to_numpy(dtype=object)[unit], dtype="str"),
            "street_town_id": pd.Series(
                ground["street_town_id"].to_numpy(dtype=object)[unit], dtype="str"
            ),
            "organisations": count.reindex(ids).fillna(0).to_numpy().astype(np.int64),
            "enterprises": grouped.size().to_numpy(np.int64),
            "workers": grouped["workers"].sum().to_numpy(np.int64),
            "accuracy": pd.Series(grouped["accuracy"].first().to_numpy(dtype=object), dtype="str"),
        }
    )
    frame["oversize"] = (frame["organisations"] > rules.carrier_organisations_most) | (
        frame["workers"] > rules.carrier_workers_most
    )
    points = gpd.points_from_xy(grouped["x"].mean(), grouped["y"].mean(), crs=ground.crs)
    whole = gpd.GeoDataFrame(frame, geometry=points)
    return whole.sort_values("carrier_id").reset_index(drop=True)[list(CARRIER_COLUMNS)]


def _marks(
    organisations: gpd.GeoDataFrame,
    people: pd.DataFrame,
    names: NDArray[np.object_],
    drawn: Drawn,
    rules: OrganisationRules,
) -> pd.DataFrame:
    """List organisations outside the size limits, and those whose place is known only roughly."""
    new = pd.Series(~np.char.startswith(drawn.reason.astype(str), "existing"), index=names)
    joint = (organisations["kind"] == "joint") & organisations["organisation_id"].map(new).astype(
        bool
    )
    under = joint & (organisations["enterprises"] < rules.joint_enterprises_least)
    over = joint & (
        (organisations["enterprises"] > rules.joint_enterprises_most)
        | (organisations["workers"] > rules.joint_workers_most)
    )
    rough = people["accuracy"].isin(COARSE).groupby(people["organisation"]).mean() > 0.5
    coarse = organisations["organisation_id"].isin(names[rough.index[rough]])
    parts = [
        pd.DataFrame({"organisation_id": organisations.loc[hit, "organisation_id"], "mark": mark})
        for hit, mark in ((under, "undersize"), (over, "oversize"), (coarse, "coarse"))
    ]
    marks = pd.concat(parts, ignore_index=True).astype("str")
    return marks.sort_values(["organisation_id", "mark"]).reset_index(drop=True)[list(MARK_COLUMNS)]
