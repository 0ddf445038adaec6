"""A city that changes: births, deaths, moves, growth, shocks, a new park, a moved border, a street_town under a new code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.errors import Fault, InputFormatError
from geodata.messages import translator
from geodata.sample.enterprises import draw_enterprises
from geodata.sample.register import register_rows
from geodata.sample.workforce import add_workforce
from geodata.sample.write import (
    STAGES,
    Drawn,
    SampleFiles,
    write_boundaries,
    write_city,
    write_register,
)
from geodata.sample.wrong_rows import spoil_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.cells import Cells
    from geodata.sample.ground import Ground

_ = translator("geodata")

BIRTHS, DEATHS, MOVES, SHOCKED_UNITS = 0.06, 0.05, 0.015, 0.02
"""Shares of enterprises that begin, end and move in a year, and of basic units where half of them end or all grow."""

PARK_SHARE = 0.012
"""Enterprises of the park that opens in the second year, as a share of all."""

JOINS_SHARE = 0.05
"""Share of the enterprises without a union that found one in a year."""

FIRST_YEAR = 2026


def write_years(
    folder: Path | str, *, size: str = "borough", seed: int = 0, years: int = 3
) -> list[SampleFiles]:
    """Write an invented city and its following years.

    The folder holds the first year; ``year-2``, ``year-3`` ... hold each a register, boundaries and a scenario that takes
    the roads, premises, densities and outdoor work of the first. In the second year a park opens and a basic unit comes
    to another street_town; in the third a street_town has another code and name. Every year enterprises begin, end, move
    and grow, and some basic units are shocked.

    Parameters
    ----------
    folder, size, seed
        As in `write_sample`.
    years
        How many, the first one counted.

    Returns
    -------
    list of SampleFiles
        One per year.

    Raises
    ------
    InputFormatError
        For an unknown size or fewer than one year.
    """
    if years < 1:
        raise InputFormatError(Fault(_("a sample has at least one year"), str(years)))
    folder = Path(folder)
    first, ground, drawn = write_city(folder, size=size, seed=seed)
    if years > 1:
        _date_register(folder / "scenario.toml")
    written = [first]
    cells = drawn.cells
    for year in range(2, years + 1):
        rng = np.random.default_rng([seed, STAGES.index("years"), year])
        if year == 2:
            cells = moved_border(cells, drawn.enterprises)
            drawn = Drawn(cells, with_park(rng, drawn), drawn.enterprises, drawn.premises)
        elif year == 3:
            cells = renamed_town(cells)
        drawn = Drawn(cells, drawn.carriers, a_year_later(rng, ground, drawn), drawn.premises)
        written.append(_write_year(folder, year, seed, ground, drawn))
    return written


def a_year_later(rng: np.random.Generator, ground: Ground, drawn: Drawn) -> pd.DataFrame:
    """Return the enterprises of the following year; those that go on keep their code and their row order."""
    before = drawn.enterprises
    alive, factor = _shocked(rng, before)
    alive &= rng.random(len(before)) >= DEATHS
    kept = before[alive].reset_index(drop=True)
    kept = _grown(rng, kept, factor[alive])
    kept = _moved(rng, kept)
    kept = _joined(rng, kept)
    park = int(drawn.carriers.get("fresh", pd.Series(dtype=bool)).sum())
    births = _born(rng, ground, drawn, round(BIRTHS * len(before)))
    fresh = [births]
    if park and not (before["carrier"] >= len(drawn.carriers) - park).any():
        fresh.append(_park_firms(rng, ground, drawn, park, round(PARK_SHARE * len(before))))
    new = pd.concat(fresh, ignore_index=True)
    known = set(before["code"]) | set(before["name"])
    new = new[~new["code"].isin(known) & ~new["name"].isin(known)]
    new = new.drop_duplicates("name").drop_duplicates("code")
    return pd.concat([kept, new], ignore_index=True)


def _shocked(
    rng: np.random.Generator, before: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return who survives the shocks, and the factor by which workers change where a unit booms."""
    units = np.unique(before["unit"])
    hit = rng.choice(units, max(1, round(SHOCKED_UNITS * len(units))), replace=False)
    emptied, booming = np.array_split(hit, 2) if len(hit) > 1 else (hit, hit[:0])
    row = before["unit"].to_numpy()
    alive = ~np.isin(row, emptied) | (rng.random(len(row)) < 0.5)
    return alive, np.where(np.isin(row, booming), 1.6, 1.0)


