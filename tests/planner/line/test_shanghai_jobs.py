"""The example on Shanghai's real jobs, for one borough: its inputs are made, its jobs are the census's, its plan holds."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from geodata.modes import MODES
from planner.pipeline import run
from planner.policy import read_policy
from planner.scenario import parse_scenario

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "shanghai-jobs.toml"


@pytest.mark.shared
@pytest.mark.slow
def test_one_borough_of_shanghai(shared, tmp_path):
    folder = tmp_path / "build" / "shanghai-jobs"
    words = [ROOT / "examples" / "make_shanghai_jobs.py", shared / "data", folder]
    subprocess.run([sys.executable, *words, "--boroughs", "虹口区"], check=True)
    census = pd.read_csv(shared / "data" / "demand" / "district_employment_2023.csv")
    jobs = int(census.set_index("district").loc["虹口区", "employment_2023"])
    values = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    plan = run(parse_scenario(values, tmp_path / "examples")).plan
    # Half of the jobs are declared to be in enterprises of non-public ownership; cells are rounded one by one.
    assert plan.kpis["workers_in_scope"] == pytest.approx(0.5 * jobs, rel=0.002)
    assert plan.kpis["districts"] > 20
    assert plan.kpis["station_sites"] == plan.kpis["districts"]
    assert plan.kpis["station_coverage_share"] > 0.9
    assert set(plan.layers["boroughs"]["name"]) == {"虹口区"}


def test_the_detour_factor_is_all_that_differs():
    """Every speed that the grid's roads have is the usual one over the declared factor."""
    streets, detour = (
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in (EXAMPLE, EXAMPLE.with_name("shanghai-jobs-detour.toml"))
    )
    modes = detour.pop("travel")["modes"]
    used = {tier.mode for tier in read_policy("shanghai-2018").tiers}
    used |= {way.mode for tier in read_policy("shanghai-2018").tiers for way in tier.also}
    assert set(modes) == used
    for name, values in modes.items():
        usual = MODES[name].speeds_kmh
        assert set(values["speeds_kmh"]) == {"secondary", "residential"}
        for kind, speed in values["speeds_kmh"].items():
            assert speed == pytest.approx(usual[kind] / 1.3, abs=0.006)
    assert detour["inputs"].pop("roads") == streets["inputs"].pop("roads").replace(
        "roads.osm", "roads-detour.osm"
    )
    assert detour.pop("name") != streets.pop("name")
    assert detour == streets
