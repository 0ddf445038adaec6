"""Files to take away, and two plans side by side."""

import shutil
import threading
import time
import zipfile
from io import BytesIO

import pytest

from planner.difference import difference
from webmap.settings import ServeSettings

from .clients import client_of, english


@pytest.mark.parametrize(
    "name", ["plan.xlsx", "plan.gpkg", "geoparquet.zip", "tables.zip", "map.zip"]
)
def test_downloads_hold_the_plan(client, plan, name):
    answer = client.get(f"/plans/{plan.plan_id}/files/{name}")

    assert answer.status_code == 200
    assert f"{plan.plan_id}-{name}" in answer.headers["Content-Disposition"]
    if name.endswith(".zip"):
        names = zipfile.ZipFile(BytesIO(answer.data)).namelist()
        assert {
            "map.zip": "index.html",
            "tables.zip": "station.csv",
            "geoparquet.zip": "station.parquet",
        }[name] in names
        if name == "tables.zip":
            text = zipfile.ZipFile(BytesIO(answer.data)).read("station.csv")
            assert text.startswith(b"\xef\xbb\xbf")
            assert text.count(b"\r\n") == 1 + (plan.facilities["tier"] == "station").sum()
    else:
        assert answer.data[:4] in {b"PK\x03\x04", b"SQLi"}


def test_a_file_that_takes_long_is_waited_for_with_a_word(own_store, plan, monkeypatch):
    from webmap.pages import files

    let = threading.Event()

    def slow(_plan, path):
        assert let.wait(30)
        path.write_bytes(b"made")

    monkeypatch.setitem(files.FILES, "plan.gpkg", (slow, files.FILES["plan.gpkg"][1]))
    monkeypatch.setattr("webmap.shelf.PATIENCE_S", 0.0)
    client = client_of(ServeSettings(store=own_store))
    address = f"/plans/{plan.plan_id}/files/plan.gpkg"
    status, page = english(client, address)
    assert status == 202
    assert 'role="status"' in page
    while "GeoPackage" not in (said := client.get(f"{address}/progress.json?lang=en").json)["said"]:
        time.sleep(0.02)
    assert said["done"] < said["steps"]
    let.set()
    while not client.get(f"{address}/progress.json").json["there"]:
        time.sleep(0.02)
    answer = client.get(address)
    assert answer.data == b"made"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get(f"/plans/{plan.plan_id}/files/x/progress.json").status_code == 404


def test_two_plans_side_by_side_differ_where_they_do(client, plan, other_plan):
    status, page = english(client, f"/compare?a={plan.plan_id}&b={other_plan.plan_id}")

    assert status == 200
    assert page.count("planmap.start(") == 2
    assert page.count("▼ worse") == 1
    gone = set(plan.facilities["facility_id"]) - set(other_plan.facilities["facility_id"])
    assert len(gone) == 1
    assert f'"only":["{gone.pop()}"]' in page


def test_a_comparison_is_made_once_and_not_shown_of_an_edited_plan(
    own_store, plan, other_plan, monkeypatch
):
    made = []

    def counted(before, after, step):
        made.append((before.plan_id, after.plan_id))
        return difference(before, after, step)

    monkeypatch.setattr("webmap.comparing.difference", counted)
    one, other = plan.plan_id, other_plan.plan_id
    for _server in (1, 2):  # the second reads what the first one left
        client = client_of(ServeSettings(store=own_store))
        assert english(client, f"/compare?a={one}&b={other}")[1].count("▼ worse") == 1
    assert made == [(one, other)]
    shutil.rmtree(own_store / ".cache")  # which anybody may do
    assert english(client, f"/compare?a={one}&b={other}")[1].count("▼ worse") == 1
    assert "▲ better" in english(client, f"/compare?a={other}&b={one}")[1]
    assert made == [(one, other), (one, other), (other, one)]

    table = own_store / other / "decisions" / "facilities.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"x")
    assert english(client, f"/compare?a={one}&b={other}")[0] == 409


def test_whoever_waits_for_a_comparison_is_told_how_far_it_is(
    own_store, plan, other_plan, monkeypatch
):
    let = threading.Event()

    def held(before, after, step):
        with step("sites"):
            assert let.wait(30)
        return difference(before, after, step)

    monkeypatch.setattr("webmap.comparing.difference", held)
    monkeypatch.setattr("webmap.shelf.PATIENCE_S", 0.0)
    client = client_of(ServeSettings(store=own_store))
    both = f"a={plan.plan_id}&b={other_plan.plan_id}"
    status, page = english(client, f"/compare?{both}")
    assert status == 202
    assert 'role="status"' in page
    assert '<noscript><meta http-equiv="refresh"' in page  # browsers without scripts go on too
    for _ in range(200):
        now = client.get(f"/compare.json?{both}&lang=en").json
        if now["said"] == "comparing sites":
            break
        time.sleep(0.02)
    assert now == {"there": False, "done": 4, "steps": 6, "said": "comparing sites"}
    let.set()
    while not client.get(f"/compare.json?{both}").json["there"]:
        time.sleep(0.02)
    assert english(client, f"/compare?{both}")[0] == 200
    for wrong in ("", "?a=x", f"?a={plan.plan_id}&b=../etc"):
        assert client.get(f"/compare.json{wrong}").status_code == 404
