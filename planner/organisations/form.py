"""The whole step: enterprises and units in, organisations out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.areas import unit_of
from geodata.errors import EmptyLayerError, Fault, InvalidRowsError, MissingColumnError
from geodata.messages import translator
from planner.organisations.assemble import assemble
from planner.organisations.carriers import find_carriers
from planner.organisations.continuity import carry_on
from planner.organisations.drawing import Standing, draw, known_roughly
from planner.organisations.scope import scope_reasons

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.organisations.assemble import Drawn
    from planner.organisations.carriers import Carriers
    from planner.organisations.continuity import Previous
    from planner.organisations.formed import Organisations
    from planner.organisations.reach import WalkingPairs
    from planner.organisations.rules import Level, OrganisationRules
    from planner.organisations.walking import Walks

_ = translator("planner")

NEEDED = (
    "enterprise_id",
    "name",
    "ownership",
    "jurisdiction",
    "industry",
    "workers",
    "members",
    "unionised",
    "union_name",
    "carrier_name",
    "accuracy",
    "in_scope",
    "geometry",
)


def form_organisations(
    enterprises: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    rules: OrganisationRules,
    *,
    places: gpd.GeoDataFrame | None = None,
    walks: Walks | None = None,
) -> Organisations:
    """Put every enterprise in scope into exactly one union organisation (一(一)).

    In this order: unions that exist stay as they are; an enterprise at or over the threshold has its own; the others
    share the joint union of their carrier, of their street front (self-employed firms), of neighbours within walking
    time, or of their residential committee. At the levels ``today`` and ``at_85`` only part of the enterprises is
    organised; the others are listed with the reason. Sizes are kept within limits by bisection, which is compact but
    not optimal.

    Parameters
    ----------
    enterprises
        Layer ``enterprises`` in the working CRS (docs/architecture.md); ``address`` is used where present.
    units
        Layer ``units`` in the same CRS: ``unit_id``, ``street_town_id``, ``name`` (optional), polygons.
    rules
        Settings.
    places
        Footprints of buildings, malls and parks (``name``, ``kind``, polygons), from OSM for instance.
    walks
        Walking times along roads; without them walking time is guessed from the straight line.

    Returns
    -------
    Organisations
        Frames sorted by id. The same for any order of rows.

    Raises
    ------
    MissingColumnError, InvalidRowsError, EmptyLayerError, CrsError
        For absent columns, repeated ids, nobody in scope, enterprises outside every unit, or CRS that differ.
    """
    standing = survey(enterprises, units, rules, places=places, walks=walks)
    return form_level(standing, rules, rules.level)


def survey(
    enterprises: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    rules: OrganisationRules,
    *,
    places: gpd.GeoDataFrame | None = None,
    walks: Walks | None = None,
) -> Standing:
    """Find who belongs in an organisation, where, in which carrier and near whom; see `form_organisations`."""
    register = _checked(enterprises)
    reason = scope_reasons(register, rules)
    counted = register[reason == ""].reset_index(drop=True)
    if counted.empty:
        raise EmptyLayerError(
            Fault(
                _("no enterprise is in scope and in the area's jurisdiction"),
                "enterprises",
                fix=_("look at ownership, in_scope and jurisdiction of the register"),
            )
        )
    ground = units.sort_values("unit_id", kind="stable").reset_index(drop=True)
    counted, placed = _placed(counted, ground, rules)
    carriers = find_carriers(counted, rules, places)
    counted["unit"] = _carrier_units(counted, carriers)
    walking = None if walks is None else _walking(counted, rules, walks)
    return Standing(register, reason, counted, placed, ground, carriers, walking)


def form_level(
    standing: Standing,
    rules: OrganisationRules,
    level: Level,
    previous: Previous | None = None,
) -> Organisations:
    """Form the organisations of one level (``today``, ``at_85`` or ``full``); see `form_organisations`.

    With last year's unions those are kept while they can be, under their ids; see `keep_unions` and `carry_on`.
    """
    rules = rules.model_copy(update={"level": level})
    return settle(standing, draw(standing, rules, previous), rules, previous)


def settle(
    standing: Standing, drawn: Drawn, rules: OrganisationRules, previous: Previous | None = None
) -> Organisations:
    """Turn what was decided into frames: sums, names, places, and who is in no organisation."""
    register, counted = standing.register, standing.counted
    out_of_it = standing.reason != ""
    outside = pd.concat(
        [
            pd.DataFrame({"enterprise_id": register["enterprise_id"], "reason": standing.reason})[
                out_of_it
            ],
            pd.DataFrame({"enterprise_id": counted["enterprise_id"], "reason": "not_unionised"})[
                drawn.of < 0
            ],
        ],
        ignore_index=True,
    )
    formed = assemble(
        counted=counted,
        ground=standing.ground,
        carriers=standing.carriers,
        drawn=drawn,
        outside=outside,
        places=standing.placed,
        rules=rules,
    )
    return formed if previous is None else carry_on(formed, previous)


def _walking(counted: pd.DataFrame, rules: OrganisationRules, walks: Walks) -> WalkingPairs:
    """Find who walks to whom among those who may need neighbours: small, and known by more than their committee."""
    size = counted[rules.threshold_basis].to_numpy(np.int64)
    asked = (size < rules.own_union_threshold) & ~known_roughly(counted)
    xy = counted[["x", "y"]].to_numpy(float)
    xy[~asked] = np.nan
    unit = counted["unit"].to_numpy(np.int64)
    return walks.pairs(xy, unit, limit_min=rules.neighbour_walk_min)


def _checked(enterprises: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the enterprises by id, after looking for what would make the answer wrong."""
    missing = [name for name in NEEDED if name not in enterprises.columns]
    if missing:
        raise MissingColumnError(
            Fault(_("columns are missing"), "enterprises", len(missing), missing)
        )
    ids = enterprises["enterprise_id"]
    faults = []
    repeated = ids[ids.duplicated()]
    if len(repeated):
        faults.append(
            Fault(
                _("enterprise_id occurs more than once"),
                "enterprises",
                len(repeated),
                sorted(set(repeated)),
                _("each enterprise must be counted once: merge the rows"),
            )
        )
    for column in ("workers", "members"):
        negative = enterprises[column] < 0
        if negative.any():
            faults.append(
                Fault(
                    _("{column} is below zero").format(column=column),
                    "enterprises",
                    int(negative.sum()),
                    list(ids[negative]),
                )
            )
    if faults:
        raise InvalidRowsError(faults)
    return enterprises.sort_values("enterprise_id", kind="stable").reset_index(drop=True)


