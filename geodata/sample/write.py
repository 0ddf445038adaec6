"""Write a sample as the files a user would bring, and the scenario that names them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geodata.crs import STORAGE_CRS
from geodata.errors import Fault, InputFormatError
from geodata.messages import translator
from geodata.sample import names
from geodata.sample.carriers import draw_carriers
from geodata.sample.cells import draw_cells
from geodata.sample.density import write_density
from geodata.sample.disputes import dispute_rows
from geodata.sample.enterprises import draw_enterprises
from geodata.sample.outdoor import outdoor_rows
from geodata.sample.premises import draw_premises, premises_rows
from geodata.sample.register import register_rows
from geodata.sample.rooms import add_rooms
from geodata.sample.sizes import SIZES, Size
from geodata.sample.workbook import write_workbook
from geodata.sample.workforce import add_workforce
from geodata.sample.wrong_rows import spoil_rows

if TYPE_CHECKING:
    import pandas as pd

    from geodata.sample.cells import Cells
    from geodata.sample.ground import Ground

_ = translator("geodata")

TITLE = "企业及工会组织情况登记表"


class SampleFiles(list[Path]):
    """The files written, and what is known of the register and of nothing else.

    Parameters
    ----------
    paths
        Files, the scenario last.
    enterprises
        Rows of values in the register.
    wrong_rows
        Kind of fault -> numbers of the sheet's rows that were spoilt on purpose.
    """

    def __init__(
        self, paths: list[Path], enterprises: int, wrong_rows: dict[str, tuple[int, ...]]
    ) -> None:
        super().__init__(paths)
        self.enterprises = enterprises
        self.wrong_rows = wrong_rows


def write_sample(folder: Path | str, *, size: str = "borough", seed: int = 0) -> SampleFiles:
    """Write an invented city.

    Parameters
    ----------
    folder
        Where the files go; made when absent. Files of the same names are replaced.
    size
        ``town``, ``borough``, ``boroughs`` (four of them) or ``city``.
    seed
        The same seed gives the same values in every file.

    Returns
    -------
    list of Path
        ``roads.osm.pbf``, ``register.xlsx``, ``boundaries.gpkg``, ``outdoor.csv``,
        ``premises.xlsx``, ``density.tif``, ``disputes.csv``, ``scenario.toml``; with ``wrong_rows`` telling what is wrong on purpose.

    Raises
    ------
    InputFormatError
        For an unknown size.
    """
    return write_city(folder, size=size, seed=seed)[0]


def write_city(folder: Path | str, *, size: str, seed: int) -> tuple[SampleFiles, Ground, Drawn]:
    """Write an invented city, see `write_sample`; return what was drawn as well, from which later years grow."""
    from geodata.sample.city import draw_ground
    from geodata.sample.road_file import (
        add_areas,
        add_buildings,
        add_metro,
        add_places,
        add_shops,
        add_water,
        write_road_file,
    )

    if size not in SIZES:
        raise InputFormatError(
            Fault(
                _("there is no sample size {size}").format(size=repr(size)),
                fix=_("choose one of {names}").format(names=", ".join(SIZES)),
            )
        )
    row = SIZES[size]
    folder = _ready(folder)
    ground, net = draw_ground(_rng(seed, "ground"), row)
    drawn = _fill(ground, row, seed)
    stems = names.pairs(_rng(seed, "names"))
    assert ground.water is not None  # noqa: S101 - a drawn city always has its river
    add_water(net, ground.water, next(stems) + "江")
    add_areas(net, ground.outline, [next(stems) for _block in net.blocks])
    add_buildings(net, drawn.carriers)
    add_places(net, drawn.premises)
    add_shops(_rng(seed, "shops"), net, drawn.enterprises)
    add_metro(_rng(seed, "metro"), net, [next(stems) for _node in net.crossings])
    write_road_file(folder / "roads.osm.pbf", net, ground)
    files = _write(folder, ground, drawn, seed, "roads.osm.pbf", first=[folder / "roads.osm.pbf"])
    return files, ground, drawn


def write_sample_around(
    folder: Path | str,
    roads_path: Path | str,
    *,
    seed: int = 0,
    enterprises: int = 20_000,
    street_towns: int | None = None,
) -> SampleFiles:
    """Write the files of a city around a real road file, which is not copied.

    Parameters
    ----------
    folder
        Where the files go; made when absent. Files of the same names are replaced.
    roads_path
        OSM file; enterprises and premises go on its named places, then on its road fronts.
    seed
        The same seed gives the same values.
    enterprises
        Rows of the register.
    street_towns
        How many; one per 1,600 enterprises when left out.
    """
    from geodata.sample.around import read_ground

    roads_path = Path(roads_path)
    ground = read_ground(roads_path)
    folder = _ready(folder)
    count = street_towns or max(1, round(enterprises / 1_600))
    units = max(4, round(enterprises / count / 36))
    row = Size(max(1, round(count / 12)), count, units, enterprises, 0.0, 0.0, 0.0)
    roads = Path(os.path.relpath(roads_path.resolve(), folder.resolve())).as_posix()
    return _write(folder, ground, _fill(ground, row, seed), seed, roads, first=[])


class Drawn:
    """What is drawn on a ground."""

    def __init__(
        self,
        cells: Cells,
        carriers: pd.DataFrame,
        enterprises: pd.DataFrame,
        premises: pd.DataFrame,
    ) -> None:
        self.cells = cells
        self.carriers = carriers
        self.enterprises = enterprises
        self.premises = premises


def _fill(ground: Ground, size: Size, seed: int) -> Drawn:
    carriers = draw_carriers(_rng(seed, "carriers"), ground, size.enterprises)
    cells = draw_cells(
        _rng(seed, "cells"),
        ground,
        carriers,
        boroughs=size.boroughs,
        street_towns=size.street_towns,
        units=size.street_towns * size.units_per_street_town,
    )
    enterprises = draw_enterprises(_rng(seed, "enterprises"), ground, cells, carriers)
    premises = draw_premises(_rng(seed, "premises"), ground, cells, carriers)
    return Drawn(
        cells,
        carriers,
        add_workforce(_rng(seed, "workforce"), enterprises),
        add_rooms(_rng(seed, "rooms"), premises),
    )


def _write(
    folder: Path, ground: Ground, drawn: Drawn, seed: int, roads: str, *, first: list[Path]
) -> SampleFiles:
    cells = drawn.cells
    rows = register_rows(_rng(seed, "register"), ground.frame, cells, drawn.enterprises)
    rows, wrong = spoil_rows(_rng(seed, "wrong"), rows)
    above = write_register(folder / "register.xlsx", rows)
    write_workbook(
        folder / "premises.xlsx",
        premises_rows(ground, cells, drawn.premises),
        sheet="阵地与场所",
        title=None,
    )
    write_boundaries(folder / "boundaries.gpkg", ground, cells)
    outdoor = outdoor_rows(
        _rng(seed, "outdoor"), ground, drawn.carriers, drawn.enterprises, drawn.premises
    )
    outdoor.to_csv(folder / "outdoor.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    write_density(folder / "density.tif", _rng(seed, "density"), ground, drawn.enterprises)
    disputes = dispute_rows(_rng(seed, "disputes"), ground, drawn.enterprises)
    disputes.to_csv(folder / "disputes.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    federations = max(1, round(int(drawn.enterprises["workers"].sum()) / 5_000))
    text = _scenario(roads, seed, federations)
    (folder / "scenario.toml").write_text(text, encoding="utf-8", newline="\n")
    written = [
        "register.xlsx", "boundaries.gpkg", "outdoor.csv", "premises.xlsx", "density.tif", "disputes.csv", "scenario.toml",
    ]  # fmt: skip
    return SampleFiles(
        [*first, *(folder / name for name in written)],
        len(rows),
        {kind: tuple((at + above + 1).tolist()) for kind, at in wrong.items()},
    )


def write_register(path: Path, rows: pd.DataFrame) -> int:
    """Write a register as the export it would be; return the rows above the first enterprise."""
    return write_workbook(path, rows, sheet="企业名册", title=TITLE)


def write_boundaries(path: Path, ground: Ground, cells: Cells) -> None:
    """Write the three levels as layers in EPSG:4326, replacing the file."""
    import pyogrio

    path.unlink(missing_ok=True)
    layers = {"boroughs": cells.boroughs, "street_towns": cells.street_towns, "units": cells.units}
    for name, frame in layers.items():
        moved = ground.frame.geometry_to_lonlat(frame.geometry.to_numpy())
        shown = frame.set_geometry(moved).set_crs(STORAGE_CRS)
        pyogrio.write_dataframe(shown, path, layer=name, driver="GPKG", promote_to_multi=True)


def _scenario(roads: str, seed: int, federations: int) -> str:
    import tomli_w

    wgs84 = {"datum": "wgs84"}
    return tomli_w.dumps(
        {
            "name": "示例",
            "seed": seed,
            "inputs": {
                "roads": roads,
                "register": {"path": "register.xlsx", **wgs84},
                "boundaries": {"path": "boundaries.gpkg"},
                "sites": {"path": "premises.xlsx", **wgs84},
                "outdoor": {"path": "outdoor.csv", **wgs84},
                "density": {"path": "density.tif"},
                "disputes": {"path": "disputes.csv", **wgs84},
            },
            # A little less than everything needs, so that posts and money have to be shared out.
            "resources": {
                "professionals": round(1.7 * federations),
                "professionals_above": max(1, round(0.3 * federations)),
                "recruits_half_year": [max(1, round(0.5 * federations))],
                "ceilings_yuan_year": [400_000 * federations],
            },
            "policy": {"name": "shanghai-2018"},
            "travel": {"mode": "walk"},
            "store": {"path": "plans"},
        }
    )


def _ready(folder: Path | str) -> Path:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


STAGES = (
    "ground",
    "cells",
    "carriers",
    "enterprises",
    "premises",
    "outdoor",
    "register",
    "wrong",
    "names",
    "shops",
    "metro",
    "density",
    "workforce",
    "rooms",
    "disputes",
    "years",
)


def _rng(seed: int, stage: str) -> np.random.Generator:
    """Return a generator of its own for each stage, so that a change in one leaves the others."""
    return np.random.default_rng([seed, STAGES.index(stage)])
