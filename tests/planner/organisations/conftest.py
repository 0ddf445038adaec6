"""Registers and units made by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

CRS = "EPSG:32651"


def make_enterprises(rows, crs=CRS):
    """Make an enterprise layer from dicts; whatever a row leaves out has a plain value."""
    table = pd.DataFrame(rows)
    n = len(table)
    defaults = {
        "enterprise_id": [f"e{i:05d}" for i in range(n)],
        "uscc": None,
        "name": [f"firm {i}" for i in range(n)],
        "address": None,
        "ownership": "private",
        "jurisdiction": "area",
        "jurisdiction_source": "register",
        "industry": "F",
        "industry_division": "",
        "workers": 5,
        "members": 0,
        "unionised": False,
        "union_name": None,
        "carrier_name": None,
        "accuracy": "exact",
        "in_scope": True,
        "scope_reason": "",
        "source_row": np.arange(2, n + 2),
        "x": 50.0,
        "y": 50.0,
    }
    for name, value in defaults.items():
        if name not in table:
            table[name] = value
        elif value is not None and not isinstance(value, list | np.ndarray):
            table[name] = table[name].where(table[name].notna(), value).astype(type(value))
    for name in ("uscc", "address", "union_name", "carrier_name"):
        table[name] = table[name].astype("str")
    points = gpd.points_from_xy(table.pop("x"), table.pop("y"))
    return gpd.GeoDataFrame(table, geometry=points, crs=crs)


def make_units(columns=4, rows=2, size=1000.0, towns=2):
    """Make a grid of units; columns are shared out among street_towns from the left."""
    cells = [(i, j) for i in range(columns) for j in range(rows)]
    return gpd.GeoDataFrame(
        {
            "unit_id": [f"u{i:02d}-{j:02d}" for i, j in cells],
            "name": [f"committee {i}{j}" for i, j in cells],
            "street_town_id": [f"t{i * towns // columns}" for i, j in cells],
        },
        geometry=[box(i * size, j * size, (i + 1) * size, (j + 1) * size) for i, j in cells],
        crs=CRS,
    )


def make_city(n, seed, columns=4, rows=2, size=1000.0):
    """Make a mixed register: carriers, coarse places, unions, bureaus, state firms, shops."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, columns * size, n)
    y = rng.uniform(0, rows * size, n)
    workers = np.minimum(3000, 1 + rng.pareto(1.1, n) * 6).astype(int)
    carrier = rng.integers(0, max(2, n // 30), n)
    named = rng.random(n) < 0.4
    cx, cy = rng.uniform(0, columns * size, n + 2), rng.uniform(0, rows * size, n + 2)
    x = np.where(named, cx[carrier] + rng.normal(0, 8, n), x).clip(0, columns * size)
    y = np.where(named, cy[carrier] + rng.normal(0, 8, n), y).clip(0, rows * size)
    coarse = ~named & (rng.random(n) < 0.2)
    x, y = (
        np.where(coarse, x // size * size + size / 2, x),
        np.where(coarse, y // size * size + size / 2, y),
    )
    unionised = rng.random(n) < 0.3
    shared = rng.integers(0, max(2, n // 20), n)
    return make_enterprises(
        {
            "enterprise_id": [f"e{i:06d}" for i in rng.permutation(n)],
            "x": x,
            "y": y,
            "workers": workers,
            "members": np.where(unionised, (workers * rng.random(n)).astype(int), 0),
            "industry": rng.choice(list("CFGIJLO"), n),
            "ownership": rng.choice(
                ["private", "foreign", "self_employed", "state"], n, p=[0.6, 0.1, 0.25, 0.05]
            ),
            "jurisdiction": rng.choice(["area", "bureau"], n, p=[0.95, 0.05]),
            "unionised": unionised,
            "union_name": np.where(
                unionised & (rng.random(n) < 0.9),
                np.where(
                    workers >= 20,
                    [f"union of {i}" for i in range(n)],
                    [f"楼宇联合工会 {k}" for k in shared],
                ),
                None,
            ),
            "carrier_name": np.where(named, [f"Tower {k}" for k in carrier], None),
            "accuracy": np.where(coarse, "committee", "exact"),
            "address": [f"Rua {k} {i}" for i, k in enumerate(rng.integers(0, 40, n))],
            "in_scope": rng.random(n) < 0.95,
        }
    )


@pytest.fixture(scope="session")
def enterprises():
    return make_enterprises


@pytest.fixture(scope="session")
def units():
    return make_units


@pytest.fixture(scope="session")
def city():
    return make_city


@pytest.fixture(scope="session")
def draw_roads():
    """Return the function that draws a walkable network from lines."""
    from tests.geodata.areas.conftest import draw_network

    return lambda lines: draw_network(lines, crs=CRS)
