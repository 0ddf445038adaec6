"""Names that try to run something: none does, with the page's policy and without it."""

import dataclasses
import itertools
import re

import pytest

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
        {**source, **{key: next(corpus) for key in ("layer", "path", "owner", "licence", "as_of")}}
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
def hostile_folder(plan, tmp_path_factory):
    from webmap.writer import write_map

    folder = tmp_path_factory.mktemp("hostile")
    write_map(_poisoned(plan), folder)
    return folder


@pytest.fixture(params=["policy", "no policy"])
def folder(request, hostile_folder, tmp_path):
    """Give the hostile map as it is, and with its Content-Security-Policy removed."""
    if request.param == "policy":
        return hostile_folder
    import shutil

    shutil.copytree(hostile_folder, tmp_path / "map")
    index = tmp_path / "map" / "index.html"
    html = index.read_text(encoding="utf-8")
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert bare != html
    index.write_text(bare, encoding="utf-8")
    return tmp_path / "map"


def test_no_name_runs(visit, folder):
    seen = visit(folder)
    seen.open_all()
    for language in ("English", "中文"):
        seen.page.get_by_role("button", name=language).click()
        for layer in ("districts", "organisations", "tiers"):
            shapes = seen.run(
                "layer => [planmap.layers[layer]].flat().flatMap(part => part.shapes.slice(0, 20)).length",
                layer,
            )
            assert shapes > 0
            seen.run(
                """layer => [planmap.layers[layer]].flat().forEach(part => {
                    if (!planmap.map.hasLayer(part.group)) part.box.click();
                    for (const shape of part.shapes.slice(0, 20)) shape.openPopup();
                })""",
                layer,
            )
    for text in CORPUS:
        seen.page.fill("#search", text)
    seen.page.fill("#search", "")
    seen.settle()

    assert seen.run("() => window.pwned === undefined && ({}).pwned === undefined")
    assert seen.dialogs == []
    assert seen.complaints == []
    assert all(url.startswith("file:") for url in seen.requests)
    for tag in ("img", "svg", "iframe", "math", "a[href^=javascript]"):
        assert seen.page.locator(f"#panel {tag}, .leaflet-popup {tag}").count() == 0
    title = "".join(CORPUS)
    assert seen.page.locator("h1").text_content() == title
    assert (
        seen.page.title().split()
        == f"{seen.run('() => planmap && PLAN.words.title[0]')} · {title}".split()
    )


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
