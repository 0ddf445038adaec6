"""The map of what looks misplaced, in a real browser: no request leaves, no name is run, both languages, a table twin."""

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geodata.provenance import SourceRecord
from webmap.check_map import write_check_map

pytestmark = pytest.mark.browser
HOSTILE = "</script><img src=x onerror=alert(1)>${alert(2)}"


@pytest.fixture
def page(visit, tmp_path):
    towns = gpd.GeoDataFrame(
        {"name": ["甲街道", HOSTILE]},
        geometry=[box(121.4, 31.1, 121.41, 31.11), box(121.41, 31.1, 121.42, 31.11)],
        crs="EPSG:4326",
    )
    reason, fix = "the point lies outside the study area", "check both addresses"
    rows = gpd.GeoDataFrame(
        {"layer": "enterprises", "sheet": ["", "表二"], "source_row": [5, 7], "name": [HOSTILE, "乙公司"], "said": ["甲街道", ""], "reason": reason, "suggested_fix": fix},
        geometry=[Point(121.405, 31.105), Point(130, 40)], crs="EPSG:4326",
    )  # fmt: skip
    crs = "EPSG:32651"
    path = write_check_map(
        tmp_path,
        name="例",
        street_towns=towns.to_crs(crs),
        misplaced=rows.to_crs(crs),
        roads=None,
        notes=[HOSTILE],
        sources=[SourceRecord("sites", HOSTILE, owner=HOSTILE, licence="内部").to_dict()],
    )
    return visit(path.parent)


def test_rows_are_listed_drawn_and_never_run(page):
    assert page.complaints == []
    assert page.dialogs == []
    assert all(one.startswith(("file:", "data:")) for one in page.requests)
    names = page.page.locator("button.go").all_inner_texts()
    assert names == [HOSTILE, "乙公司"]
    assert page.run("checkmap.drawn[0].main.place.x.length") == 2
    assert "点位在研究范围之外" in page.page.locator("main").inner_text()
    page.page.get_by_text("English").click()
    assert "the point lies outside the study area (2)" in page.page.locator("main").inner_text()
    page.page.locator("button.go").first.click()
    card = page.page.locator(".leaflet-popup-content .card")
    assert HOSTILE in card.inner_text()
    assert "5" in card.inner_text()
    page.page.fill("#search", "表二 7")
    assert page.page.locator("button.go").all_inner_texts() == ["乙公司"]
    # The far row is reached through the table; the first view is of the city.
    assert page.run("window.PLAN.bounds[1][1]") < 122
