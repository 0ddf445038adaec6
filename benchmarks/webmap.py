"""The web application: how soon a map is ready, how long an answer takes, how many read at once.

    make bench-web BENCH_ARGS="--quick --json"

Maps are opened in a headless Chromium on a running server, beside a plain Folium map of the same points and areas in
the same run. The last line on stdout is one JSON object.
"""

import argparse
import importlib.util
import json
import logging
import shutil
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This file bears the name of the package it measures, which must be found first.
sys.path[:] = [path for path in sys.path if Path(path).resolve() != HERE]

ON = "base,boundaries,districts,station,service_point,rest_station,organisations"
WATCH = """new MutationObserver(() => {
    if (document.body && document.body.dataset.ready && !window.readyAt)
        requestAnimationFrame(() => setTimeout(() => { window.readyAt = performance.now(); }));
}).observe(document, {attributes: true, childList: true, subtree: true});"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def beside(name, path):
    """Load a module by its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


large_plan = beside("web_plan", HERE / "_web_plan.py").large_plan


@contextmanager
def served(store):
    """Serve a store on loopback."""
    from waitress import create_server

    from webmap.app import create_app
    from webmap.command import THREADS, listen
    from webmap.settings import ServeSettings

    app = create_app(ServeSettings(store=store))
    listening = listen("127.0.0.1", 0)
    server = create_server(app, sockets=[listening], threads=THREADS, connection_limit=1000)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
    finally:
        server.close()


def store_of(plan, folder):
    from planner.store import save_plan

    save_plan(plan, folder)
    return folder


def ready_ms(browser, address, times=3):
    """Return the median of the milliseconds until everything wished for is painted, and the nodes of the page."""
    found, nodes = [], 0
    for _ in range(times):
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.add_init_script(WATCH)
        page.on("pageerror", lambda error: sys.exit(f"the page fails: {error}"))
        page.goto(address, timeout=180_000)
        page.wait_for_function("() => window.readyAt", timeout=180_000)
        found.append(page.evaluate("() => window.readyAt"))
        nodes = page.evaluate("() => document.querySelectorAll('*').length")
        page.context.close()
    return round(statistics.median(found)), nodes


def map_at(browser, town, points, districts, times):
    plan = large_plan(town, districts=districts, organisations=points, enterprises=100)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(store_of(plan, Path(folder))) as (root, app),
    ):
        root_of_plan = f"{root}/plans/{plan.plan_id}/"
        html = len(urllib.request.urlopen(root_of_plan).read())
        start = time.perf_counter()
        parts = ("core", "base", "organisations")
        sizes = [app.extensions["shelf"].part(plan.plan_id, part).stat().st_size for part in parts]
        made = time.perf_counter() - start
        ms, nodes = ready_ms(browser, f"{root_of_plan}#on={ON}", times)
    say(
        f"{points:,} points, {districts:,} districts: {ms} ms, HTML {html / 1000:.1f} kB, data {sum(sizes) / 1e6:.2f} MB"
    )
    return {
        "ready_ms": ms, "html_kb": round(html / 1000, 1), "data_mb": round(sum(sizes) / 1e6, 2), "nodes": nodes,
        "first_made_s": round(made, 2),
    }, plan  # fmt: skip


def plain_folium(browser, plan, folder, times):
    """Open the same points and areas as Folium draws them by default, on its own canvas, with popups."""
    import folium

    shown = folium.Map(tiles=None, prefer_canvas=True)
    for library in ("leaflet.js", "leaflet.css"):  # beside the page, as ours are
        shutil.copyfile(HERE.parent / "webmap/static/vendor/leaflet" / library, folder / library)
    shown.default_js = [("leaflet", "leaflet.js")]
    shown.default_css = [("leaflet_css", "leaflet.css")]
    folium.GeoJson(plan.layers["units"][["name", "geometry"]].to_crs(4326)).add_to(shown)
    spots = plan.layers["organisations"].to_crs(4326)
    for name, spot in zip(spots["name"], spots.geometry, strict=True):
        folium.CircleMarker((spot.y, spot.x), radius=3, popup=name).add_to(shown)
    west, south, east, north = spots.total_bounds
    shown.fit_bounds([[south, west], [north, east]])
    path = folder / "folium.html"
    shown.save(path)
    # jQuery serves popups alone; without a network it is left out, which favours Folium.
    html = path.read_text(encoding="utf-8").replace(
        "$(`", "(h => [new DOMParser().parseFromString(h, 'text/html').body.firstChild])(`"
    )
    html = html.replace("</html>", "<script>document.body.dataset.ready = 'yes';</script></html>")
    path.write_text(html, encoding="utf-8")
    ms, nodes = ready_ms(browser, path.as_uri(), times)
    say(f"plain Folium, the same: {ms} ms, HTML {path.stat().st_size / 1e6:.1f} MB")
    return {"ready_ms": ms, "html_kb": round(path.stat().st_size / 1000, 1), "nodes": nodes}


