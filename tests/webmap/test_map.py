"""The map in a real browser, exported as a folder and served: what is drawn, listed, said and asked for."""

import re

import pytest

from planner.explain import district_areas, policy_of, site_cards
from planner.policy import read_policy

pytestmark = pytest.mark.browser

TIERS = tuple(tier.name for tier in read_policy("shanghai-2018", None, {}).tiers)


@pytest.fixture(params=["folder", "server"])
def opened(request, plan):
    """Give what to open: the exported folder, and the page of the same plan on a running server."""
    if request.param == "folder":
        return request.getfixturevalue("map_folder")
    return f"{request.getfixturevalue('site')}/plans/{plan.plan_id}/"


def speak(seen, language):
    """Change the language as a reader does: a button of the folder, a link of the server; open what was open."""
    link = seen.page.locator(f".bar a:text-is('{language}')")
    if link.count():
        with seen.page.expect_navigation():
            link.click()
        seen.page.wait_for_selector("body[data-ready=yes]")
    else:
        seen.page.locator(f"button:text-is('{language}')").click()
    seen.open_all()


def _number(text):
    return int(text.replace(",", ""))


def test_opens_from_a_file_and_asks_no_host(visit, map_folder):
    seen = visit(map_folder)
    speak(seen, "English")
    seen.open_all()
    seen.page.locator("button.go").first.click()
    seen.settle()

    assert seen.complaints == []
    assert all(url.startswith(("file:", "data:")) for url in seen.requests)
    names = {url.rsplit("/", 1)[1] for url in seen.requests if url.startswith("file:")}
    assert {"index.html", "data.js", "leaflet.js", "planmap.js"} <= names


def test_no_page_of_the_server_asks_another_host(visit, site, plan, other_plan):
    seen = visit(f"{site}/?lang=zh", ready=False)
    for place in (
        f"plans/{plan.plan_id}/",
        f"plans/{plan.plan_id}/files/",
        f"compare?a={plan.plan_id}&b={other_plan.plan_id}",
        "search?q=科技",
    ):
        seen.page.goto(f"{site}/{place}")
        seen.page.wait_for_load_state("networkidle")
        if place.startswith("compare"):
            rows = seen.run(
                "() => [...document.querySelectorAll('main th[scope=row]')].map(t => t.clientHeight)"
            )
            assert len(rows) > 50
            assert max(rows) < 80  # no name is squeezed to a column of letters
    assert len(seen.requests) > 20
    assert all(url.startswith(site) for url in seen.requests)
    assert seen.complaints == []


def test_html_is_small(map_folder):
    assert (map_folder / "index.html").stat().st_size < 100_000


def test_everything_is_drawn(visit, opened, plan):
    seen = visit(opened)
    tiers = seen.run("() => planmap.core.tiers.map(t => [t.key, t.colour])")

    assert [key for key, _ in tiers] == [tier.name for tier in policy_of(plan).tiers]
    assert set(plan.facilities["tier"]) == {key for key, _ in tiers}
    assert {key: colour for key, colour in tiers if seen.pixels(colour)["count"] <= 20} == {}
    assert seen.pixels("#333333")["colours"] > 100
    credit = seen.page.locator(".leaflet-control-attribution").text_content()
    assert credit == "虚构示例 invented (planner sample)"


@pytest.mark.parametrize("tier", TIERS)
def test_a_layer_is_switched_off_and_on(visit, opened, tier):
    seen = visit(opened)
    colour, name = seen.run(
        "key => { const t = planmap.core.tiers.find(t => t.key === key); return [t.colour, t.label[0]]; }",
        tier,
    )
    before = seen.pixels(colour)["count"]
    box = seen.page.get_by_role("checkbox", name=name, exact=True)
    box.uncheck()
    seen.settle()
    off = seen.pixels(colour)["count"]
    box.check()
    seen.settle()

    assert before > 0
    assert off == 0
    assert seen.pixels(colour)["count"] > 0


