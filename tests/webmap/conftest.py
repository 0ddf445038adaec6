"""A real headless Chromium, and the planned town's map as a folder."""

import dataclasses
import importlib.util
import os
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from planner.store import save_plan
from webmap.command import listen
from webmap.settings import ServeSettings

from .clients import client_of

TOOL = Path(__file__).resolve().parents[1] / "browser.py"


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Let a test wait for what is being made: a busy machine is no fault. Tests of the waiting itself say how long."""
    monkeypatch.setattr("webmap.shelf.PATIENCE_S", 120.0)


@pytest.fixture(scope="session")
def browser():
    """Give a Chromium; a user may have none, CI must."""
    spec = importlib.util.spec_from_file_location("browser_tool", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    path = tool.find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium, and CI must have one")
        pytest.skip("there is no Chromium on this machine (`make browser` says how to get one)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(path), args=list(tool.FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def plan(town_run):
    """Give the town's plan."""
    return town_run[0].plan


@pytest.fixture(scope="session")
def map_folder(plan, tmp_path_factory):
    """Give the folder of the town's map."""
    from webmap.writer import write_map

    folder = tmp_path_factory.mktemp("map")
    write_map(plan, folder)
    return folder


@pytest.fixture(scope="session")
def other_plan(plan):
    """Give a plan that lacks one service point and calls itself otherwise."""
    facilities = plan.facilities
    gone = facilities.index[facilities["tier"] == "service_point"][0]
    decisions = {**plan.decisions, "facilities": facilities.drop(index=gone)}
    kpis = {**plan.kpis, "service_point_sites": plan.kpis["service_point_sites"] - 1}
    kpis["service_point_coverage_share"] -= 0.01
    kpis["station_mean_min"] += 0.001  # which nobody sees, so nobody is told that it is worse
    manifest = {**plan.manifest, "name": "别的方案", "created": "2020-01-01T00:00:00+00:00"}
    return dataclasses.replace(plan, decisions=decisions, kpis=kpis, manifest=manifest)


@pytest.fixture(scope="session")
def store(plan, other_plan, tmp_path_factory):
    """Give a store of two plans; tests that spoil one copy it."""
    folder = tmp_path_factory.mktemp("served") / "plans"
    for one in (plan, other_plan):
        save_plan(one, folder)
    return folder


@contextmanager
def running(settings):
    """Serve a store on loopback while the block lasts; gives the address and the application."""
    from waitress import create_server

    from webmap.app import create_app

    app = create_app(settings)
    listening = listen("127.0.0.1", 0)
    server = create_server(app, sockets=[listening], threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
    finally:
        # Answers under way end first; then the loop's own thread closes its sockets, or it would wait on closed ones.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: close(server))
        thread.join(5)
        assert not thread.is_alive()


def close(server):
    """Close a server and what readers left open; called in the thread of its loop."""
    for channel in list(server.active_channels.values()):
        channel.close()
    server.close()


@pytest.fixture(scope="session", name="running")
def _running():
    """Give the function that serves a store while a block lasts."""
    return running


@pytest.fixture(scope="session")
def site(store):
    """Give the address of a running server with the search of its plans made."""
    with running(ServeSettings(store=store)) as (address, app):
        shelf = app.extensions["shelf"]
        for one in shelf.plans()[0]:
            while shelf.index(one.plan_id) is None:
                time.sleep(0.05)
        yield address


@dataclass
class Visit:
    """An open page and everything it asked for or complained about."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)

    def run(self, script, argument=None):
        """Return what a script in the page gives."""
        return self.page.evaluate(script, argument)

    def open_all(self):
        """Open every section of the panel."""
        self.run(
            "() => document.querySelectorAll('#panel details').forEach(d => { d.open = true; })"
        )
        self.page.wait_for_timeout(200)  # tables are filled when they are first opened

    def popup(self):
        """Return the popup's kind, heading and rows as {label: value}."""
        self.page.wait_for_selector(".leaflet-popup .card")
        return self.run("""() => {
            const box = [...document.querySelectorAll('.leaflet-popup .card')].pop();
            const cells = [...box.querySelectorAll('dt')].map(t => [t.textContent, t.nextSibling.textContent]);
            return {kind: box.querySelector('.kind').textContent, title: box.querySelector('h2').textContent,
                    rows: Object.fromEntries(cells)};
        }""")

    def popup_of(self, layer, place):
        """Open the popup of a row of a layer, as a click on it does."""
        self.run(
            """async ([key, i]) => { const layer = planmap.layers[key]; if (!layer.on) await layer.show(true);
            await layer.load(); planmap.views[0].go(layer.main, i); }""",
            [layer, place],
        )
        return self.popup()

    def settle(self):
        """Wait until the map has stopped moving and drawn itself."""
        self.page.wait_for_timeout(350)

    def pixels(self, colour):
        """Return how many pixels of the map's canvas have exactly this colour, and how many colours there are."""
        return self.run(
            """colour => {
            const canvas = document.querySelector('.leaflet-overlay-pane canvas');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const wanted = parseInt(colour.slice(1), 16), seen = new Set();
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                const value = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
                if (data[i + 3] === 255 && value === wanted) count += 1;
                seen.add(value);
            }
            return {count, colours: seen.size};
        }""",
            colour,
        )


@pytest.fixture
def visit(browser):
    """Give a function that opens an address, or a folder's index.html as a file, and watches it."""
    contexts = []

    def open_page(folder, width=1400, height=900, prepare=None, ready=True):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        seen = Visit(page)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                seen.complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )

        def close(dialog):
            seen.dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", close)
        if prepare:
            prepare(page)
        page.goto(folder if isinstance(folder, str) else (folder / "index.html").as_uri())
        if ready:
            page.wait_for_selector("body[data-ready=yes]")
        seen.settle()
        return seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def own_store(store, tmp_path):
    """Give a copy of the store that a test may spoil."""
    return shutil.copytree(store, tmp_path / "plans", ignore=shutil.ignore_patterns(".cache"))


@pytest.fixture
def client(store):
    return client_of(ServeSettings(store=store))
