"""What every function on areas asks of the frames it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.errors import CrsError, EmptyLayerError, Fault, InvalidRowsError, MissingColumnError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geodata.roads.network import RoadNetwork

_ = translator("geodata")


def require_projected(*frames: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Raise `CrsError` unless all frames share one projected CRS in metres."""
    for frame in frames:
        crs = frame.crs
        if crs is None or not crs.is_projected:
            raise CrsError(
                Fault(
                    _("lengths need a projected CRS, found {crs}").format(
                        crs=crs.to_string() if crs is not None else _("none")
                    ),
                    fix=_("bring every layer into the working CRS first (geodata.crs)"),
                )
            )
        if crs != frames[0].crs:
            raise CrsError(
                Fault(
                    _("layers are in different CRS: {a} and {b}").format(
                        a=frames[0].crs.to_string(), b=crs.to_string()
                    ),
                    fix=_("bring every layer into the working CRS first (geodata.crs)"),
                )
            )


def require_network_crs(frame: gpd.GeoDataFrame, network: RoadNetwork) -> None:
    """Raise `CrsError` unless a layer is in the network's CRS."""
    if frame.crs != network.crs:
        raise CrsError(
            Fault(
                _("the areas are in {a}, the road network in {b}").format(
                    a=frame.crs.to_string(), b=network.crs
                ),
                fix=_("bring every layer into the working CRS first (geodata.crs)"),
            )
        )


def require_columns(frame: object, columns: Sequence[str], where: str) -> None:
    """Raise `MissingColumnError` naming every absent column."""
    missing = [name for name in columns if name not in frame.columns]  # type: ignore[attr-defined]
    if missing:
        raise MissingColumnError(
            Fault(_("columns are missing"), where, count=len(missing), examples=missing)
        )


def sorted_units(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the units by ascending id, after checking ids and geometry.

    Raises
    ------
    MissingColumnError, EmptyLayerError, InvalidRowsError, CrsError
        For absent columns, no rows, repeated ids or unusable polygons, and lengths without metres.
    """
    require_columns(units, ["unit_id"], "units")
    if units.empty:
        raise EmptyLayerError(
            Fault(_("there is no basic unit"), "units", fix=_("give or make units first"))
        )
    require_projected(units)
    faults = []
    repeated = units["unit_id"][units["unit_id"].duplicated()]
    if len(repeated):
        faults.append(
            Fault(_("unit_id occurs more than once"), "units", len(repeated), sorted(set(repeated)))
        )
    geometry = units.geometry
    unusable = geometry.isna() | geometry.is_empty | (geometry.area <= 0)
    if unusable.any():
        faults.append(
            Fault(
                _("units without an area"),
                "units",
                int(unusable.sum()),
                list(units.loc[unusable, "unit_id"]),
                _("draw a polygon for each or remove the row"),
            )
        )
    if faults:
        raise InvalidRowsError(faults)
    return units.sort_values("unit_id", kind="stable").reset_index(drop=True)
