"""axe-core finds nothing serious on the page, in either language, on any width, with everything open."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"


@pytest.mark.parametrize(("language", "width"), [("中文", 1400), ("English", 390)])
def test_axe_finds_nothing(visit, map_folder, plan, language, width):
    seen = visit(map_folder, width=width)
    seen.page.get_by_role("button", name=language).click()
    seen.page.fill("#search", plan.districts["name"].iloc[0])  # a few rows stand for many
    seen.open_all()
    seen.page.locator("button.go").first.click()
    seen.popup()
    seen.settle()
    seen.run(AXE.read_text(encoding="utf-8"))
    found = seen.run("() => axe.run(document)")
    wrong = [
        (rule["impact"], rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
        for rule in found["violations"]
    ]

    assert len(found["passes"]) > 15
    assert not wrong


def test_axe_would_find_something(visit, map_folder):
    seen = visit(map_folder)
    seen.run(
        "() => { document.querySelector('#search').removeAttribute('aria-label');"
        " document.querySelector('#search').placeholder = ''; document.documentElement.lang = ''; }"
    )
    seen.run(AXE.read_text(encoding="utf-8"))
    found = {rule["id"] for rule in seen.run("() => axe.run(document)")["violations"]}

    assert {"label", "html-has-lang"} <= found


@pytest.mark.parametrize(
    ("place", "language", "width"),
    [
        ("plan", "zh", 1400),
        ("plan", "en", 390),
        ("list", "zh", 390),
        ("search", "en", 1400),
        ("compare", "zh", 1400),
        ("files", "en", 390),
        ("fault", "zh", 390),
    ],
)
def test_axe_finds_nothing_on_a_served_page(visit, site, plan, other_plan, place, language, width):
    address = {
        "plan": f"/plans/{plan.plan_id}/?",
        "list": "/?",
        "search": f"/search?q={plan.layers['street_towns']['name'].iloc[0]}&",
        "compare": f"/compare?a={plan.plan_id}&b={other_plan.plan_id}&",
        "files": f"/plans/{plan.plan_id}/files/?",
        "fault": "/plans/p0000/?",
    }[place]
    ready = place in {"plan", "search", "compare"}
    seen = visit(f"{site}{address}lang={language}", width=width, ready=ready)
    if place == "plan":
        seen.open_all()
        seen.page.get_by_role("checkbox").nth(4).check()
    if place == "search":
        seen.page.wait_for_selector(".answer")
    seen.settle()
    seen.run(AXE.read_text(encoding="utf-8"))
    found = seen.run("() => axe.run(document)")
    wrong = [
        (rule["impact"], rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
        for rule in found["violations"]
    ]

    assert len(found["passes"]) > 10
    assert not wrong
