"""Which borough a street_town is in, and which street_town a unit: by id, by name, or by location."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_SUFFIX: Final = re.compile(
    r"(街道办事处|街道|地区|镇人民政府|镇|乡|社区居民委员会|社区居委会|居民委员会|居委会|居民区|居委|村民委员会|村委会|社区|新区|区)$"
)
_PREFIX: Final = re.compile(r"^(上海市|.{2,3}(?<!街)市)(?=.{2})")


def bare_place(name: object) -> str:
    """Return a place's name without its rank, for comparison.

    Examples
    --------
    >>> bare_place("南京东路街道"), bare_place("云南中路居委会"), bare_place("镇")
    ('南京东路', '云南中路', '镇')
    """
    text = str(name).strip().replace(" ", "")
    bare = _SUFFIX.sub("", text)
    return bare if len(bare) >= 2 else text


def containing(points: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return for each point the first area that holds or touches it, -1 where none does."""
    inside = np.full(len(points), -1, dtype=np.int64)
    if not len(points) or not len(areas):
        return inside
    tree = shapely.STRtree(areas)
    which, area = tree.query(points, predicate="intersects")
    order = np.lexsort((area, which))[::-1]
    # Written in falling order, so that the lowest area of each point is written last.
    inside[which[order]] = area[order]
    return inside


def parent_ids(
    children: gpd.GeoDataFrame, parents: gpd.GeoDataFrame, id_name: str, name_column: str
) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Return each child's parent id, and where the declared one disagrees with the place.

    The parent that holds a point well inside the child decides, because shapes are cut to their parent
    later; where none does, a declared id that exists, then a declared name that only one parent has.
    Nothing nearer is guessed: the id is missing then.

    Parameters
    ----------
    children, parents
        Frames in one projected CRS.
    id_name
        Column of the parent's id, in both frames.
    name_column
        Column of the parent's name in ``children``, which may be absent.
    """
    ids = parents[id_name].to_numpy(dtype=object)
    points = np.asarray(children.geometry.representative_point().array, dtype=object)
    found = containing(points, np.asarray(parents.geometry.array, dtype=object))
    located = np.where(found >= 0, ids[found], None)
    declared = _column(children, id_name)
    known = np.isin(declared.astype(str), ids.astype(str)) & (declared != None)  # noqa: E711
    names = _column(children, name_column)
    by_name = _unique_names(parents, id_name)
    named = np.array(
        [by_name.get(bare_place(name)) if name else None for name in names], dtype=object
    )
    said = np.where(known, declared, named)
    absent = np.array([one is None for one in said], dtype=bool)
    answer = np.where(found >= 0, located, said)
    unlike = ~absent & (found >= 0) & (said != located)
    return pd.Series(answer, dtype="str", index=children.index), unlike


def _column(frame: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    if name not in frame:
        return np.full(len(frame), None, dtype=object)
    values = frame[name]
    return np.asarray(values.astype(object).where(values.notna(), None), dtype=object)


def _unique_names(parents: gpd.GeoDataFrame, id_name: str) -> dict[str, str]:
    bare = parents["name"].map(bare_place)
    single = ~bare.duplicated(keep=False)
    return dict(zip(bare[single], parents.loc[single, id_name], strict=True))
