"""Published instances: four balanced counts, contiguous, compact."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, within

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def territory():
    spec = importlib.util.spec_from_file_location(
        "_districting_2du", BENCHMARKS / "_districting_2du.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["_districting_2du"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
@pytest.mark.parametrize("name", ["2DU60-05-1", "2DU80-05-9", "2DU100-05-13", "2DU120-05-5"])
def test_a_published_instance_is_feasible_and_as_compact(territory, shared, name):
    folder = shared / "bench" / "territory_2du"
    (instance,) = (i for i in territory.read_all(folder) if i.name == name)
    labels = territory.draw(instance, work=6_000_000)
    assert_map(instance.problem, labels)
    assert within(instance.problem, labels) == instance.count == len(np.unique(labels))
    assert territory.compactness(instance.problem, labels) <= instance.published + 0.005
