"""The golden plan: ids and figures of the sample town's plan as a small table. ``make golden`` writes it again.

A change that gives another plan changes this table in the same commit, and CHANGELOG calls it plan-changing.
"""

import tempfile
from pathlib import Path

import pandas as pd

GOLDEN = Path(__file__).parent / "golden" / "town.csv"


def golden_of(plan):
    """Return what is kept of a plan: its id, its districts and sites, status of each tier, and every figure."""
    rows = [("plan", "id", plan.plan_id)]
    rows += [("district", row.district_id, f"{row.organisations} {row.workers}") for row in plan.districts.itertuples()]  # fmt: skip
    facilities = plan.facilities.sort_values(["tier", "facility_id"])
    rows += [("site", row.facility_id, row.district_id) for row in facilities.itertuples()]
    rows += [("tier", row.tier, str(row.status)) for row in plan.tiers.itertuples()]
    rows += [("figure", name, f"{value:.6f}") for name, value in sorted(plan.kpis.items())]
    return pd.DataFrame(rows, columns=["what", "name", "value"])


def read_golden():
    """Return the table as it was written down."""
    return pd.read_csv(GOLDEN, dtype=str, keep_default_na=False)


def differences(golden, made):
    """Return one line per row that differs, is missing or is new."""
    both = golden.merge(made, on=["what", "name"], how="outer", suffixes=("_golden", "_made"))
    wrong = both[both["value_golden"].fillna("-") != both["value_made"].fillna("-")]
    return [
        f"{row.what} {row.name}: {row.value_golden} -> {row.value_made}"
        for row in wrong.itertuples(index=False)
    ]


def main():
    """Plan the sample town and write the table."""
    from geodata.sample import write_sample
    from planner.pipeline import run
    from planner.scenario import read_scenario

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample(folder, size="town", seed=1)
        plan = run(read_scenario(folder / "scenario.toml"), store=folder / "plans").plan
    GOLDEN.parent.mkdir(exist_ok=True)
    golden_of(plan).to_csv(GOLDEN, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
