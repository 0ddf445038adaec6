"""The command line called in this process, and a town whose files a test may spoil."""

import json
import shutil
from dataclasses import dataclass

import openpyxl
import pytest

from planner.cli.main import main


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """Stdout as the one JSON value it must be."""
        return json.loads(self.out)


@pytest.fixture
def call(capsys, monkeypatch):
    """Call ``planner`` with words and get exit code, stdout and stderr."""
    monkeypatch.setenv("PLANNER_LANG", "en")

    def call_(*words):
        capsys.readouterr()
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call_


ROWS = 200


@pytest.fixture(scope="session")
def small_town(town, tmp_path_factory):
    """Give the town with its register cut to its first rows, so that reading it is quick."""
    folder = tmp_path_factory.mktemp("small") / "town"
    shutil.copytree(town, folder)
    book = openpyxl.load_workbook(folder / "register.xlsx")
    book.active.delete_rows(ROWS + 1, book.active.max_row)
    book.save(folder / "register.xlsx")
    return folder


@pytest.fixture
def town_copy(small_town, tmp_path):
    """Give a copy of the small town's files that a test may spoil."""
    folder = tmp_path / "town"
    shutil.copytree(small_town, folder)
    return folder
