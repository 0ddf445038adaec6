"""The line up to its districts, for tests that ask nothing of the sites."""

import pytest

from planner.pipeline import run
from planner.pipeline.kept import KeptAnswers
from planner.pipeline.keys import stage_keys
from planner.pipeline.watch import Watch


class Enough(Exception):  # noqa: N818 - no error: the districts are drawn
    """The districts are drawn."""


class UntilDrawn(Watch):
    """A watch that ends the run when the districts are drawn."""

    def stage(self, name, title):
        if name == "access":
            raise Enough
        return super().stage(name, title)


@pytest.fixture(scope="session")
def drawn():
    """Return the function that draws a scenario's districts as its run does; stages kept in the store are taken."""

    def drawn_(scenario, store):
        with pytest.raises(Enough):
            run(scenario, store=store, watch=UntilDrawn())
        found, answer = KeptAnswers(store).read("districts", stage_keys(scenario)["districts"])
        assert found
        return answer

    return drawn_


@pytest.fixture(scope="module")
def searched_once():
    """Search the roads again only where sites or access changed: searching is tested elsewhere, and slow."""
    from planner.verify import world

    search, known = world.all_pairs, {}

    def all_pairs(plan, policy, network):
        frames = (plan.facilities, plan.derived["access"], plan.derived["access_points"])
        key = tuple(id(frame) for frame in frames)
        if key not in known:
            known[key] = (frames, search(plan, policy, network))
        return known[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "all_pairs", all_pairs)
        yield
