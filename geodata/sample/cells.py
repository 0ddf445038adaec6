"""Residential-committee cells, street_towns and boroughs that tile an outline exactly.

Cells are Voronoi polygons of seeds that lie closer where the city is busier. The linework is
noded once and polygonised, so neighbours share their vertices and nothing overlaps or gapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.sample import names
from geodata.sample.growth import grow_regions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground

# An invented province and city; real codes begin with 11 to 82.
CITY_CODE = "9901"


@dataclass(frozen=True, eq=False)
class Cells:
    """The three levels as frames in the local plane, and who belongs to whom.

    ``units`` has ``unit_id``, ``name``, ``street_town_id``; ``street_towns`` has
    ``street_town_id``, ``name``, ``borough_id``; ``boroughs`` has ``borough_id``, ``name``.
    """

    boroughs: gpd.GeoDataFrame
    street_towns: gpd.GeoDataFrame
    units: gpd.GeoDataFrame

    def locate(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the row of the unit each point lies in, the nearest one where in none."""
        tree = shapely.STRtree(self.units.geometry.to_numpy())
        points: Any = shapely.points(x, y)
        pairs = tree.query(points, predicate="intersects")
        found = np.full(len(points), -1, dtype=np.int64)
        # A point on a border goes to the first of its cells.
        found[pairs[0][::-1]] = pairs[1][::-1]
        missing = np.flatnonzero(found < 0)
        if len(missing):
            found[missing] = tree.nearest(points[missing])
        return found


def draw_cells(
    rng: np.random.Generator,
    ground: Ground,
    carriers: pd.DataFrame,
    *,
    boroughs: int,
    street_towns: int,
    units: int,
) -> Cells:
    """Tile the ground's outline; no street_town crosses its barrier unless it must.

    Cells are smaller where carriers are many, and street_towns hold about as many enterprises
    each, as far as whole cells allow.
    """
    banks = _banks(ground)
    seeds = _seeds(rng, ground, carriers, units)
    points = shapely.points(seeds)
    bank = _nearest_polygon(banks, points)
    polygons = _tile(ground, banks, seeds, bank)
    pairs = _borders(polygons, bank)
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    held = _nearest_polygon(list(polygons), shapely.points(carriers["x"], carriers["y"]))
    weight = np.bincount(held, carriers["enterprises"].to_numpy(), len(polygons))
    # Empty cells weigh something too, or a quiet street_town would be all of the countryside.
    area = shapely.area(polygons)
    weight = weight + 0.25 * weight.sum() * area / area.sum()
    town = grow_regions(rng, street_towns, centres=centres, weight=weight, pairs=pairs)
    town_weight = np.asarray(np.bincount(town, weight, street_towns), dtype=np.float64)
    town_centre = np.column_stack(
        [np.bincount(town, weight * centres[:, k]) / town_weight for k in (0, 1)]
    )
    crossing = town[pairs[0]] != town[pairs[1]]
    town_pairs = np.unique(np.sort(town[pairs[:, crossing]], axis=0), axis=1)
    borough = grow_regions(rng, boroughs, centres=town_centre, weight=town_weight, pairs=town_pairs)
    return _frames(rng, polygons, centres, town, borough)


def _banks(ground: Ground) -> list[Any]:
    """Return the parts of the outline on each side of the barrier."""
    if ground.barrier is None:
        return [ground.outline]
    from shapely.ops import split

    return [part for part in split(ground.outline, ground.barrier).geoms if part.area > 0]


def _seeds(
    rng: np.random.Generator, ground: Ground, carriers: pd.DataFrame, count: int
) -> NDArray[np.float64]:
    """Return seeds spread evenly over activity: four rounds of Lloyd on sampled points."""
    from scipy.spatial import cKDTree

    sample = _sample(rng, ground, carriers, 60 * count)
    seeds = sample[rng.choice(len(sample), count, replace=False)]
    for _ in range(4):
        owner = cKDTree(seeds).query(sample)[1]
        size = np.maximum(np.bincount(owner, minlength=count), 1)
        seeds = np.column_stack(
            [np.bincount(owner, sample[:, k], minlength=count) / size for k in (0, 1)]
        )
    return seeds + rng.normal(0, 18, seeds.shape)