def questions(plan):
    """Names, parts of names, codes, words that everybody bears and some that nobody does."""
    firms = plan.layers["enterprises"]
    some = firms.iloc[:: max(1, len(firms) // 40)]
    asked = [
        *some["name"],
        *(name[2:6] for name in some["name"]),
        *(name[3:5] for name in some["name"]),
    ]
    asked += [
        *some["uscc"],
        *(code[:12] for code in some["uscc"]),
        "有限公司",
        "上海",
        "科技",
        "科技 有限公司",
        "司限有",
        "第1",
        "zz",
    ]
    asked += [f"{name[2:4]} 物流" for name in some["name"]] + [
        "上",
        "公司上海",
        "岚澄 餐饮 有限公司",
        "9131",
    ]
    return asked


def search(town, enterprises, readers):
    from webmap.search import build_index

    plan = large_plan(town, districts=1000, organisations=20_000, enterprises=enterprises)
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(plan, Path(folder))
        with served(store) as (root, app):
            shelf = app.extensions["shelf"]
            start = time.perf_counter()
            path = shelf.file(plan.plan_id, "search.sqlite", build_index)
            built = time.perf_counter() - start
            index = shelf.index(plan.plan_id)
            shelf.prepare()
            while not shelf.idle():  # readers come to a plan that is ready
                time.sleep(0.2)
            asked = questions(plan)
            took = []
            for text in asked:
                start = time.perf_counter()
                index.ask(text, staff=True)
                took.append((time.perf_counter() - start) * 1000)
            worst = max(zip(took, asked, strict=True))
            say(
                f"search at {enterprises:,}: worst {worst[0]:.1f} ms ({worst[1]}), built in {built:.0f} s"
            )
            out = {
                "enterprises": enterprises, "questions": len(asked), "median_ms": round(statistics.median(took), 2),
                "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2), "worst_ms": round(worst[0], 2),
                "worst_question": worst[1], "built_s": round(built, 1), "index_mb": round(path.stat().st_size / 1e6, 1),
            }  # fmt: skip
            return out, crowd(root, plan, asked, readers)


def crowd(root, plan, asked, readers):
    """Let many readers open the list, the map with its data, and search, all at once."""

    def read(k):
        took, errors = [], 0
        pages = [
            "/",
            f"/plans/{plan.plan_id}/",
            *(f"/plans/{plan.plan_id}/data/{p}.json" for p in ("core", "base", "organisations")),
        ]
        texts = [asked[(7 * k + j) % len(asked)] for j in range(5)]
        pages += [
            f"/plans/{plan.plan_id}/search.json?q={urllib.parse.quote(text)}" for text in texts
        ]
        pages.append(f"/plans/{plan.plan_id}/enterprises.json?box=100,0,140,60&width=1400")
        for page in pages:
            start = time.perf_counter()
            try:
                request = urllib.request.Request(root + page, headers={"Accept-Encoding": "gzip"})
                with urllib.request.urlopen(request, timeout=60) as reply:
                    errors += reply.status != 200
                    reply.read()
            except OSError:
                errors += 1
            took.append(time.perf_counter() - start)
        return took, errors

    read(0)  # what is made once is made
    with ThreadPoolExecutor(readers) as pool:
        found = list(pool.map(read, range(readers)))
    took = [one for times, _ in found for one in times]
    errors = sum(count for _, count in found)
    say(
        f"{readers} readers at once: {len(took)} requests, {errors} errors, slowest {max(took):.2f} s"
    )
    return {
        "readers": readers, "requests": len(took), "errors": errors, "median_s": round(statistics.median(took), 3),
        "slowest_s": round(max(took), 2),
    }  # fmt: skip


def main():
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="each map once; full sizes all the same"
    )
    parser.add_argument("--json", action="store_true", help="print only the last line")
    arguments = parser.parse_args()
    times = 1 if arguments.quick else 3
    tool = beside("browser", HERE.parent / "tests" / "browser.py")
    town = beside("web_plan", HERE / "_web_plan.py").town_plan()
    out = {}
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(
            executable_path=str(tool.find_browser()), args=list(tool.FLAGS)
        )
        ready_ms_warm, _ = map_at(browser, town, 1_000, 100, 1)
        out["warm_up_ready_ms"] = ready_ms_warm["ready_ms"]
        out["map_10k"], plan = map_at(browser, town, 10_000, 1_000, times)
        out["folium_10k"] = plain_folium(browser, plan, Path(folder), 1)
        out["map_100k"], _ = map_at(browser, town, 100_000, 1_000, times)
        browser.close()
    out["search"], out["readers"] = search(town, 500_000, 50)
    print(json.dumps(out, ensure_ascii=False))


if __name__ == "__main__":
    main()