def _placed(
    counted: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, rules: OrganisationRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add coordinates, unit and street_town; raise for enterprises outside every unit."""
    where = unit_of(counted, ground, near_m=rules.near_m)
    astray = (where["how"] == "outside").to_numpy(bool)
    if astray.any():
        raise InvalidRowsError(
            Fault(
                _("enterprises in scope lie outside every unit"),
                "enterprises",
                int(astray.sum()),
                list(counted.loc[astray, "enterprise_id"]),
                _("correct their coordinates, or extend the units to cover them"),
            )
        )
    position = pd.Index(ground["unit_id"]).get_indexer(where["unit_id"])
    town = ground["street_town_id"].to_numpy(dtype=object)[position]
    placed = pd.DataFrame(
        {
            "enterprise_id": counted["enterprise_id"],
            "unit_id": where["unit_id"],
            "street_town_id": pd.Series(town, dtype="str"),
            "how": where["how"],
            "distance_m": where["distance_m"],
        }
    )
    plain = pd.DataFrame(counted.drop(columns="geometry"))
    plain["x"] = counted.geometry.x.to_numpy()
    plain["y"] = counted.geometry.y.to_numpy()
    plain["own_unit"] = position.astype(np.int64)
    plain["street_town_id"] = placed["street_town_id"]
    return plain, placed


def _carrier_units(counted: pd.DataFrame, carriers: Carriers) -> NDArray[np.int64]:
    """Return the unit of each enterprise: of its carrier as a whole, where it has one.

    A carrier is indivisible, so it has the one unit that holds most of its workers; ties by enterprises, then unit.
    """
    unit = counted["own_unit"].to_numpy(np.int64).copy()
    inside = np.flatnonzero(carriers.of >= 0)
    if len(inside):
        sums = (
            pd.DataFrame(
                {
                    "carrier": carriers.of[inside],
                    "unit": unit[inside],
                    "workers": counted["workers"].to_numpy(np.int64)[inside],
                }
            )
            .groupby(["carrier", "unit"])["workers"]
            .agg(["sum", "size"])
            .reset_index()
            .sort_values(["carrier", "sum", "size", "unit"], ascending=[True, False, False, True])
            .drop_duplicates("carrier")
        )
        unit[inside] = sums["unit"].to_numpy(np.int64)[carriers.of[inside]]
    return unit