def test_a_clicked_district_says_what_the_table_and_the_plan_say(visit, opened, plan):
    seen = visit(opened)
    speak(seen, "English")
    for box in seen.page.locator("input[type=checkbox]").all():
        box.uncheck()
    seen.page.get_by_role("checkbox", name="federation districts").check()
    seen.open_all()
    areas = district_areas(plan)
    inside = areas.geometry.representative_point().to_crs(4326)
    for row, point in zip(areas.to_dict(orient="records"), inside, strict=True):
        at = seen.run(
            "([lat, lon]) => { planmap.map.closePopup(); planmap.map.setView([lat, lon], 15, {animate: false});"
            " const p = planmap.map.latLngToContainerPoint([lat, lon]);"
            " const box = planmap.map.getContainer().getBoundingClientRect(); return [box.x + p.x, box.y + p.y]; }",
            [point.y, point.x],
        )
        seen.settle()
        seen.page.mouse.click(*at)
        popup = seen.popup()
        listed = seen.page.locator(f'tr[data-id="{row["district_id"]}"] td').all_text_contents()

        assert popup["title"] == row["name"] == listed[0]
        assert popup["rows"]["subdistrict or town"] == row["street_town"] == listed[1]
        assert popup["rows"]["union organisations"] == listed[2] == f"{row['organisations']:,}"
        assert popup["rows"]["workers"] == listed[3] == f"{row['workers']:,}"
        assert popup["rows"]["both in band"] == listed[4] == ("yes" if row["in_band"] else "no")
        assert (
            popup["rows"]["professionals posted / needed"]
            == listed[5]
            == f"{row['professionals_posted']} / {row['professionals_needed']}"
        )
        assert _number(popup["rows"]["basic units"]) == row["units"]


def test_map_and_tables_show_every_site_of_the_plan(visit, opened, plan):
    seen = visit(opened)
    seen.open_all()
    drawn = seen.run(
        "() => planmap.core.tiers.map((t) => [t.key, planmap.layers[t.key].main.place.x.length])"
    )
    opened = plan.facilities.groupby("tier").size()
    cards = site_cards(plan).set_index("facility_id")

    assert dict(drawn) == {
        tier.name: int(opened.get(tier.name, 0)) for tier in policy_of(plan).tiers
    }
    for facility, tier in zip(plan.facilities["facility_id"], plan.facilities["tier"], strict=True):
        row = seen.page.locator(f'tr[data-id="{facility}"]')
        assert row.count() == 1, (facility, tier)
        cells = row.locator("td").all_text_contents()
        assert _number(cells[4]) == round(cards.loc[facility, "within"])
        assert _number(cells[5]) == round(cards.loc[facility, "only_here"])


def test_the_language_changes_every_word(visit, opened):
    seen = visit(opened)
    words = seen.run("() => planmap.core.words")
    seen.open_all()
    chinese = seen.page.inner_text("#panel")

    assert seen.run("() => document.documentElement.lang") == "zh-CN"
    assert seen.run("() => document.querySelector('#search').placeholder") == words["search"][0]
    speak(seen, "English")
    english = seen.page.inner_text("#panel")

    assert seen.run("() => document.documentElement.lang") == "en"
    assert seen.run("() => document.querySelector('#search').placeholder") == words["search"][1]
    assert seen.run("() => document.querySelector('.leaflet-control-zoom-in').title") == "zoom in"
    for key in ("legend", "figures", "districts", "organisations", "sources", "why", "internal"):
        assert words[key][0] in chinese, key
        assert words[key][1] in english, key
        assert words[key][1] not in chinese, key
        assert words[key][0] not in english, key
    speak(seen, "中文")
    if not isinstance(opened, str):  # a served page begins anew, with what is in view
        assert seen.page.inner_text("#panel") == chinese


def test_every_word_of_the_page_is_used(map_folder):
    from webmap.words import INTERFACE

    files = (map_folder / "lib").glob("*.js")
    script = "\n".join(file.read_text(encoding="utf-8") for file in files)
    used = set(re.findall(r'"(\w+)"', script)) | set(re.findall(r"\bw(?:ords)?\.(\w+)", script))
    kinds = {"walk", "ebike", "bicycle", "drive", "borough", "street_town", "premise", "facility"}

    assert set(INTERFACE) - kinds <= used


