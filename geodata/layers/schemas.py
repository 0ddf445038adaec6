"""One pandera schema per layer: columns, types and ranges; checked, never coerced."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from geodata.errors import Fault
from geodata.messages import translator

if TYPE_CHECKING:
    import geopandas as gpd

_ = translator("geodata")

OWNERSHIPS: Final = (
    "private",
    "foreign",
    "hmt",
    "self_employed",
    "state",
    "collective",
    "public",
    "other",
)
ACCURACIES: Final = ("exact", "building", "street", "committee", "street_town")
JURISDICTIONS: Final = ("area", "bureau")
JURISDICTION_SOURCES: Final = ("register", "superior_union", "default", "")
"""What says whose jurisdiction an enterprise is in; "" in registers kept before this was recorded."""
DISPUTE_KINDS: Final = ("wages", "contract", "injury", "dismissal", "other")
OUTDOOR_KINDS: Final = ("courier", "cleaner", "driver")
CONSENTS: Final = ("signed", "open", "refused")
SCORES: Final = ("score_members", "score_own", "score_inspection", "score_third_party")
SITE_KINDS: Final = (
    "union_station", "party_centre", "community_centre", "school", "office", "mall", "park", "bank",
    "pharmacy", "convenience", "fuel", "toilet", "other_public",
)  # fmt: skip
HOURS: Final = tuple(f"h{hour:02d}" for hour in range(24))

ID_OF: Final = {
    "enterprises": "enterprise_id",
    "boroughs": "borough_id",
    "street_towns": "street_town_id",
    "units": "unit_id",
    "outdoor": "outdoor_id",
    "sites": "site_id",
    "disputes": "dispute_id",
}
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "enterprises": (
        "enterprise_id", "uscc", "name", "address", "ownership", "jurisdiction", "jurisdiction_source", "industry",
        "industry_division", "workers", "members", "women", "migrants", "payroll_yuan", "unionised", "union_name", "carrier_name",
        "accuracy", "in_scope", "scope_reason", "source_row", "geometry",
    ),
    "boroughs": ("borough_id", "name", "geometry"),
    "street_towns": ("street_town_id", "name", "borough_id", "geometry"),
    "units": ("unit_id", "name", "street_town_id", "geometry"),
    "outdoor": ("outdoor_id", "kind", *HOURS, "accuracy", "geometry"),
    "sites": (
        "site_id", "name", "kind", "owner", "existing_tier", "floor_area_m2", "ground_floor",
        "rent_yuan_month", "consent", "available_from", "lease_end", "opens", "closes", "seats", "ebike_parking", "kit", "open_access", "certificate", "account",
        "score_members", "score_own", "score_inspection", "score_third_party", "accuracy", "geometry",
    ),
    "disputes": ("dispute_id", "kind", "opened", "settled", "workers", "accuracy", "geometry"),
}  # fmt: skip
_SHAPES: Final = {
    "enterprises": 0,
    "outdoor": 0,
    "sites": 0,
    "disputes": 0,
    "boroughs": 6,
    "street_towns": 6,
    "units": 6,
}


@lru_cache(maxsize=8)
def schema(layer: str) -> Any:
    """Return the pandera schema of a layer."""
    import pandera.pandas as pa

    def text(*, nullable: bool = False, **options: Any) -> Any:
        return pa.Column("str", nullable=nullable, **options)

    def one_of(values: tuple[str, ...]) -> Any:
        return pa.Column("str", pa.Check.isin(values))

    def count() -> Any:
        return pa.Column("int64", pa.Check.ge(0))

    def amount() -> Any:
        return pa.Column("float64", pa.Check.ge(0), nullable=True)

    def identity() -> Any:
        return pa.Column("str", pa.Check.str_length(min_value=1), unique=True)

    def clock() -> Any:
        return pa.Column("str", pa.Check.str_matches(r"^([01]\d|2[0-4]):[0-5]\d$"), nullable=True)

    def mark_of_100() -> Any:
        return pa.Column("float64", pa.Check.in_range(0, 100), nullable=True)

    flag = pa.Column("bool")
    columns: dict[str, dict[str, Any]] = {
        "enterprises": {
            "enterprise_id": identity(),
            "uscc": pa.Column("str", pa.Check.str_matches(r"^[0-9A-Z]{18}$"), nullable=True),
            "name": text(),
            "address": text(nullable=True),
            "ownership": one_of(OWNERSHIPS),
            "jurisdiction": one_of(JURISDICTIONS),
            "jurisdiction_source": one_of(JURISDICTION_SOURCES),
            "industry": pa.Column("str", pa.Check.str_matches(r"^[A-T]?$")),
            "industry_division": pa.Column("str", pa.Check.str_matches(r"^(\d\d)?$")),
            "workers": count(),
            "members": count(),
            "women": amount(),
            "migrants": amount(),
            "payroll_yuan": amount(),
            "unionised": flag,
            "union_name": text(nullable=True),
            "carrier_name": text(nullable=True),
            "accuracy": one_of(ACCURACIES),
            "in_scope": flag,
            "scope_reason": text(),
            "source_row": pa.Column("int64", pa.Check.ge(1)),
        },
        "boroughs": {"borough_id": identity(), "name": text()},
        "street_towns": {"street_town_id": identity(), "name": text(), "borough_id": text()},
        "units": {"unit_id": identity(), "name": text(), "street_town_id": text()},
        "outdoor": {
            "outdoor_id": identity(),
            "kind": one_of(OUTDOOR_KINDS),
            **{hour: pa.Column("float64", pa.Check.ge(0)) for hour in HOURS},
            "accuracy": one_of(ACCURACIES),
        },
        "sites": {
            "site_id": identity(),
            "name": text(),
            "kind": one_of(SITE_KINDS),
            "owner": text(nullable=True),
            "existing_tier": text(nullable=True),
            "floor_area_m2": amount(),
            "ground_floor": pa.Column("boolean", nullable=True),
            "rent_yuan_month": amount(),
            "consent": one_of(CONSENTS),
            "available_from": pa.Column("datetime64[s]", nullable=True),
            "lease_end": pa.Column("datetime64[s]", nullable=True),
            "opens": clock(),
            "closes": clock(),
            "seats": amount(),
            "ebike_parking": amount(),
            "kit": text(nullable=True),
            "open_access": pa.Column("boolean", nullable=True),
            "certificate": pa.Column("boolean", nullable=True),
            "account": pa.Column("boolean", nullable=True),
            **{name: mark_of_100() for name in SCORES},
            "accuracy": one_of(ACCURACIES),
        },
        "disputes": {
            "dispute_id": identity(),
            "kind": one_of(DISPUTE_KINDS),
            "opened": pa.Column("datetime64[s]", nullable=True),
            "settled": flag,
            "workers": count(),
            "accuracy": one_of(ACCURACIES),
        },
    }
    return pa.DataFrameSchema(columns[layer], strict=True, coerce=False, ordered=True)


def schema_faults(frame: gpd.GeoDataFrame, layer: str) -> list[Fault]:
    """Return everything in which a frame breaks its layer's schema; empty when it is sound.

    Parameters
    ----------
    frame
        The layer, projected, with the columns of :data:`COLUMNS`.
    layer
        Name of the layer.
    """
    import pandas as pd
    from pandera.errors import SchemaErrors

    faults = []
    kinds = shapely.get_type_id(np.asarray(frame.geometry.array, dtype=object))
    wrong = kinds != _SHAPES[layer]
    if wrong.any():
        ids = frame.loc[wrong, ID_OF[layer]]
        faults.append(
            Fault(
                _("shapes of the wrong kind"),
                where=layer,
                count=int(wrong.sum()),
                examples=ids.tolist()[:5],
            )
        )
    try:
        schema(layer).validate(pd.DataFrame(frame.drop(columns="geometry")), lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=True):
            faults.append(
                Fault(
                    _("the column {column} breaks the rule {rule}").format(
                        column=column, rule=check
                    ),
                    where=layer,
                    count=len(group),
                    examples=group["failure_case"].tolist()[:5],
                )
            )
    return faults
