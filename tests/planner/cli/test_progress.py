"""What people see while a long run works: a bar with the time left on a terminal, one line per stage elsewhere."""

import io
import sys
import time

import pytest

from geodata.messages import current_language, set_language
from planner.cli.progress import StageDisplay


class Screen(io.StringIO):
    def __init__(self, *, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.fixture(params=[True, False], ids=["terminal", "file"])
def shown(request, monkeypatch):
    """Give what three stages show: one kept, one that moves, one to come; and where."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Screen(terminal=request.param)
    monkeypatch.setattr(sys, "stderr", screen)
    before = current_language()
    set_language("en")
    display = StageDisplay()
    try:
        display.expect({"layers": 1.0, "districts": 1.0, "verify": 2.0})
        display.begin("layers", "reading")
        display.end("layers", 0.01, kept=True)
        display.begin("districts", "drawing [all] districts")
        display._begun = (
            time.monotonic() - 30.0
        )  # half of a quarter took so long: the rest takes 2:30
        display.move(5, 10)
        if request.param:
            display._bar.refresh()
        display.end("districts", 60.0, kept=False)
    finally:
        display.close()
        set_language(before)
    return screen.getvalue(), request.param


def test_every_stage_that_ended_is_a_line(shown):
    text, _terminal = shown
    assert "  reading  kept from an earlier run" in text
    assert "  drawing [all] districts  60.0 s" in text


def test_a_terminal_shows_how_far_it_is_and_how_long_it_takes(shown):
    text, terminal = shown
    assert ("2/3 drawing [all] districts" in text) is terminal
    assert ("about 2:30 left" in text) is terminal
    assert ("\x1b[" in text) is terminal
