"""The organisations of a city: what form_organisations hands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

ORGANISATION_COLUMNS = (
    "organisation_id",
    "name",
    "kind",
    "carrier_id",
    "carrier_kind",
    "unit_id",
    "street_town_id",
    "enterprises",
    "workers",
    "members",
    "industry",
    "existing",
    "accuracy",
    "geometry",
)
MEMBERSHIP_COLUMNS = ("enterprise_id", "organisation_id", "reason")
OUTSIDE_COLUMNS = ("enterprise_id", "reason")
CARRIER_COLUMNS = (
    "carrier_id",
    "name",
    "kind",
    "found_by",
    "unit_id",
    "street_town_id",
    "organisations",
    "enterprises",
    "workers",
    "oversize",
    "accuracy",
    "geometry",
)
MARK_COLUMNS = ("organisation_id", "mark")
PLACE_COLUMNS = ("enterprise_id", "unit_id", "street_town_id", "how", "distance_m")


@dataclass(frozen=True, eq=False)
class Organisations:
    """Organisations, who belongs to them, and who belongs to none.

    Every enterprise of the register is either in ``membership`` or in ``outside``, once.

    Parameters
    ----------
    organisations
        One row per organisation, by ``organisation_id``; columns `ORGANISATION_COLUMNS`.
    membership
        One row per organised enterprise, by ``enterprise_id``; columns `MEMBERSHIP_COLUMNS`.
    outside
        Enterprises in no organisation, with the reason; columns `OUTSIDE_COLUMNS`.
    carriers
        Buildings, parks, malls and business districts; columns `CARRIER_COLUMNS`. All organisations of a
        carrier have the carrier's unit, so that no district can cut it.
    marks
        What people should look at: (``organisation_id``, ``mark``) with mark ``undersize``, ``oversize`` or ``coarse``
        (its place is known only to the committee or street_town).
    places
        Unit of every enterprise in scope by its own coordinates; columns `PLACE_COLUMNS`.
    """

    organisations: gpd.GeoDataFrame
    membership: pd.DataFrame
    outside: pd.DataFrame
    carriers: gpd.GeoDataFrame
    marks: pd.DataFrame
    places: pd.DataFrame