def test_search_finds_names_and_ids_and_says_when_nothing_is_found(visit, map_folder, plan):
    seen = visit(map_folder)
    facility = plan.facilities.iloc[0]["facility_id"]
    district = plan.districts.iloc[0]
    rows = (
        "() => [...document.querySelectorAll('tr[data-id]')].map(r => r.dataset.id).filter(Boolean)"
    )

    seen.page.fill("#search", facility.upper())
    assert facility in seen.run(rows)
    assert len(seen.run(rows)) < len(plan.facilities)
    seen.page.fill("#search", district["name"])
    found = set(seen.run(rows))
    assert district["district_id"] in found
    assert not found & set(plan.districts["district_id"][1:])
    assert seen.page.locator(f'tr[data-id="{district["district_id"]}"] button').is_visible()
    seen.page.fill("#search", "no such name")
    assert seen.run(rows) == []
    nothing = seen.run("() => planmap.core.words.nothing[0]")
    assert nothing in seen.page.locator("#panel").text_content()
    seen.page.fill("#search", "")
    assert set(plan.facilities["facility_id"]) <= set(seen.run(rows))


def test_every_row_can_be_reached_and_opened_by_keyboard(visit, map_folder):
    seen = visit(map_folder)
    seen.page.focus("#search")
    for summary in seen.page.locator("#panel summary").all():
        if not summary.evaluate("s => s.parentElement.open"):
            summary.focus()
            seen.page.keyboard.press("Enter")
    seen.run(
        "() => { window.reached = []; document.addEventListener('focusin', event => {"
        " if (event.target.className === 'go') reached.push(event.target.closest('tr').dataset.id); }); }"
    )
    wanted = seen.run(
        "() => [...document.querySelectorAll('button.go')].map(b => b.closest('tr').dataset.id)"
    )
    stops = seen.run(
        "() => document.querySelectorAll('a[href], button, input, select, summary, [tabindex]').length"
    )
    seen.page.focus("#search")
    for _ in range(stops):
        seen.page.keyboard.press("Tab")
    reached = seen.run("() => reached")

    assert reached[: len(wanted)] == wanted


def test_enter_on_a_row_opens_its_popup(visit, map_folder):
    seen = visit(map_folder)
    seen.open_all()
    for section in range(2, 5 + len(TIERS)):  # districts, tiers, coverage, organisations
        button = seen.page.locator("#panel details").nth(section).locator("button.go").first
        button.focus()
        name = button.text_content()
        seen.page.keyboard.press("Enter")
        seen.settle()

        assert seen.popup()["title"] == name
        assert seen.run("() => document.activeElement.textContent") == name


def test_a_row_of_a_hidden_layer_shows_the_layer(visit, map_folder):
    seen = visit(map_folder)
    seen.open_all()
    name = seen.run("() => planmap.core.words.organisations[0]")
    box = seen.page.get_by_role("checkbox", name=name, exact=True)
    assert not box.is_checked()
    table = seen.page.locator(f"#panel details:has(> summary:text-is('{name}'))")
    table.locator("button.go").first.click()
    seen.popup()

    assert box.is_checked()
    assert seen.popup()["kind"] == seen.run("() => planmap.core.words.organisation[0]")


def test_paper_has_the_map_and_no_tools(visit, opened):
    seen = visit(opened)
    seen.page.emulate_media(media="print")
    seen.run("() => window.dispatchEvent(new Event('beforeprint'))")

    assert not seen.page.locator(".tools").is_visible()
    assert not seen.page.locator("#search").is_visible()
    assert seen.page.locator(".toggle canvas").first.is_visible()
    listed = seen.page.locator(".toggle:visible").all_inner_texts()
    on = seen.run(
        "() => [...document.querySelectorAll('.toggle')].filter(l => l.querySelector('input').checked).length"
    )
    assert 0 < len(listed) == on < seen.page.locator(".toggle").count()
    assert (
        seen.run("() => getComputedStyle(document.querySelector('#panel')).overflowY") == "visible"
    )
    size = seen.run("() => { const s = planmap.map.getSize(); return [s.x, s.y]; }")
    assert size == [680, 605]  # 18 by 16 cm
    assert seen.pixels("#0072B2")["count"] > 20
    seen.run("() => window.dispatchEvent(new Event('afterprint'))")
    seen.page.emulate_media(media="screen")
    assert seen.page.locator(".tools").is_visible()
    assert seen.page.pdf(format="A4").startswith(b"%PDF")


