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