def _grown(
    rng: np.random.Generator, kept: pd.DataFrame, factor: NDArray[np.float64]
) -> pd.DataFrame:
    """Let workers change by a tenth or so, and everything that is counted in them with them."""
    old = kept["workers"].to_numpy(float)
    drift = np.exp(rng.normal(0.005, 0.1, len(kept))) * factor
    workers = np.maximum(1, np.rint(old * drift)).astype(np.int64)
    ratio = workers / old
    changed = {"workers": workers}
    for name in ("women", "migrants", "members"):
        counted = np.rint(kept[name].to_numpy(float) * ratio).astype(np.int64)
        changed[name] = np.minimum(counted, workers)
    pay = pd.to_numeric(kept["payroll"], errors="coerce").to_numpy(float) * ratio
    stated = np.isfinite(pay)
    paid = (np.nan_to_num(pay) / 1000).round().astype(np.int64) * 1000
    changed["payroll"] = np.where(stated, paid.astype(object), "")
    return kept.assign(**changed)


def _moved(rng: np.random.Generator, kept: pd.DataFrame) -> pd.DataFrame:
    """Let some enterprises move in beside another one."""
    moves = np.flatnonzero(rng.random(len(kept)) < MOVES)
    beside = rng.integers(0, len(kept), len(moves))
    moved = kept.copy()
    for name in ("carrier", "kind", "place", "unit", "address", "building"):
        values = kept[name].to_numpy(copy=True)
        values[moves] = values[beside]
        moved[name] = values
    for name in ("x", "y"):
        values = kept[name].to_numpy(float, copy=True)
        values[moves] = values[beside] + rng.uniform(-3, 3, len(moves))
        moved[name] = values
    return moved


def _joined(rng: np.random.Generator, kept: pd.DataFrame) -> pd.DataFrame:
    """Let some larger enterprises without a union found one."""
    union = kept["union"].to_numpy(dtype=object, copy=True)
    workers = kept["workers"].to_numpy()
    found = (union == "") & (workers >= 25) & (rng.random(len(kept)) < JOINS_SHARE)
    union[found] = kept["name"].to_numpy(dtype=object)[found] + "工会委员会"
    members = kept["members"].to_numpy(copy=True)
    members[found] = np.rint(0.8 * workers[found]).astype(np.int64)
    joined = kept.assign(union=union, members=members)
    sizes = joined.groupby("union")["union"].transform("size")
    return joined.assign(covered=np.where(union != "", sizes, 0))


def _born(rng: np.random.Generator, ground: Ground, drawn: Drawn, count: int) -> pd.DataFrame:
    """Draw new enterprises where others are; they have no union yet."""
    held = drawn.carriers["enterprises"].to_numpy(float)
    if "fresh" in drawn.carriers:
        held = np.where(drawn.carriers["fresh"].to_numpy(bool), 0.0, held)
    return _drawn_in(rng, ground, drawn, rng.multinomial(count, held / held.sum()))