def test_a_telephone_shows_it_without_scrolling_sideways(visit, opened):
    seen = visit(opened, width=390, height=844)

    assert seen.run("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert seen.page.locator(".folium-map").bounding_box()["width"] <= 390


def test_chinese_letters_have_glyphs(visit, map_folder):
    """Letters that no font has are all the same box."""
    seen = visit(map_folder)
    drawn = seen.run("""() => ['工', '会', '站', '街'].map(letter => {
        const canvas = document.createElement('canvas');
        const context = canvas.getContext('2d');
        context.font = '40px ' + getComputedStyle(document.body).fontFamily;
        context.fillText(letter, 5, 50);
        return canvas.toDataURL();
    })""")

    assert len(set(drawn)) == 4


def test_adjoining_units_are_off_at_first_then_drawn_listed_and_told(visit, opened, plan):
    seen = visit(opened)
    speak(seen, "English")
    box = seen.page.get_by_role("checkbox", name="adjoining basic units")
    assert not box.is_checked()
    before = seen.pixels("#009E73")["count"]
    box.check()
    seen.settle()
    after = seen.pixels("#009E73")["count"]
    table = plan.derived["adjacency"]
    place = int(table["adjoins"].to_numpy().argmax())
    row = table.iloc[place]
    popup = seen.popup_of("links", place)
    listed = seen.page.locator(f'tr[data-id="{row["unit_a"]} {row["unit_b"]}"] td')

    assert after > before + 100
    assert popup["kind"] == "adjoining basic units"
    assert popup["rows"]["minutes on foot"] == f"{row['walk_ds'] / 600:.1f} min"
    assert popup["rows"]["their ids"] == f"{row['unit_a']}, {row['unit_b']}"
    assert listed.count() == 5 or seen.page.locator("tr[data-id]").count() >= 200
    assert seen.page.get_by_text("by a street").first.is_visible()
    assert [said for said in seen.complaints if "getImageData" not in said] == []


def test_many_points_are_painted_as_few_are(visit, map_folder):
    """A crowd of points takes another way to the canvas than a handful; both must look the same where they lie apart."""
    seen = visit(map_folder)
    painted, apart = seen.run("""() => {
        const { Points } = planmap.drawings;
        const paint = many => {
            const x = Float64Array.from({length: many}, (_, i) => 5 + 30 * (i % 40));
            const y = Float64Array.from({length: many}, (_, i) => 20 + 30 * (Math.floor(i / 40) % 20));
            const canvas = document.createElement('canvas');
            canvas.width = 1170; canvas.height = 700;
            const context = canvas.getContext('2d');
            const view = {k: 1, x: 0, y: 0, w: 1170, h: 700, zoom: 14, ratio: 1};
            new Points({x, y}, {shape: 'triangle', size: 6, colour: '#d55e00'}).paint(context, view);
            return context.getImageData(0, 0, canvas.width, canvas.height).data;
        };
        const few = paint(800), many = paint(8000);
        let painted = 0, apart = 0;
        for (let i = 0; i < few.length; i += 1) {
            painted += few[i] > 0;
            apart = Math.max(apart, Math.abs(few[i] - many[i]));
        }
        return [painted, apart];
    }""")
    assert painted > 800 * 100 * 3
    assert apart <= 2


def test_a_city_full_of_sites_is_no_blot(visit, map_folder):
    """Where thousands of sites crowd, the map beneath stays in sight; a few, and all of them close to, are as ever."""
    seen = visit(map_folder)
    inked, close, few = seen.run("""() => {
        const { Points } = planmap.drawings;
        const ink = (count, side, k, zoom) => {
            const x = Float64Array.from({length: count}, (_, i) => (i % side) * 5);
            const y = Float64Array.from({length: count}, (_, i) => Math.floor(i / side) * 5);
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 300;
            const context = canvas.getContext('2d');
            const view = {k, x: 0, y: 0, w: 300, h: 300, zoom, ratio: 1};
            const points = new Points({x, y}, {shape: 'circle', size: 6, colour: '#009e73'});
            points.paint(context, view);
            const data = context.getImageData(0, 0, 300, 300).data;
            let painted = 0;
            for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
            return [painted / 300 / 300, points.look(view), points.radius(zoom)];
        };
        return [ink(3600, 60, 1, 10), ink(3600, 60, 8, 13), ink(400, 20, 1, 10)];
    }""")
    assert inked[0] < 0.6  # borders and full size would leave nothing
    assert inked[1][1] is None
    for _, (radius, border), usual in (close, few):
        assert radius == usual
        assert border == "#ffffff"
