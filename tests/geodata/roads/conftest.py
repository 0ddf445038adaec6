from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for road_worlds


@pytest.fixture(scope="session")
def shared_roads():
    """Folder of real road files; a user's machine has none, continuous integration must."""
    folder = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "roads"
    if not folder.is_dir():
        message = "no real road files beside the repository (../shared/data/roads)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def helsinki(shared_roads):
    from geodata.roads import build_network

    return build_network(shared_roads / "Helsinki.osm.pbf", modes=("walk", "bicycle", "drive"))
