"""Candidate premises out of an OpenStreetMap road file: offices, malls, parks, schools, banks, shops, metro exits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.crs import STORAGE_CRS, project
from geodata.layers.ledger import Ledger
from geodata.layers.premises import KINDS
from geodata.messages import mark
from geodata.provenance import Read, SourceRecord, file_sha256
from geodata.roads import read_places
from geodata.roads.osm_file import osm_credit, osm_date

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

PREMISES_TAGS: Final[dict[str, dict[str, str]]] = {
    "amenity": {
        "bank": "bank",
        "pharmacy": "pharmacy",
        "fuel": "fuel",
        **dict.fromkeys(("school", "college"), "school"),
        "toilets": "toilet",
        "community_centre": "community_centre",
        **dict.fromkeys(("library", "arts_centre", "theatre", "townhall"), "other_public"),
    },
    "shop": {
        **dict.fromkeys(("mall", "department_store"), "mall"),
        **dict.fromkeys(("convenience", "supermarket", "kiosk"), "convenience"),
    },
    "building": dict.fromkeys(("office", "commercial"), "office"),
    "office": {"coworking": "office", "government": "other_public"},
    "landuse": dict.fromkeys(("commercial", "industrial"), "park"),
}
"""Key -> value -> kind of premises; of the keys a place has, the first counts."""

METRO: Final = "地铁"
STATION_WITHIN_M: Final = 500.0
NO_NAME: Final = mark("no name")


def read_road_premises(path: str | Path) -> Read:
    """Read the named places of an OSM file that could carry a site.

    Parameters
    ----------
    path
        OSM road file. The exits of the metro are named by their own name or number and the nearest named station
        within 500 m.

    Returns
    -------
    Read
        Columns of the layer ``sites``, EPSG:4326; ``site_id`` is ``osm:<node or way>/<number>``, ``consent`` open,
        nothing is known of owner, room or hours. Relations are left out; places without a name are counted as ignored.

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError
        No file, not an OSM file, an empty one. A file without such places gives no rows.
    """
    path = Path(path)
    places = read_places(path, keys=tuple(PREMISES_TAGS))
    places = places.assign(kind=_kinds(places))
    rail = read_places(path, keys=("railway", "public_transport"), named=False)
    exits = _exits(rail).assign(kind="other_public")
    whole = pd.concat([places[places["kind"] != ""], exits], ignore_index=True)
    whole = whole.drop_duplicates("osm_id").sort_values("osm_id", ignore_index=True)
    named = (whole["name"] != "").to_numpy()
    frame = _frame(whole[named].reset_index(drop=True))
    unnamed = int((~named).sum())
    owner, licence = osm_credit(path)
    record = SourceRecord(
        layer="sites",
        path=path.name,
        sha256=file_sha256(path),
        rows_in=len(whole),
        kept=len(frame),
        ignored={NO_NAME: unnamed} if unnamed else {},
        crs="wgs84",
        owner=owner,
        licence=licence,
        as_of=osm_date(path),
    )
    nothing = Ledger(np.empty(0, dtype=np.int64))
    return Read(frame, record, nothing.rejected, nothing.repaired)


def _kinds(places: pd.DataFrame) -> list[str]:
    pairs = zip(places["key"].tolist(), places["value"].tolist(), strict=True)
    return [PREMISES_TAGS.get(key, {}).get(value, "") for key, value in pairs]


def _exits(rail: pd.DataFrame) -> pd.DataFrame:
    """Return the exits of the metro, each with the name of its station before its own."""
    exits = rail[rail["value"] == "subway_entrance"].reset_index(drop=True)
    stations = rail[(rail["value"] == "station") & (rail["name"] != "")].reset_index(drop=True)
    station = _nearest_names(exits, stations)
    own = exits["name"].to_numpy(dtype=object)
    names = [
        name if (not at or at in name) and name else f"{at}{METRO}{name or '出入口'}" if at else ""
        for name, at in zip(own, station, strict=True)
    ]
    return exits.assign(name=pd.Series(names, dtype="str"))


def _nearest_names(exits: pd.DataFrame, stations: pd.DataFrame) -> list[str]:
    if exits.empty or stations.empty:
        return [""] * len(exits)
    from scipy.spatial import cKDTree

    from geodata.crs import working_crs

    crs = working_crs(stations["lon"].to_numpy(), stations["lat"].to_numpy())
    tree = cKDTree(_xy(stations, crs))
    told = tree.query(_xy(exits, crs), distance_upper_bound=STATION_WITHIN_M)
    far, which = np.asarray(told[0]), np.asarray(told[1])
    names = [*stations["name"], ""]
    return [names[k] if np.isfinite(d) else "" for d, k in zip(far, which, strict=True)]


def _xy(places: pd.DataFrame, crs: str) -> NDArray[np.float64]:
    return np.column_stack(project(places["lon"].to_numpy(), places["lat"].to_numpy(), crs))


def _frame(places: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    n = len(places)
    known = {
        "site_id": "osm:" + places["osm_id"],
        "name": places["name"],
        "kind": places["kind"],
        "consent": "open",
        "accuracy": "exact",
    }
    table = pd.DataFrame(known, index=range(n)).reindex(columns=list(KINDS)).astype(KINDS)
    return gpd.GeoDataFrame(
        table.assign(source_row=np.arange(1, n + 1)),
        geometry=gpd.points_from_xy(places["lon"], places["lat"]),
        crs=STORAGE_CRS,
    )
