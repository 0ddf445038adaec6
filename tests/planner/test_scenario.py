from pathlib import Path

import pytest

from planner.errors import ConfigurationError
from planner.scenario import parse_scenario, read_scenario

FILE = {"path": "a.xlsx"}
LEAST = {
    "name": "x",
    "inputs": {
        "roads": "r.osm.pbf",
        "register": FILE,
        "boundaries": FILE,
        "sites": FILE,
        "outdoor": FILE,
    },
}


def test_paths_resolve_from_the_scenario_file(tmp_path, monkeypatch):
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "s.toml").write_text(
        'name="x"\n[inputs]\nroads="r.pbf"\n'
        + "".join(
            f'[inputs.{name}]\npath="{name}.x"\n'
            for name in ("register", "boundaries", "sites", "outdoor")
        ),
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    scenario = read_scenario("there/s.toml")
    assert scenario.resolve(scenario.inputs.roads) == (folder / "r.pbf").resolve()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sead": 1}, "did you mean seed"),
        ({"seed": -1}, "seed"),
        ({"travel": {"max_snap_m": 0}}, "max_snap_m"),
        ({"policy": {"name": "nowhere"}}, "shanghai-2018"),
        (
            {
                "decisions": [
                    {"tier": "sttion", "site_id": "a", "decision": "open", "by": "b", "reason": "c"}
                ]
            },
            "unknown tiers",
        ),
        (
            {
                "decisions": [
                    {"tier": "station", "site_id": "a", "decision": word, "by": "b", "reason": "c"}
                    for word in ("open", "closed")
                ]
            },
            "both pinned and vetoed",
        ),
    ],
)
def test_wrong_values_are_named(change, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        parse_scenario(LEAST | change, Path())
    assert caught.value.exit_code == 3


def test_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigurationError, match="planner sample"):
        read_scenario(tmp_path / "none.toml")
