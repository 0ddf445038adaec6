"""Every notebook runs from its first cell to its last, without a network, and shows what it promises."""

import runpy
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


def test_there_are_notebooks_and_only_as_percent_scripts():
    assert [path.name for path in NOTEBOOKS][:1] == ["01_first_look.py"]
    assert not list(NOTEBOOKS[0].parent.glob("*.ipynb"))
    for path in NOTEBOOKS:
        assert "# %% [markdown]" in path.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path):
    shown = runpy.run_path(str(path))
    assert not shown["folder"].exists()
    assert (
        shown["checked"]["rows"] == shown["checked"][["kept", "rejected", "not data"]].sum(axis=1)
    ).all()
    assert shown["plan"].plan_id.startswith("p")
    assert set(shown["districts"]["district_id"]) == set(shown["plan"].facilities["district_id"])
    assert len(shown["kpis"]) == len(shown["plan"].kpis)
