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
# # Siting one tier and reading its budget curve
#
# How many service points are worth having? From a stored plan: who must be reached, which premises could open, how far
# they are on foot, and what each further site adds, with a bound that nothing can pass.

# %%
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.roads import Snapped, snap
from geodata.sample import write_sample
from geodata.travel_time import travel_times
from planner.pipeline import run
from planner.pipeline.network import stored_network
from planner.problems.candidates import tier_candidates
from planner.scenario import read_scenario
from planner.siting import Coverage, SitingProblem, Work, budget_curve

workspace = tempfile.TemporaryDirectory()
folder = Path(workspace.name)

# %%
write_sample(folder, size="town", seed=1)
scenario = read_scenario(folder / "scenario.toml")
plan = run(scenario).plan
network = stored_network(folder / "plans", str(plan.manifest["network"]))
tier = scenario.rules.tier("service_point")
tier.label_en, tier.cutoff_min, tier.mode

# %% [markdown]
# ## Demand, candidates, minutes
#
# Travel times are sparse: a pair that is not within the cutoff has no entry.

# %%
enterprises = plan.layers["enterprises"].query("in_scope")
candidates = tier_candidates(plan.layers["sites"], tier).reset_index(drop=True)


def on_roads(layer: gpd.GeoDataFrame) -> Snapped:
    """Join points to the nearest usable edge."""
    return snap(np.c_[layer.geometry.x, layer.geometry.y], network, tier.mode)


times = travel_times(
    network,
    on_roads(enterprises),
    on_roads(candidates),
    from_ids=enterprises["enterprise_id"].to_numpy(dtype=str),
    to_ids=candidates["site_id"].to_numpy(dtype=str),
    mode=tier.mode,
    cutoff_min=tier.cutoff_min,
)
len(times.from_ids), len(times.to_ids), len(times.deciseconds)

# %% [markdown]
# ## The curve
#
# `value` is the number of workers within reach, `bound` what no choice of so many sites can pass.

# %%
problem = SitingProblem(
    demand_ids=times.from_ids,
    candidate_ids=times.to_ids,
    weights=enterprises["workers"].to_numpy(float),
    coverage=Coverage(times.indptr, times.indices, times.deciseconds),
    objective="max_cover",
    p_sense="at_most",
)
counts = (1, 2, 4, 8, 12, 16, 24)
curve = pd.DataFrame(
    [
        {
            "sites": count,
            "workers_within": answer.outcome.value,
            "bound": answer.outcome.bound,
            "gap_share": answer.outcome.gap_share,
        }
        for count, answer in budget_curve(problem, counts, seed=scenario.seed, stop=Work(2_000))
    ]
)
curve["share"] = curve["workers_within"] / problem.weights.sum()
curve["added_per_site"] = curve["workers_within"].diff() / curve["sites"].diff()
curve

# %% [markdown]
# ## Reading it
#
# The curve flattens: the first sites reach many, later ones few. Where a further site adds fewer workers than the least
# the union would open one for, the money is better spent elsewhere.

# %%
least_workers = 150
worth = curve[curve["added_per_site"].fillna(np.inf) >= least_workers]
enough = int(worth["sites"].max())
enough

# %%
workspace.cleanup()