def _park_firms(
    rng: np.random.Generator, ground: Ground, drawn: Drawn, park: int, count: int
) -> pd.DataFrame:
    held = np.zeros(len(drawn.carriers), dtype=np.int64)
    held[-park:] = max(1, count // park)
    return _drawn_in(rng, ground, drawn, held)


def _drawn_in(
    rng: np.random.Generator, ground: Ground, drawn: Drawn, held: NDArray[np.int64]
) -> pd.DataFrame:
    carriers = drawn.carriers.assign(enterprises=held)
    born = add_workforce(rng, draw_enterprises(rng, ground, drawn.cells, carriers))
    return born.assign(union="", members=0, covered=0)


def with_park(rng: np.random.Generator, drawn: Drawn) -> pd.DataFrame:
    """Return the carriers with an industrial park beside one that was there, marked ``fresh``."""
    carriers = drawn.carriers.assign(fresh=False)
    works = np.flatnonzero((carriers["kind"] == "works").to_numpy())
    model = carriers.iloc[[int(rng.choice(works)) if len(works) else 0]].copy()
    model["name"], model["given"], model["fresh"] = "新源科技园", False, True
    model["x"] += 90.0
    model["number"] += 2
    return pd.concat([carriers, model], ignore_index=True)


def moved_border(cells: Cells, enterprises: pd.DataFrame) -> Cells:
    """Return the cells with one basic unit in the street_town next to its own.

    Of the units on a border whose street_town stays in one piece without them, the one with fewest enterprises.
    """
    units = cells.units
    towns = units["street_town_id"].to_numpy(dtype=object)
    held = np.bincount(enterprises["unit"], minlength=len(units))
    for row in np.argsort(held, kind="stable").tolist():
        shape, town = units.geometry.iloc[row], towns[row]
        beside = units.geometry.touches(shape).to_numpy(bool)
        edge = [
            (shape.intersection(units.geometry.iloc[other]).length, towns[other])
            for other in np.flatnonzero(beside & (towns != town)).tolist()
        ]
        rest = units.geometry[(towns == town) & (np.arange(len(units)) != row)]
        if edge and max(edge)[0] > 20 and len(rest) > 1 and rest.union_all().geom_type == "Polygon":
            changed = towns.copy()
            changed[row] = max(edge)[1]
            return _under(cells, units.assign(street_town_id=changed), cells.street_towns)
    return cells


def renamed_town(cells: Cells) -> Cells:
    """Return the cells with the last street_town, and its units, under a new code, and with a new name."""
    towns = cells.street_towns
    old = str(towns["street_town_id"].iloc[-1])
    new = f"{old[:6]}{900 + int(old[6:]):03d}"
    name = str(towns["name"].iloc[-1])
    fresh = name.removesuffix("街道").removesuffix("镇") + (
        "镇" if name.endswith("街道") else "街道"
    )

    def coded(ids: pd.Series) -> pd.Series:
        return ids.where(~ids.str.startswith(old), new + ids.str[len(old) :])

    units = cells.units.assign(
        unit_id=coded(cells.units["unit_id"]), street_town_id=coded(cells.units["street_town_id"])
    )
    renamed = towns.assign(
        street_town_id=coded(towns["street_town_id"]),
        name=towns["name"].where(towns["street_town_id"] != old, fresh),
    )
    return _under(cells, units, renamed)


def _under(cells: Cells, units: Any, towns: Any) -> Cells:
    """Return the cells with other units, and the street_towns' shapes that follow."""
    shapes = units.dissolve("street_town_id").geometry
    redrawn = towns.assign(geometry=shapes.reindex(towns["street_town_id"]).to_numpy())
    return replace(cells, units=units, street_towns=redrawn)


def _date_register(path: Path) -> None:
    """Say which day the first register describes."""
    import tomllib

    import tomli_w

    values = tomllib.loads(path.read_text(encoding="utf-8"))
    values["inputs"]["register"]["as_of"] = f"{FIRST_YEAR}-01-01"
    path.write_text(tomli_w.dumps(values), encoding="utf-8", newline="\n")


def _write_year(folder: Path, year: int, seed: int, ground: Ground, drawn: Drawn) -> SampleFiles:
    """Write what is new in a year, and a scenario that takes the rest from the first."""
    import tomllib

    import tomli_w

    into = folder / f"year-{year}"
    into.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, STAGES.index("register"), year])
    rows, wrong = spoil_rows(rng, register_rows(rng, ground.frame, drawn.cells, drawn.enterprises))
    above = write_register(into / "register.xlsx", rows)
    write_boundaries(into / "boundaries.gpkg", ground, drawn.cells)
    values = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    values["name"] = f"{values['name']} {FIRST_YEAR + year - 1}"
    inputs = values["inputs"]
    for name in ("sites", "outdoor", "density", "disputes"):
        inputs[name]["path"] = "../" + inputs[name]["path"]
    inputs["roads"] = "../" + inputs["roads"]
    inputs["register"]["as_of"] = f"{FIRST_YEAR + year - 1}-01-01"
    values["store"]["path"] = "../plans"
    values["change"] = {"day": f"{FIRST_YEAR + year - 1}-07-01"}
    scenario = into / "scenario.toml"
    scenario.write_text(tomli_w.dumps(values), encoding="utf-8", newline="\n")
    return SampleFiles(
        [into / "register.xlsx", into / "boundaries.gpkg", scenario],
        len(rows),
        {kind: tuple((at + above + 1).tolist()) for kind, at in wrong.items()},
    )
