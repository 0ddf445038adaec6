"""Names that try to run something: none does, with the page's policy and without it."""

import dataclasses
import itertools
import re
import shutil
import time
import urllib.parse

import pytest

from planner.store import save_plan
from webmap.settings import ServeSettings

pytestmark = pytest.mark.browser

CORPUS = (
    "<img src=x onerror=\"window.pwned='img'\">",
    "<svg onload=\"window.pwned='svg'\"></svg>",
    "</script><script>window.pwned='script'</script>",
    "<!--<script>window.pwned='comment'</script>",
    "${window.pwned='template'}",
    "`${window.pwned='backtick'}`",
    "');window.pwned='quote';('",
    '");window.pwned="double";("',
    "\\');window.pwned='backslash';//",
    "\u2028window.pwned='line'\u2029//",
    "javascript:window.pwned='link'",
    '"><a href="javascript:window.pwned=1" autofocus onfocus="window.pwned=2">x</a>',
    "{{7*7}}{% raw %}{{ this }}",
    "<style>*{background:url(http://127.0.0.1:9/x)}</style>",
    "<iframe srcdoc=\"<script>parent.pwned='frame'</script>\">",
    "&lt;img src=x onerror=window.pwned='entity'&gt;",
    "]]><math><mtext><img src=x onerror=window.pwned='math'>",
    "__proto__",
)


def _poisoned(plan):
    """Return the plan with hostile text in every place a person can write."""
    corpus = itertools.cycle(CORPUS)

    def spoil(frame, *columns):
        return frame.assign(**{c: [f"{n} {next(corpus)}" for n in frame[c]] for c in columns})

    layers = dict(plan.layers)
    for layer, columns in {
        "organisations": ("name",),
        "sites": ("name", "kind"),
        "street_towns": ("name",),
        "boroughs": ("name",),
        "units": ("name",),
        "enterprises": ("name", "address", "union_name", "carrier_name"),
    }.items():
        layers[layer] = spoil(layers[layer], *columns)
    decisions = dict(plan.decisions)
    decisions["districts"] = spoil(decisions["districts"], "name")
    decisions["facilities"] = spoil(decisions["facilities"], "reason")
    manifest = dict(plan.manifest)
    manifest["name"] = "".join(CORPUS)
    manifest["created"] = CORPUS[0]
    manifest["sources"] = [
        {**source, **{key: next(corpus) for key in ("path", "owner", "licence", "as_of")}}
        | ({} if source["layer"] == "roads" else {"layer": next(corpus)})
        for source in manifest["sources"]
    ]
    facility = plan.facilities.iloc[0]
    manifest["scenario"] = {
        **manifest["scenario"],
        "decisions": [
            {
                "tier": facility["tier"],
                "site_id": facility["site_id"],
                "decision": "open",
                "by": CORPUS[0],
                "reason": CORPUS[2],
            }
        ],
    }
    return dataclasses.replace(plan, layers=layers, decisions=decisions, manifest=manifest)


@pytest.fixture(scope="module")
def hostile_plan(plan):
    return _poisoned(plan)


@pytest.fixture(scope="module")
def hostile_folder(hostile_plan, tmp_path_factory):
    from webmap.writer import write_map

    folder = tmp_path_factory.mktemp("hostile")
    write_map(hostile_plan, folder)
    return folder


@pytest.fixture(scope="module")
def hostile_site(hostile_plan, running, tmp_path_factory):
    """Give a running server with two hostile plans."""
    store = tmp_path_factory.mktemp("hostile-store")
    facilities = hostile_plan.facilities.iloc[1:]
    fewer = {**hostile_plan.decisions, "facilities": facilities}
    for one in (hostile_plan, dataclasses.replace(hostile_plan, decisions=fewer)):
        save_plan(one, store)
    with running(ServeSettings(store=store)) as (address, app):
        shelf = app.extensions["shelf"]
        for one in shelf.plans()[0]:
            while shelf.index(one.plan_id) is None:
                time.sleep(0.05)
        yield address


@pytest.fixture(params=["policy", "no policy"])
def folder(request, hostile_folder, tmp_path):
    """Give the hostile map as it is, and with its Content-Security-Policy removed."""
    if request.param == "policy":
        return hostile_folder
    shutil.copytree(hostile_folder, tmp_path / "map")
    index = tmp_path / "map" / "index.html"
    html = index.read_text(encoding="utf-8")
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert bare != html
    index.write_text(bare, encoding="utf-8")
    return tmp_path / "map"


