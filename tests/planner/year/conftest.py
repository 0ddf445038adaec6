"""A made town over three years, planned year after year in one store."""

import pytest

from geodata.sample import write_years
from planner.pipeline import run
from planner.pipeline.network import stored_network
from planner.publication import publish
from planner.scenario import read_scenario


@pytest.fixture(scope="session")
def town_years(tmp_path_factory):
    """Give the folder of a town that changes for three years."""
    folder = tmp_path_factory.mktemp("years")
    write_years(folder, size="town", seed=1, years=3)
    return folder


@pytest.fixture(scope="session")
def scenario_of(town_years):
    """Give the scenario of a year, which goes on from a parent, with settings of the change budget."""

    def scenario(year, parent="", **change):
        folder = town_years if year == 1 else town_years / f"year-{year}"
        read = read_scenario(folder / "scenario.toml")
        budget = type(read.change).model_validate(
            {**read.change.model_dump(), "parent": parent, **change}
        )
        return read.model_copy(update={"change": budget})

    return scenario


@pytest.fixture(scope="session")
def planned(scenario_of, town_years):
    """Give the plan of a year and its budget, made once; keyed by what is asked."""
    made = {}

    def plan(year, parent="", **change):
        key = (year, parent, repr(sorted(change.items())))
        if key not in made:
            made[key] = run(scenario_of(year, parent, **change), store=town_years / "plans").plan
        return made[key]

    return plan


@pytest.fixture(scope="session")
def first(planned):
    """Give the first year's plan."""
    return planned(1)


@pytest.fixture(scope="session")
def second(planned, first):
    """Give the second year's plan, which goes on from the first."""
    return planned(2, first.plan_id)


@pytest.fixture(scope="session")
def in_force():
    """Give the function that publishes a plan of a store and returns what the record of it says, byte for byte."""

    def put_in_force(store, plan_id):
        def network_of(plan):
            return stored_network(store, plan.manifest["network"])

        publish(store, plan_id, by="a", why="b", network_of=network_of)
        return (store / "published.json").read_bytes()

    return put_in_force
