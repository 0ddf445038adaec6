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
# # A year later
#
# A town is planned, a year passes, and the next plan starts from the first: few people move, and every change has a reason.

# %%
import tempfile
from pathlib import Path

import pandas as pd

from geodata.sample import write_years
from planner.kpis import figures
from planner.pipeline import run
from planner.pipeline.year import plan_year
from planner.scenario import read_scenario

workspace = tempfile.TemporaryDirectory()
folder = Path(workspace.name)

# %%
write_years(folder, size="town", seed=1, years=2)
first = run(read_scenario(folder / "scenario.toml")).plan
first.plan_id

# %% [markdown]
# ## The second year
#
# What `planner year year-2/scenario.toml --parent ...` does. Nothing is published by it.

# %%
year = plan_year(read_scenario(folder / "year-2" / "scenario.toml"), first.plan_id)
second = year.plan
[(one.weight, one.said("en")) for one in year.remarks]

# %%
events = year.changes["event"].value_counts()
events

# %% [markdown]
# ## What could have been chosen
#
# From keeping everything to planning anew.

# %%
counted = [
    "organisations_switched",
    "switched_by_choice",
    "sites_opened",
    "sites_closed",
    "sites_moved",
]
shown = ["chosen", "in_band_share", "coverage_share", "minutes", *counted, "one_off_yuan"]
alternatives = year.alternatives.set_index("choice")[shown]
alternatives

# %% [markdown]
# ## The city's change and the plan's decisions
#
# The middle column is last year's network on this year's register.

# %%
known = figures(read_scenario(folder / "scenario.toml").rules)
table = year.found.figures[year.found.figures["difference"] != 0]
table = table.assign(figure=[known[name].label_en for name in table["name"]])
table[["figure", "before", "middle", "after", "city", "decisions"]].round(3)

# %% [markdown]
# ## Who must be told

# %%
year.told.switched[["name", "federation_before", "federation_after", "reason", "effective"]]

# %%
year.told.closed[["tier", "name", "instead", "reason"]]

# %%
year.told.platform.head()

# %%
states = pd.concat(
    [year.found.districts["fate"].value_counts(), year.found.organisations["state"].value_counts()]
)
states

# %%
workspace.cleanup()