def exercise(seen):
    """Open every section, every layer and a popup of each; type the whole corpus into the search."""
    seen.open_all()
    for key in seen.run("() => Object.keys(planmap.layers)"):
        count = seen.run(
            """async (key) => {
                const layer = planmap.layers[key];
                await layer.show(true);
                await layer.load();
                if (!layer.main) return 0;
                const { place, shape } = layer.main;
                const rows = place ? place.x.length : shape.feature ? shape.feature.length - 1 : shape.count;
                const most = Math.min(20, rows);
                for (let i = 0; i < most; i += 1) planmap.views[0].go(layer.main, i);
                return most;
            }""",
            key,
        )
        assert count > 0 or key in {"base", "boundaries", "enterprises"}
    for text in CORPUS:
        seen.page.fill("#search", text)
    seen.page.fill("#search", "<")
    seen.page.wait_for_timeout(400)
    seen.page.fill("#search", "")
    seen.settle()


def assert_nothing_ran(seen, scheme):
    assert seen.run("() => window.pwned === undefined && ({}).pwned === undefined")
    assert seen.dialogs == []
    assert seen.complaints == []
    assert all(url.startswith(scheme) for url in seen.requests)
    for tag in ("img", "svg", "iframe", "math", "a[href^=javascript]", "script", "style"):
        found = f"#panel {tag}, .leaflet-popup {tag}, main {tag}"
        assert seen.page.locator(found).count() == 0


def test_no_name_runs(visit, folder):
    seen = visit(folder)
    for language in ("English", "中文"):
        seen.page.get_by_role("button", name=language).click()
        exercise(seen)

    assert_nothing_ran(seen, "file:")
    title = "".join(CORPUS)
    assert seen.page.locator("h1").text_content() == title
    said = f"{seen.run('() => planmap.core.words.title[0]')} · {title}"
    assert seen.page.title().split() == said.split()


def unguarded(page):
    """Take the server's policy away on its way to the browser."""

    def bare(route):
        answer = route.fetch()
        headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    page.route("**/*", bare)


@pytest.mark.parametrize("guarded", [True, False], ids=["policy", "no policy"])
@pytest.mark.parametrize("place", ["plan", "list", "search", "compare", "fault"])
def test_no_name_runs_on_a_served_page(visit, hostile_site, hostile_plan, place, guarded):
    plan_id = hostile_plan.plan_id
    other = _other_id(hostile_plan)
    bad = urllib.parse.quote(CORPUS[0], safe="")
    address = {
        "plan": f"/plans/{plan_id}/",
        "list": "/",
        "search": f"/search?q={urllib.parse.quote('<img')}",
        "compare": f"/compare?a={plan_id}&b={other}",
        "fault": f"/search?plan={bad}&q={bad}",
    }[place]
    ready = {"plan", "search", "compare"}
    seen = visit(
        hostile_site + address, prepare=None if guarded else unguarded, ready=place in ready
    )
    if place == "plan":
        exercise(seen)
        seen.page.fill("#search", "onerror")
        seen.page.wait_for_selector(".answer")
    if place == "search":
        seen.page.wait_for_selector(".answer")
        assert CORPUS[0][:4] in seen.page.locator(".answers").text_content()
    if place == "list":
        assert "".join(CORPUS).split() == seen.page.locator("h2 a").first.text_content().split()

    assert_nothing_ran(seen, hostile_site)


def _other_id(plan):
    fewer = {**plan.decisions, "facilities": plan.facilities.iloc[1:]}
    return dataclasses.replace(plan, decisions=fewer).plan_id


def test_every_text_is_shown_as_it_was_written(visit, folder):
    seen = visit(folder)
    seen.open_all()
    listed = "\n".join(seen.page.locator("#panel td").all_text_contents())

    for text in CORPUS:
        assert text in listed, text


def test_the_corpus_would_run_if_names_were_html(visit, folder):
    """The alarm works: the same text as HTML runs without the policy, and the policy stops it."""
    seen = visit(folder)
    seen.run("html => { document.querySelector('h1').innerHTML = html; }", CORPUS[0])
    seen.settle()
    policy = "Content-Security-Policy" in (folder / "index.html").read_text(encoding="utf-8")

    assert seen.run("() => window.pwned") == (None if policy else "img")


@pytest.mark.parametrize("guarded", [True, False], ids=["policy", "no policy"])
def test_the_alarm_works_on_the_server_too(visit, hostile_site, guarded):
    seen = visit(hostile_site, prepare=None if guarded else unguarded, ready=False)
    seen.run("html => { document.querySelector('h1').innerHTML = html; }", CORPUS[0])
    seen.settle()

    assert seen.run("() => window.pwned") == (None if guarded else "img")
