"""What every test may use: the shared data, and one planned town."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that is busy with other work is slow, not wrong.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """Give the folder of shared data; it is a user's right not to have it, and CI's duty to."""
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared is absent, and CI must have it")
        pytest.skip("../shared is absent on this machine")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def key_folder(tmp_path_factory):
    """Keep the key that signs kept stages out of the user's own folder, here and in commands called from here."""
    before = os.environ.get("PLANNER_KEY_FOLDER")
    os.environ["PLANNER_KEY_FOLDER"] = str(tmp_path_factory.mktemp("keys"))
    yield
    if before is None:
        del os.environ["PLANNER_KEY_FOLDER"]
    else:
        os.environ["PLANNER_KEY_FOLDER"] = before


@pytest.fixture(autouse=True)
def english():
    """Texts in tests are English unless a test asks for Chinese."""
    from geodata.messages import set_language

    set_language("en")


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """Give a made town as the files a user would bring; tests copy what they change."""
    from geodata.sample import write_sample

    folder = tmp_path_factory.mktemp("town")
    write_sample(folder, size="town", seed=1)
    return folder


@pytest.fixture(scope="session")
def town_run(town, tmp_path_factory):
    """Give the town's run: (run, store)."""
    from geodata.messages import set_language
    from planner.pipeline import run
    from planner.scenario import read_scenario

    set_language("en")  # kept stages are those of a language, whichever test comes first
    store = tmp_path_factory.mktemp("store")
    return run(read_scenario(town / "scenario.toml"), store=store), store
