"""The example on Shanghai's real jobs, for one borough: its inputs are made, its jobs are the census's, its plan holds."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import run
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