def _sample(
    rng: np.random.Generator, ground: Ground, carriers: pd.DataFrame, count: int
) -> NDArray[np.float64]:
    """Return points of the outline, 55 % by its activity, the rest around carriers."""
    west, south, east, north = ground.outline.bounds
    shapely.prepare(ground.outline)
    near = rng.choice(len(carriers), round(0.45 * count))
    spread = rng.normal(0, 160, (2, len(near)))
    x, y = carriers["x"].to_numpy()[near] + spread[0], carriers["y"].to_numpy()[near] + spread[1]
    inside = shapely.contains_xy(ground.outline, x, y)
    found = [np.column_stack((x[inside], y[inside]))]
    while sum(map(len, found)) < count:
        x, y = rng.uniform(west, east, count), rng.uniform(south, north, count)
        # The square root: busy places have smaller cells, though not in proportion.
        wanted = rng.random(count) * 2.2 < np.sqrt(ground.activity(x, y))
        inside = wanted & shapely.contains_xy(ground.outline, x, y)
        found.append(np.column_stack((x[inside], y[inside])))
    return np.concatenate(found)[:count]


def _nearest_polygon(polygons: list[Any], points: Any) -> NDArray[np.int64]:
    return np.asarray(shapely.STRtree(polygons).nearest(points), dtype=np.int64)


def _tile(
    ground: Ground,
    banks: list[Any],
    seeds: NDArray[np.float64],
    bank: NDArray[np.int64],
) -> NDArray[np.object_]:
    """Return one polygon per seed; together they are the outline."""
    lines: list[Any] = [ground.outline.boundary]
    if ground.barrier is not None:
        lines.append(ground.barrier)
    for number, area in enumerate(banks):
        own = shapely.multipoints(seeds[bank == number])
        if own.is_empty:
            continue
        edges = shapely.voronoi_polygons(own, extend_to=ground.outline, only_edges=True)
        # Edges overrun the bank a little, so that noding finds where they meet its border.
        lines.append(shapely.intersection(edges, area.buffer(3)))
    noded = shapely.unary_union(lines, grid_size=0.01)
    faces = np.array(list(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))))
    inside = shapely.point_on_surface(faces)
    shapely.prepare(ground.outline)
    within = shapely.contains(ground.outline.buffer(0.05), inside)
    faces, inside = faces[within], inside[within]
    return _dissolve(faces, _owner(inside, banks, seeds, bank), len(seeds))


