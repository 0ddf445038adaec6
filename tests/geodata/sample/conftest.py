from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from geodata.sample import write_sample

ROADS = Path(__file__).parents[4] / "shared" / "data" / "roads"


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """A town with seed 3: its folder and what write_sample says of it."""
    folder = tmp_path_factory.mktemp("town")
    return folder, write_sample(folder, size="town", seed=3)


@pytest.fixture(scope="session")
def borough(tmp_path_factory):
    """The demo's borough: its folder and what write_sample says of it."""
    folder = tmp_path_factory.mktemp("borough")
    return folder, write_sample(folder, size="borough", seed=1)


@pytest.fixture(scope="session")
def read_register():
    """A reader of a register's raw cells that knows nothing of the product's own readers."""

    def read(folder: Path) -> pd.DataFrame:
        return pd.read_excel(folder / "register.xlsx", header=1, engine="calamine", dtype=object)

    return read


@pytest.fixture(scope="session")
def road_file():
    """Path of a real road file; skips where the shared data are absent, fails in CI."""

    def find(name: str) -> Path:
        path = ROADS / name
        if not path.is_file():
            reason = f"the shared road file {name} is not here"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find
