"""Where each row of a register says it is: borough, street_town and committee, by code and by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.layers.division_codes import LENGTHS
from geodata.layers.gazetteer import NONE, Gazetteer
from geodata.layers.ledger import Reason
from geodata.layers.parents import bare_place, containing
from geodata.messages import mark

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.divisions import Divisions
    from geodata.layers.ledger import Ledger

    Places = NDArray[np.int64]

FORMER: Final = Reason(
    mark("a former name or code of its street_town or committee; the present one was taken"),
    mark("write the present name"),
)
CODE_UNKNOWN: Final = Reason(
    mark("the code of its place is in neither the boundaries nor the code table; the name counts"),
    mark("check the code, or bring a newer code table"),
)
CODE_UNLIKE_NAME: Final = Reason(
    mark("the code of its place is not that of the street_town it names; the code counts"),
    mark("check the code and the name"),
)
ELSEWHERE: Final = Reason(
    mark("the coordinates lie in another street_town than the row says"),
    mark("check the coordinates and the name of the street_town"),
)
BOROUGH_ELSEWHERE: Final = Reason(
    mark("the coordinates lie in another borough than the row says"),
    mark("check the coordinates and the borough"),
)
COMMITTEE_ELSEWHERE: Final = Reason(
    mark("the coordinates lie in another residential committee than the row says"),
    mark("check the coordinates and the committee"),
)


@dataclass(frozen=True, eq=False)
class Areas:
    """The three levels of areas, settled and in one projected CRS; boroughs may be None."""

    street_towns: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    boroughs: gpd.GeoDataFrame | None = None
    divisions: Divisions | None = None


@dataclass(frozen=True, eq=False)
class Claims:
    """Positions of the areas each row names, -1 where it names none or an unknown one."""

    boroughs: Places
    towns: Places
    units: Places


def claims_of(enterprises: gpd.GeoDataFrame, areas: Areas, ledger: Ledger | None = None) -> Claims:
    """Read what each row says of its place; a code counts before a name.

    Parameters
    ----------
    enterprises
        With ``street_town_name`` and ``committee_name``, and where the register has them ``borough_name`` and
        ``division_code`` (six, nine or twelve digits, padded or not).
    areas
        The areas, and the dated code table for former names and codes.
    ledger
        Where doubts are noted; None notes nothing.
    """
    codes = _column(enterprises, "division_code")
    names = _column(enterprises, "street_town_name")
    boroughs = _boroughs(enterprises, areas, codes)
    town_index = _town_index(areas)
    by_code, old_code = town_index.by_code(_prefix(codes, "street_town"))
    by_name, old_name = town_index.by_name(names, boroughs)
    # A name that the named borough does not have is looked for in the whole city.
    anywhere, old_anywhere = town_index.by_name(names)
    lost = by_name == NONE
    by_name, old_name = np.where(lost, anywhere, by_name), np.where(lost, old_anywhere, old_name)
    towns = np.where(by_code == NONE, by_name, by_code)
    unit_index = _unit_index(areas)
    unit_code, old_unit_code = unit_index.by_code(_prefix(codes, "committee"))
    unit_name, old_unit_name = unit_index.by_name(_column(enterprises, "committee_name"), towns)
    units = np.where(unit_code == NONE, unit_name, unit_code)
    if ledger is not None:
        said = names.fillna(codes).fillna("").to_numpy(dtype=object)
        unlike = (by_code != NONE) & (by_name != NONE) & (by_code != by_name)
        ledger.repair(unlike, "division_code", codes.fillna("").to_numpy(), CODE_UNLIKE_NAME)
        # Boundaries whose ids are no codes cannot know any.
        unknown = _prefix(codes, "street_town").notna().to_numpy() & (by_code == NONE)
        unknown &= town_index.has_codes
        ledger.repair(unknown, "division_code", codes.fillna("").to_numpy(), CODE_UNKNOWN)
        old = (old_name & (by_code == NONE)) | old_code
        old |= np.where(unit_code == NONE, old_unit_name, old_unit_code)
        ledger.repair(old, "street_town_name", said, FORMER)
    return Claims(boroughs, towns, units)


def units_within(enterprises: gpd.GeoDataFrame, areas: Areas, towns: Places) -> Places:
    """Return the unit each row names inside the given street_towns, -1 where there is none."""
    return _unit_index(areas).by_name(_column(enterprises, "committee_name"), towns)[0]


def named_towns(enterprises: gpd.GeoDataFrame, areas: Areas) -> Places:
    """Return the position of the street_town each row names, -1 where it names none or an unknown one."""
    return claims_of(enterprises, areas).towns


def disagreements(
    points: NDArray[np.object_], claims: Claims, areas: Areas, fine: NDArray[np.bool_]
) -> list[tuple[str, Reason, NDArray[np.bool_]]]:
    """Return (column, reason, rows) where coordinates lie in another area than the row names.

    Compared by name, because a street_town's parts and enclaves may share one. A row is told the largest area
    that disagrees, once.

    Parameters
    ----------
    points
        In the CRS of the areas; None where a row has none.
    claims
        What the rows say.
    areas
        The areas.
    fine
        Rows whose point is their own: one set in the middle of a committee cannot contradict it.
    """
    towns, units = areas.street_towns, areas.units
    inside = containing(points, np.asarray(towns.geometry.array, dtype=object))
    answers = []
    told = ~fine | (inside == NONE)
    if areas.boroughs is not None:
        bare = _bare(areas.boroughs)
        of_town = _positions(towns["borough_id"], areas.boroughs["borough_id"])
        here = np.where(inside == NONE, NONE, of_town[inside])
        unlike = ~told & (claims.boroughs != NONE) & (here != NONE)
        unlike &= bare[claims.boroughs] != bare[here]
        answers.append(("borough_name", BOROUGH_ELSEWHERE, unlike))
        told |= unlike
    bare = _bare(towns)
    unlike = ~told & (claims.towns != NONE) & (bare[claims.towns] != bare[inside])
    answers.append(("street_town_name", ELSEWHERE, unlike))
    told |= unlike
    named = ~told & (claims.units != NONE)
    unlike = np.zeros(len(points), dtype=bool)
    rows = np.flatnonzero(named)
    if len(rows):
        within = containing(points[rows], np.asarray(units.geometry.array, dtype=object))
        bare = _bare(units)
        unlike[rows] = (within != NONE) & (bare[claims.units[rows]] != bare[within])
    answers.append(("committee_name", COMMITTEE_ELSEWHERE, unlike))
    return answers


def _boroughs(enterprises: gpd.GeoDataFrame, areas: Areas, codes: pd.Series) -> Places:
    if areas.boroughs is None:
        return np.full(len(enterprises), NONE, dtype=np.int64)
    frame = areas.boroughs
    index = Gazetteer(frame["borough_id"].tolist(), frame["name"].tolist(), None, areas.divisions)
    by_code, _old = index.by_code(_prefix(codes, "borough"))
    by_name, _old = index.by_name(_column(enterprises, "borough_name"))
    return np.where(by_name == NONE, by_code, by_name)


def _town_index(areas: Areas) -> Gazetteer:
    towns = areas.street_towns
    parents = None
    if areas.boroughs is not None:
        parents = _positions(towns["borough_id"], areas.boroughs["borough_id"]).tolist()
    ids, names = towns["street_town_id"].tolist(), towns["name"].tolist()
    return Gazetteer(ids, names, parents, areas.divisions)


def _unit_index(areas: Areas) -> Gazetteer:
    units = areas.units
    parents = _positions(units["street_town_id"], areas.street_towns["street_town_id"]).tolist()
    ids, names = units["unit_id"].tolist(), units["name"].tolist()
    return Gazetteer(ids, names, parents, areas.divisions)


def _positions(ids: pd.Series, among: pd.Series) -> Places:
    order = {one: place for place, one in enumerate(among)}
    return np.array([order.get(one, NONE) for one in ids], dtype=np.int64)


def _bare(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.array([bare_place(name) for name in frame["name"]], dtype=object)


def _column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    if name in frame:
        return pd.Series(frame[name].to_numpy(), dtype="str")
    return pd.Series(np.full(len(frame), np.nan), dtype="str")


def _prefix(codes: pd.Series, level: str) -> pd.Series:
    """Return codes cut to a level's length; missing where a code does not reach it."""
    length = LENGTHS[level]
    return codes.str.slice(0, length).where(codes.str.len() >= length)
