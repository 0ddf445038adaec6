# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first look
#
# A made-up town, from its files to a verified plan. Nothing here asks the network for anything, and everything is
# written to a temporary folder that the last cell removes.

# %%
import tempfile
from pathlib import Path

import pandas as pd

from geodata.sample import write_sample
from planner.kpis import figures
from planner.pipeline import check, run
from planner.scenario import read_scenario

workspace = tempfile.TemporaryDirectory()
folder = Path(workspace.name)

# %% [markdown]
# ## The files a user would bring

# %%
write_sample(folder, size="town", seed=1)
sorted(path.name for path in folder.iterdir())

# %% [markdown]
# ## Checking them
#
# Every row is kept, rejected or no data; kept rows may have been repaired.

# %%
scenario = read_scenario(folder / "scenario.toml")
layers = check(scenario)
checked = pd.DataFrame(
    [
        {
            "layer": record.layer,
            "rows": record.rows_in,
            "kept": record.kept,
            "repaired": record.repaired_rows,
            "rejected": record.rejected_rows,
            "not data": record.ignored_rows,
        }
        for record in layers.records
    ]
)
checked

# %%
layers.rejected[["layer", "source_row", "column", "value"]]

# %% [markdown]
# ## Planning
#
# `run` makes the plan, has it verified by other code and stores it; a plan that does not hold is not stored.

# %%
made = run(scenario)
plan = made.plan
plan.plan_id

# %% [markdown]
# ## Figures

# %%
known = figures(scenario.rules)
kpis = pd.DataFrame(
    [
        {"figure": known[name].label_en, "指标": known[name].label_zh, "value": value}
        for name, value in plan.kpis.items()
    ]
)
kpis

# %% [markdown]
# How good are the sites? `bound` is a proved limit that no choice of sites passes in these districts.

# %%
plan.tiers[["tier", "facilities", "status", "value", "bound", "gap_share"]]

# %% [markdown]
# ## Federation districts

# %%
districts = plan.districts.merge(plan.decisions["staffing"], on="district_id")
districts

# %% [markdown]
# The same tables, with geometry, are in `planner.report.write_outputs(plan, folder)`: GeoPackage, GeoParquet, workbook, map.

# %%
workspace.cleanup()
