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
# # Drawing districts and weighing alternatives
#
# One town, the same basic units, several ways to weigh balance, walking and change. Nothing asks the network for anything.

# %%
import tempfile
from pathlib import Path

import pandas as pd

from geodata.sample import write_sample
from planner.districting import Stop, alternatives
from planner.pipeline import run
from planner.problems.districting import districting_problem
from planner.scenario import read_scenario

workspace = tempfile.TemporaryDirectory()
folder = Path(workspace.name)

# %% [markdown]
# ## The units and their organisations
#
# A plan keeps its units, organisations and adjacency, so districts can be drawn again from the plan alone.

# %%
write_sample(folder, size="town", seed=1)
scenario = read_scenario(folder / "scenario.toml")
plan = run(scenario).plan
problem = districting_problem(
    plan.layers["units"],
    plan.layers["organisations"],
    plan.derived["adjacency"],
    scenario.rules.federations,
)
bands = pd.DataFrame(
    [{"measure": b.name, "least": b.least, "ideal": b.ideal, "most": b.most} for b in problem.bands]
)
bands

# %% [markdown]
# How many street_towns, and how many basic units each of them divides:

# %%
plan.layers["units"].groupby("street_town_id").size()

# %% [markdown]
# ## Alternatives
#
# Each row is a whole map. `in_band_share` counts districts with both measures in band, `deviation_share` is the mean
# distance from the ideals, `minutes` the mean walk to a district's hub.

# %%
found = alternatives(problem, seed=scenario.seed, stop=Stop(work=20_000))
compared = pd.DataFrame(
    [
        {
            "alternative": one.name,
            "districts": one.districts,
            "in_band_share": one.in_band_share,
            "deviation_share": one.deviation_share,
            "minutes": one.minutes,
        }
        for one in found
    ]
)
compared

# %% [markdown]
# Which is best depends on what counts. The alternatives no other one beats in every respect:

# %%
measures = compared.assign(out=1 - compared["in_band_share"])[["out", "deviation_share", "minutes"]]
beaten = [
    any((measures <= row).all(axis=1) & (measures < row).any(axis=1))
    for _, row in measures.iterrows()
]
worth_a_look = compared[[not worse for worse in beaten]]
worth_a_look

# %% [markdown]
# A unit-by-unit map of one of them, ready to be drawn or compared:

# %%
chosen = found[compared.index.get_loc(worth_a_look.index[0])]
drawn = plan.layers["units"][["unit_id", "geometry"]].assign(
    district=pd.Series(chosen.districting.labels, index=problem.unit_ids)
    .reindex(plan.layers["units"]["unit_id"])
    .to_numpy()
)
drawn.dissolve("district").area.round()

# %%
workspace.cleanup()
