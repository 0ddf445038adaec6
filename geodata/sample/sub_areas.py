"""Governance grids of a sample city: neighbouring basic units in threes and fours, named, as a map file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.crs import STORAGE_CRS

if TYPE_CHECKING:
    import geopandas as gpd

UNITS_EACH = 4
"""Most basic units of one sub-area."""


def add_sub_areas(folder: Path | str) -> Path:
    """Write ``sub_areas.gpkg`` beside the files of a sample, and name it in its scenario.

    Parameters
    ----------
    folder
        Folder `write_sample` wrote.

    Returns
    -------
    Path
        The file: polygons with ``网格`` (name) in EPSG:4326, inside one street_town each; every unit is in one.
    """
    import tomllib

    import geopandas as gpd
    import tomli_w

    folder = Path(folder)
    units = gpd.read_file(folder / "boundaries.gpkg", layer="units").sort_values("unit_id")
    names = _names(units.reset_index(drop=True))
    grids = gpd.GeoDataFrame({"网格": names}, geometry=units.geometry.to_numpy(), crs=STORAGE_CRS)
    path = folder / "sub_areas.gpkg"
    path.unlink(missing_ok=True)
    grids.dissolve("网格").reset_index().to_file(path, layer="sub_areas", driver="GPKG")
    scenario = folder / "scenario.toml"
    values = tomllib.loads(scenario.read_text(encoding="utf-8"))
    values["inputs"]["sub_areas"] = {"path": path.name, "datum": "wgs84"}
    scenario.write_text(tomli_w.dumps(values), encoding="utf-8", newline="\n")
    return path


def _names(units: gpd.GeoDataFrame) -> list[str]:
    """Gather units that touch, from the smallest id on, up to `UNITS_EACH` of one street_town."""
    shapes = units.geometry.to_numpy()
    town = units["street_town_id"].astype(str).to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="touches")
    near = [np.sort(other[one == unit]) for unit in range(len(units))]
    grid = np.full(len(units), -1)
    count: dict[str, int] = {}
    names = [""] * len(units)
    for start in range(len(units)):
        if grid[start] >= 0:
            continue
        count[town[start]] = count.get(town[start], 0) + 1
        members = [start]
        for member in members:
            for unit in near[member]:
                if len(members) < UNITS_EACH and grid[unit] < 0 and unit not in members:
                    members += [int(unit)] if town[unit] == town[start] else []
        grid[members] = start
        for member in members:
            names[member] = f"{town[start]}-网格{count[town[start]]:02d}"
    return names