def _owner(
    inside: Any, banks: list[Any], seeds: NDArray[np.float64], bank: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the nearest seed on the same bank for each face; any where the bank has none."""
    from scipy.spatial import cKDTree

    at = shapely.get_coordinates(inside)
    side = _nearest_polygon(banks, inside)
    owner = np.asarray(cKDTree(seeds).query(at)[1], dtype=np.int64)
    for number in range(len(banks)):
        own = np.flatnonzero(bank == number)
        here = side == number
        if len(own) and here.any():
            owner[here] = own[cKDTree(seeds[own]).query(at[here])[1]]
    return owner


def _dissolve(faces: Any, owner: NDArray[np.int64], count: int) -> NDArray[np.object_]:
    """Merge the faces of each cell; a piece cut off from its cell goes to a neighbour.

    A concave outline can cut a cell in two. The larger piece stays the cell.
    """
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(count + 1))
    merged = np.empty(count, dtype=object)
    for k in range(count):
        merged[k] = shapely.coverage_union_all(faces[order[starts[k] : starts[k + 1]]])
    loose: list[Any] = []
    for k in np.flatnonzero(shapely.get_num_geometries(merged) > 1).tolist():
        pieces = shapely.get_parts(merged[k])
        largest = int(np.argmax(shapely.area(pieces)))
        loose += [piece for number, piece in enumerate(pieces) if number != largest]
        merged[k] = pieces[largest]
    while loose:
        piece = loose.pop(0)
        near = shapely.STRtree(merged).query(piece, predicate="intersects")
        border = shapely.length(shapely.intersection(merged[near], piece))
        if len(near) and border.max() > 0:
            taker = int(near[np.argmax(border)])
            merged[taker] = shapely.coverage_union(merged[taker], piece)
        else:
            # It touches only other loose pieces; they find a place first.
            loose.append(piece)
    return merged


def _borders(polygons: NDArray[np.object_], bank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return pairs of cells on one bank that share a border, shape (2, pairs)."""
    tree = shapely.STRtree(polygons)
    pairs = tree.query(polygons, predicate="intersects")
    pairs = pairs[:, pairs[0] < pairs[1]]
    pairs = pairs[:, bank[pairs[0]] == bank[pairs[1]]]
    shared = shapely.length(shapely.intersection(polygons[pairs[0]], polygons[pairs[1]]))
    pairs = pairs[:, shared > 5.0]
    return np.asarray(pairs[:, np.lexsort((pairs[1], pairs[0]))])


def _frames(
    rng: np.random.Generator,
    polygons: NDArray[np.object_],
    centres: NDArray[np.float64],
    town: NDArray[np.int64],
    borough: NDArray[np.int64],
) -> Cells:
    """Name and number the three levels; codes run from north-west to south-east."""
    import geopandas as gpd
    import pandas as pd

    units = pd.DataFrame({"town": town, "borough": borough[town]})
    units["order"] = np.lexsort((centres[:, 0], -centres[:, 1])).argsort()
    for level in ("borough", "town"):
        first = units.groupby(level)["order"].transform("mean")
        units[f"{level}_order"] = first
    units = units.sort_values(["borough_order", "town_order", "order"], kind="stable")
    units["borough_no"] = pd.factorize(units["borough"])[0] + 1
    units["town_no"] = units.groupby("borough_no")["town"].transform(
        lambda column: pd.factorize(column)[0] + 1
    )
    units["unit_no"] = units.groupby("town").cumcount() + 1
    units["borough_id"] = CITY_CODE + units["borough_no"].map("{:02d}".format)
    units["street_town_id"] = units["borough_id"] + units["town_no"].map("{:03d}".format)
    units["unit_id"] = units["street_town_id"] + units["unit_no"].map("{:03d}".format)
    units["name"] = np.concatenate(
        [names.committee_names(rng, len(own)) for _, own in units.groupby("street_town_id")]
    )
    units["geometry"] = polygons[units.index.to_numpy()]
    geometry = units["geometry"].to_numpy()
    return Cells(
        gpd.GeoDataFrame(
            _merged(
                units, geometry, "borough_id", names.borough_names(rng, len(set(borough.tolist())))
            )
        ),
        gpd.GeoDataFrame(
            _merged(
                units,
                geometry,
                "street_town_id",
                names.street_town_names(rng, len(set(town.tolist()))),
            ).assign(borough_id=lambda frame: frame["street_town_id"].str[:6])
        ),
        gpd.GeoDataFrame(
            units[["unit_id", "name", "street_town_id", "geometry"]].reset_index(drop=True)
        ),
    )


def _merged(units: Any, geometry: NDArray[np.object_], level: str, named: list[str]) -> Any:
    """Return one row per id of a level with the union of its units."""
    import pandas as pd

    ids, number = np.unique(units[level].to_numpy(dtype=str), return_inverse=True)
    shapes = np.empty(len(ids), dtype=object)
    for k in range(len(ids)):
        shapes[k] = shapely.coverage_union_all(geometry[number == k])
    return pd.DataFrame({level: ids, "name": named, "geometry": shapes})
