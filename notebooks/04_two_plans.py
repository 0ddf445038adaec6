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
# # Comparing two plans
#
# The same town twice: once by the policy, once with a shorter way to the service station. What changes, and for whom?

# %%
import tempfile
from pathlib import Path

import pandas as pd

from geodata.sample import write_sample
from planner.difference import difference
from planner.kpis import figures
from planner.pipeline import run
from planner.scenario import read_scenario

workspace = tempfile.TemporaryDirectory()
folder = Path(workspace.name)

# %%
write_sample(folder, size="town", seed=1)
first_scenario = folder / "scenario.toml"
second_scenario = folder / "shorter.toml"
text = first_scenario.read_text(encoding="utf-8")
shorter = "[policy.override.tiers.station]\ncutoff_min = 8\n"
second_scenario.write_text(f"{text}\n{shorter}", encoding="utf-8")
before = run(read_scenario(first_scenario)).plan
after = run(read_scenario(second_scenario)).plan
before.plan_id, after.plan_id

# %% [markdown]
# ## Figures
#
# A shorter way is a harder rule: fewer people meet it, and the stations move to where they do.

# %%
found = difference(before, after)
known = figures(read_scenario(second_scenario).rules)
changed = found.figures[found.figures["difference"] != 0]
changed.assign(figure=[known[name].label_en for name in changed["name"]])

# %% [markdown]
# ## Sites

# %%
sites = pd.crosstab(found.sites["tier"], found.sites["change"])
sites

# %%
moved = found.sites[found.sites["change"] == "moved"]
moved[["tier", "name_before", "name_after", "moved_m"]]

# %% [markdown]
# ## People
#
# The account adds up: before, plus those gained, minus those lost, is after.

# %%
account = found.coverage.pivot_table(index="entry", columns="tier", values="weight", sort=False)
account

# %% [markdown]
# Districts are drawn before sites, so none of them changes here:

# %%
pd.concat([found.districts["fate"].value_counts(), found.organisations["state"].value_counts()])

# %% [markdown]
# In a browser: `planner serve --store plans`, and *compare* shows both maps side by side.

# %%
workspace.cleanup()
