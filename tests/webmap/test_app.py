"""The web application without a browser: what it answers, to whom, and to what is wrong."""

import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from io import BytesIO

import pandas as pd
import pytest
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from geodata.locking import locked
from planner.difference import difference
from planner.errors import ConfigurationError, UnknownPlanError
from planner.store import check_plan, save_plan
from webmap.app import create_app
from webmap.cache import Cache, program_version
from webmap.coverage import facts_of
from webmap.search.ask import Index
from webmap.search.build import nearest
from webmap.settings import ServeSettings, User, read_settings
from webmap.shelf import Shelf

PASSWORD = "a long password"
HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
USERS = (
    User(name="ann", role="staff", password_hash=HASH),
    User(name="ben", role="reader", password_hash=HASH),
)
SAME = {"Sec-Fetch-Site": "same-origin"}


class Client(FlaskClient):
    """Reads every answer whole, so that no file stays open."""

    def open(self, *words, **named):
        return super().open(*words, **{"buffered": True, **named})


def client_of(settings):
    app = create_app(settings)
    app.test_client_class = Client
    return app.test_client()


@pytest.fixture
def own_store(store, tmp_path):
    """Give a copy of the store that a test may spoil."""
    return shutil.copytree(store, tmp_path / "plans", ignore=shutil.ignore_patterns(".cache"))


@pytest.fixture
def client(store):
    return client_of(ServeSettings(store=store))


def signed_in(store, name):
    app = create_app(
        ServeSettings(store=store, host="0.0.0.0", names=("localhost",), https=False, users=USERS)
    )
    app.test_client_class = Client
    client = app.test_client()
    if name:
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=SAME)
        assert answer.status_code == 302
    return client


def english(client, address):
    answer = client.get(address + ("&" if "?" in address else "?") + "lang=en")
    return answer.status_code, answer.get_data(as_text=True)


def test_a_store_named_from_where_the_command_was_called_is_served_whole(
    own_store, plan, monkeypatch
):
    monkeypatch.chdir(own_store.parent)
    client = client_of(ServeSettings(store=own_store.relative_to(own_store.parent)))

    data = client.get(f"/plans/{plan.plan_id}/data/core.json", headers={"Accept-Encoding": "gzip"})

    assert data.status_code == 200
    assert json.loads(gzip.decompress(data.data))["tiers"]


def test_the_list_names_every_plan_newest_first(client, plan, other_plan):
    status, page = english(client, "/")

    assert status == 200
    assert 0 < page.index(plan.plan_id) < page.index(other_plan.plan_id)


def test_chinese_comes_first_and_the_choice_is_remembered(client):
    assert 'lang="zh-CN"' in client.get("/").get_data(as_text=True)
    assert "规划方案" in client.get("/").get_data(as_text=True)
    client.get("/?lang=en")
    assert "<h1>Plans</h1>" in client.get("/").get_data(as_text=True)


def test_a_plan_page_is_small_and_strict(client, plan):
    answer = client.get(f"/plans/{plan.plan_id}/")
    policy = answer.headers["Content-Security-Policy"]
    page = answer.get_data(as_text=True)
    nonce = policy.split("'nonce-")[1].split("'")[0]

    assert answer.status_code == 200
    assert len(page) < 100_000
    assert "unsafe" not in policy
    assert "*" not in policy
    assert policy.startswith("default-src 'none'")
    assert page.count("<script") == page.count(f'<script nonce="{nonce}"') > 5
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    again = client.get(f"/plans/{plan.plan_id}/").headers["Content-Security-Policy"]
    assert again != policy


@pytest.mark.parametrize("part", ["core", "base", "coverage", "links", "organisations"])
def test_data_are_compressed_and_the_same_without_compression(client, plan, part):
    address = f"/plans/{plan.plan_id}/data/{part}.json"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert len(packed.data) < len(plain.data) / 2
    same = client.get(
        address, headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    )
    assert same.status_code == 304


@pytest.mark.parametrize(
    "plan_id",
    [
        "nothing",
        "p0000000000000000",
        "..%2f..%2fetc",
        "%2e%2e",
        "A",
        "p" * 64,
        "networks",
        ".cache",
        "%00",
        "-p",
    ],
)
@pytest.mark.parametrize(
    "rest",
    ["", "data/core.json", "files/plan.xlsx", "search.json?q=a", "enterprises.json?box=0,0,1,1"],
)
def test_what_is_no_plan_is_not_found(client, plan_id, rest):
    assert client.get(f"/plans/{plan_id}/{rest}").status_code == 404


@pytest.mark.parametrize(
    "name", ["..%2fplan.json", "plan.json", "....//plan.xlsx", "%2fetc%2fpasswd", "search.sqlite"]
)
def test_only_the_listed_files_are_given(client, plan, name):
    assert client.get(f"/plans/{plan.plan_id}/files/{name}").status_code == 404


def test_a_page_says_what_is_wrong_in_words(client):
    status, page = english(client, "/plans/p0000000000000000/")

    assert status == 404
    assert "no plan is called p0000000000000000" in page
    assert "planner plans" not in page
    assert "Traceback" not in page
    assert english(client, "/compare?a=p1234&b=../x")[0] == 404


def test_an_edited_plan_is_not_shown_even_after_it_was(own_store, plan):
    client = client_of(ServeSettings(store=own_store))
    address = f"/plans/{plan.plan_id}/data/core.json"
    assert client.get(address).status_code == 200
    table = own_store / plan.plan_id / "decisions" / "facilities.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"x")

    assert client.get(address).status_code == 409
    status, page = english(client, f"/plans/{plan.plan_id}/")
    assert status == 409
    assert "edited" in page
    assert "facilities.parquet" in page
    assert client.get(f"/plans/{plan.plan_id}/files/plan.xlsx").status_code == 409


def test_a_plan_of_a_newer_version_is_named_and_hides_no_other(own_store, plan, other_plan):
    manifest = own_store / other_plan.plan_id / "plan.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**values, "format": 99}), encoding="utf-8")
    client = client_of(ServeSettings(store=own_store))
    status, page = english(client, "/")

    assert status == 200
    assert f"/plans/{plan.plan_id}/" in page
    assert f"/plans/{other_plan.plan_id}/" not in page
    assert "newer version" in page
    status, page = english(client, f"/plans/{other_plan.plan_id}/")
    assert status == 409
    assert "update the program" in page


@pytest.mark.parametrize(
    "spoilt",
    [
        '{"a":' * 100_000,
        "[]",
        '{"plan_id": "p9999999999999999", "format": 1}',
        '{"plan_id": 1, "format": 1, "crs": 1, "files": 1, "run": [], "kpis": "all"}',
        b"\xff\xfe\x00",
        "policy",
        "name",
        "copy",
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_spoilt_record_hides_no_other_plan(spoilt, own_store, plan, other_plan):
    """Nothing in a store keeps the list or the other plans from people; what is wrong with it is said."""
    shown, name = plan.plan_id, "p9999999999999999"
    if spoilt == "copy":
        shutil.copytree(own_store / other_plan.plan_id, own_store / name)
    elif spoilt in {"policy", "name"}:
        name = other_plan.plan_id
        path = own_store / name / "plan.json"
        values = json.loads(path.read_text(encoding="utf-8"))
        values["run"][spoilt] = {}
        path.write_text(json.dumps(values), encoding="utf-8")
    else:
        (own_store / name).mkdir()
        content = spoilt if isinstance(spoilt, bytes) else spoilt.encode()
        (own_store / name / "plan.json").write_bytes(content)
    client = client_of(ServeSettings(store=own_store))
    client.application.extensions["shelf"].prepare()
    status, page = english(client, "/")

    assert status == 200
    assert f"/plans/{shown}/" in page
    assert f"/plans/{name}/" not in page
    assert f"<strong>{name}</strong>: the plan was edited or is torn" in page
    assert client.get(f"/plans/{shown}/").status_code == 200
    for address in (
        f"/plans/{name}/",
        f"/plans/{name}/data/core.json",
        f"/compare?a={shown}&b={name}",
    ):
        assert client.get(address).status_code == 409


def test_an_empty_and_an_absent_store_say_what_to_do(tmp_path):
    for store in (tmp_path, tmp_path / "absent" / "plans"):
        client = client_of(ServeSettings(store=store))
        for address in ("/", "/search", "/compare"):
            status, _page = english(client, address)
            assert status == 200
        assert "planner run scenario.toml" in english(client, "/")[1]


def test_an_empty_plan_is_shown(plan, tmp_path):
    """A plan without any site or federation in scope is a page with zeros, not an error."""
    import dataclasses

    decisions = {name: frame.iloc[:0] for name, frame in plan.decisions.items()}
    keep = {"units", "street_towns", "boroughs"}
    layers = {
        name: layer if name in keep else layer.iloc[:0] for name, layer in plan.layers.items()
    }
    derived = {name: table.iloc[:0] for name, table in plan.derived.items()}
    empty = dataclasses.replace(
        plan,
        decisions=decisions,
        layers=layers,
        derived=derived,
        kpis=dict.fromkeys(plan.kpis, 0.0),
    )
    save_plan(empty, tmp_path)
    client = client_of(ServeSettings(store=tmp_path))
    for part in ("core", "base", "coverage", "links", "organisations"):
        answer = client.get(f"/plans/{empty.plan_id}/data/{part}.json")
        assert answer.status_code == 200, part
    assert client.get(f"/plans/{empty.plan_id}/").status_code == 200
    shelf = client.application.extensions["shelf"]
    while shelf.index(empty.plan_id) is None:
        time.sleep(0.05)
    name = plan.layers["street_towns"]["name"].iloc[0]
    found = client.get(f"/plans/{empty.plan_id}/search.json", query_string={"q": name}).json[
        "answers"
    ]
    assert [one["kind"] for one in found] == ["street_town"]
    assert found[0]["federations"] == []
    assert (
        client.get(f"/plans/{empty.plan_id}/enterprises.json?box=100,0,130,60").json["count"] == 0
    )


@pytest.mark.skipif(os.name == "nt", reason="needs a folder that cannot be written")
def test_a_store_on_a_read_only_disk_is_served(own_store, plan, monkeypatch):
    """Root may write anywhere, so the disk's refusal is made where the cache asks for its folder."""
    import pathlib

    whole = pathlib.Path.mkdir

    def refuse(self, *args, **kwargs):
        if own_store in self.parents:
            raise OSError(30, "Read-only file system")
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(pathlib.Path, "mkdir", refuse)
    before = sorted(path for path in own_store.rglob("*"))
    client = client_of(ServeSettings(store=own_store))

    assert client.get(f"/plans/{plan.plan_id}/data/core.json").status_code == 200
    assert client.get(f"/plans/{plan.plan_id}/files/geoparquet.zip").status_code == 200
    assert sorted(path for path in own_store.rglob("*")) == before


def test_two_servers_may_make_the_same_file(own_store, plan):
    clients = [client_of(ServeSettings(store=own_store)) for _ in range(2)]
    answers = []

    def ask(client):
        answers.append(client.get(f"/plans/{plan.plan_id}/data/core.json").data)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1
    for one in clients:
        while not one.application.extensions["shelf"].idle():
            time.sleep(0.05)
    assert not list((own_store / ".cache").rglob(".draft-*"))


def test_what_nobody_reads_any_more_is_removed(own_store, plan, other_plan):
    cache = Cache(own_store)
    now, gone = f"{plan.plan_id}-{'1' * 12}", f"{other_plan.plan_id}-{'2' * 12}"
    for subject in (now, gone, f"{now}+{gone}"):
        cache.file(subject, "x", lambda path: path.write_bytes(b"12345"))
    older, running, left = (f"{now}-{version * 12}" for version in "abc")
    for name in (older, running, left):
        (cache.folder / name).mkdir()
        (cache.folder / name / "core.json.gz").write_bytes(b"1234567890")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for version, pid in (("b", os.getppid()), ("c", dead.pid)):
        (cache.folder / f".in-use-{version * 12}-{pid}-{platform.node()}").touch()
    swept = cache.sweep(lambda version: version == now)
    mine = f"-{program_version()}"
    kept = {path.name for path in cache.folder.iterdir() if not path.name.startswith(".")}
    assert kept == {now + mine, running}
    assert (swept.folders, swept.size) == (4, 5 + 5 + 10 + 10)
    assert {path.name[8:21] for path in cache.folder.glob(".in-use-*")} == {
        "b" * 12 + "-", program_version() + "-"
    }  # fmt: skip
    with locked(cache.folder):  # another one is at it
        (cache.folder / older).mkdir()
        assert cache.sweep(lambda _version: True).folders == 0
    assert (cache.folder / older).is_dir()


def test_a_server_removes_what_was_made_of_a_plan_that_left(own_store, plan, other_plan):
    shelf = Shelf(own_store)
    for one in (plan, other_plan):
        shelf.part(one.plan_id, "base")
    shutil.rmtree(own_store / other_plan.plan_id)
    table = own_store / plan.plan_id / "decisions" / "facilities.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"x")  # edited, and perhaps mended tomorrow
    told = []
    shelf.prepare(told.append)
    shelf._tend()
    assert [swept.folders for swept in told] == [1]
    left = [path.name for path in shelf.cache.folder.iterdir() if path.is_dir()]
    assert [name[: len(plan.plan_id)] for name in left] == [plan.plan_id]


def test_a_plan_that_arrives_is_listed_and_a_draft_is_not(own_store, plan, other_plan):
    shutil.move(own_store / other_plan.plan_id, own_store / ".draft-x")
    client = client_of(ServeSettings(store=own_store))
    assert other_plan.plan_id not in client.get("/").get_data(as_text=True)
    shutil.move(own_store / ".draft-x", own_store / other_plan.plan_id)
    assert other_plan.plan_id in client.get("/").get_data(as_text=True)
    assert plan.plan_id in client.get("/").get_data(as_text=True)


def test_a_file_half_made_is_never_served(tmp_path):
    cache = Cache(tmp_path)

    def fail(path):
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.file("p", "a.txt", fail)
    assert not cache.place("p", "a.txt").exists()
    assert cache.file("p", "a.txt", lambda path: path.write_text("whole")).read_text() == "whole"


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


def test_a_question_is_answered_from_the_plan(site, plan):
    import urllib.parse
    import urllib.request

    def ask(text):
        address = f"{site}/plans/{plan.plan_id}/search.json?q={urllib.parse.quote(text)}"
        with urllib.request.urlopen(address) as reply:
            return json.load(reply)["answers"]

    member = plan.decisions["membership"].iloc[0]
    firm = plan.layers["enterprises"].set_index("enterprise_id").loc[member["enterprise_id"]]
    district = plan.decisions["organisation_district"].set_index("organisation_id").loc[
        member["organisation_id"], "district_id"
    ]  # fmt: skip
    for text in (firm["name"], member["enterprise_id"], member["enterprise_id"].lower()):
        answer = ask(text)[0]
        assert answer["id"] == member["enterprise_id"]
        assert [one["id"] for one in answer["federations"]] == [district]
        own = plan.facilities[
            (plan.facilities["tier"] == "station") & (plan.facilities["district_id"] == district)
        ]
        assert answer["station"]["id"] in set(own["facility_id"])
    town = plan.layers["street_towns"].iloc[0]
    answer = ask(town["name"])[0]
    mine = plan.districts[plan.districts["street_town_id"] == town["street_town_id"]]
    assert answer["count"] == len(mine)
    assert ask("") == ask("   ") == ask("no such thing at all") == []


def test_every_enterprise_has_the_minutes_of_the_plan(site, store, plan):
    """The index says of each enterprise what the plan's own table of reach says."""
    import sqlite3

    reached = facts_of(plan).reached("station").set_index("entity_id")["deciseconds"] / 600
    (path,) = (store / ".cache").glob(f"{plan.plan_id}-*/search.sqlite")
    with sqlite3.connect(path) as base:
        rows = dict(
            base.execute("SELECT id, minutes FROM thing WHERE kind = 'enterprise'").fetchall()
        )
    base.close()
    firms = set(
        plan.layers["enterprises"]["enterprise_id"]
    )  # a density adds workers of no enterprise
    told = {key: value for key, value in reached.items() if value == value and key in firms}

    assert len(rows) == len(plan.layers["enterprises"])
    assert {key: value for key, value in rows.items() if value is not None} == pytest.approx(told)


def test_the_nearest_sites_of_an_enterprise_are_those_of_the_plan(site, store, plan):
    """Every tier is looked up from where its own mode joins the roads."""
    facts = facts_of(plan)
    tiers = [tier for tier in facts.policy.tiers if tier.demand == "workers"]
    reached = {
        tier.label_en: facts.reached(tier.name).set_index("entity_id")["deciseconds"]
        for tier in tiers
    }
    access = {mode: facts.access("workers", mode) for mode in {tier.mode for tier in tiers}}
    firms = plan.layers["enterprises"].query("in_scope")["enterprise_id"].tolist()
    apart = [one for one in firms if len({str(ids.get(one)) for ids in access.values()}) > 1]
    (path,) = (store / ".cache").glob(f"{plan.plan_id}-*/search.sqlite")
    index = Index(path)

    assert len(apart) > 5
    for one in [*apart[:40], *firms[:: len(firms) // 40]]:
        (answer,) = [found for found in index.ask(one, staff=True) if found["id"] == one]
        told = {site["tier"][1]: site["minutes"] for site in answer["near"]}
        assert told == {
            name: round(float(times[one]) / 600, 1)
            for name, times in reached.items()
            if times[one] >= 0
        }


def test_the_nearest_of_several_ways_and_hours_is_kept():
    reach = pd.DataFrame(
        [
            ("a", 0, 1, "s2", 50, "rest"),
            ("a", 0, 2, "s3", 40, "rest"),
            ("a", 1, 2, "s1", 40, "rest"),
            ("a", 0, 1, "s9", 90, "school"),
            ("b", 1, 1, "s2", 70, "rest"),
        ],
        columns=["access_id", "way", "hours", "site_id", "deciseconds", "tier"],
    )
    rows = nearest(reach.iloc[::-1]).to_numpy().tolist()

    assert rows == [["a", "rest", "s1", 40], ["a", "school", "s9", 90], ["b", "rest", "s2", 70]]


def test_enterprises_in_view_are_counted_or_drawn(client, site, plan, monkeypatch):
    from webmap import spread

    box = "box=100,0,130,60"
    everyone = client.get(f"/plans/{plan.plan_id}/enterprises.json?{box}").json
    located = len(plan.layers["enterprises"])
    assert everyone["count"] == located == len(everyone["id"])
    assert everyone["top"]["workers"] == sorted(everyone["workers"], reverse=True)[:100]
    monkeypatch.setattr(spread, "MOST_POINTS", 10)
    counted = client.get(f"/plans/{plan.plan_id}/enterprises.json?{box}&width=1000").json
    assert sum(counted["cells"]["n"]) == located
    assert "id" not in counted
    for wrong in ("box=a", "box=1,2,3", "width=5", "box=1,2,3,4&width=x"):
        assert client.get(f"/plans/{plan.plan_id}/enterprises.json?{wrong}").status_code == 400


def test_no_box_takes_more_than_the_points_in_it(client, site, plan, monkeypatch):
    """Whoever asks decides how fine the count is, and must not decide how much memory it takes."""
    import tracemalloc

    from webmap import spread

    monkeypatch.setattr(spread, "MOST_POINTS", 10)
    address = f"/plans/{plan.plan_id}/enterprises.json?box="
    located = len(plan.layers["enterprises"])
    lon = plan.layers["enterprises"].to_crs(4326).geometry.x
    west, east = lon.quantile([0.49, 0.51])
    few = int(((lon >= west) & (lon <= east)).sum())
    tracemalloc.start()
    for box, count in (
        ("100,0,130,60&width=999999999", located),
        ("100,0,130,60&width=-1", located),
        (f"{west},-90,{east},90&width=100000", few),
    ):
        answer = client.get(address + box)
        assert answer.status_code == 200
        assert answer.json["count"] == sum(answer.json["cells"]["n"])
        assert abs(answer.json["count"] - count) <= 2  # coordinates are kept to the metre
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    for box in (
        "nan,0,1,1",
        "inf,-inf,1,1",
        "1e999,0,2,2",
        "1,2,3",
        "",
        "a,b,c,d",
        "0,0,1,1&width=x",
    ):
        assert client.get(address + box).status_code == 400


def test_another_address_than_loopback_needs_users(tmp_path):
    with pytest.raises(ConfigurationError, match="sign in"):
        read_settings(None, host="0.0.0.0")
    for host in ("127.0.0.1", "::1", "localhost"):
        assert read_settings(None, host=host).local
    path = tmp_path / "serve.toml"
    path.write_text(
        f'host = "0.0.0.0"\n[[users]]\nname = "ann"\nrole = "staff"\npassword_hash = "{HASH}"\n'
    )
    assert read_settings(path).users[0].name == "ann"
    path.write_text(
        'hots = "0.0.0.0"\n[[users]]\nname = "ann"\nrole = "king"\npassword_hash = "plain"\n'
    )
    with pytest.raises(ConfigurationError) as refused:
        read_settings(path)
    assert len(refused.value.faults) >= 3


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/search",
        "/plans/{id}/",
        "/plans/{id}/data/core.json",
        "/plans/{id}/search.json?q=a",
        "/tiles/0/1/0/0",
    ],
)
def test_nobody_sees_anything_before_signing_in(store, plan, address):
    answer = signed_in(store, None).get(address.format(id=plan.plan_id))

    assert answer.status_code in {302, 401}
    assert plan.manifest["name"] not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "rest",
    [
        "data/organisations.json",
        "enterprises.json?box=0,0,180,90",
        "files/",
        "files/plan.xlsx",
        "files/map.zip",
    ],
)
def test_enterprises_are_for_staff(site, store, plan, rest):
    assert signed_in(store, "ben").get(f"/plans/{plan.plan_id}/{rest}").status_code == 403
    assert signed_in(store, "ann").get(f"/plans/{plan.plan_id}/{rest}").status_code == 200


def test_readers_find_places_and_no_enterprise(site, store, plan):
    reader, staff = signed_in(store, "ben"), signed_in(store, "ann")
    firm = plan.layers["enterprises"].iloc[0]["enterprise_id"]
    town = plan.layers["street_towns"].iloc[0]["name"]
    address = f"/plans/{plan.plan_id}/search.json"

    assert reader.get(address, query_string={"q": firm}).json["answers"] == []
    assert len(staff.get(address, query_string={"q": firm}).json["answers"]) == 1
    assert reader.get(address, query_string={"q": town}).json["answers"][0]["kind"] == "street_town"
    assert '"organisations":false' in reader.get(f"/plans/{plan.plan_id}/").get_data(as_text=True)


def test_cookies_are_strict_and_secure_off_loopback(store):
    app = create_app(ServeSettings(store=store, host="0.0.0.0", names=("localhost",), users=USERS))
    answer = app.test_client().post(
        "/sign-in", data={"name": "ann", "password": PASSWORD}, headers=SAME
    )
    cookie = answer.headers["Set-Cookie"]

    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Secure"))


def test_signing_in_from_another_site_is_refused(store):
    client = signed_in(store, None)
    data = {"name": "ann", "password": PASSWORD}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {},
    ):
        assert client.post("/sign-in", data=data, headers=headers).status_code == 403
    assert (
        client.post("/sign-in", data=data, headers={"Origin": "http://localhost"}).status_code
        == 302
    )
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/").status_code == 200
    client.post("/sign-out", headers=SAME)
    assert client.get("/").status_code == 302


def test_guessing_is_slowed_down(store):
    client = signed_in(store, None)
    codes = [
        client.post(
            "/sign-in", data={"name": "ann", "password": f"wrong {k}"}, headers=SAME
        ).status_code
        for k in range(7)
    ]

    assert codes == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    "target", ["//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(store, target):
    client = signed_in(store, None)
    answer = client.post(
        "/sign-in",
        query_string={"to": target},
        data={"name": "ann", "password": PASSWORD},
        headers=SAME,
    )

    assert answer.headers["Location"] == "/"


def test_a_foreign_name_for_this_machine_is_refused(client):
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 400
    assert client.get("/", headers={"Host": "127.0.0.1:8765"}).status_code == 200


def test_large_requests_are_refused(store):
    client = signed_in(store, None)
    answer = client.post("/sign-in", data={"name": "a" * 100_000, "password": "b"}, headers=SAME)

    assert answer.status_code == 413


def test_hashes_alone_are_checked_without_loading(own_store, plan):
    assert check_plan(own_store, plan.plan_id)["plan_id"] == plan.plan_id
    for wrong in ("nothing", "../plans", plan.plan_id[:6]):
        with pytest.raises(UnknownPlanError):
            check_plan(own_store, wrong)


def test_the_command_is_found_by_its_entry_point_and_prints_a_hash():
    from click.testing import CliRunner
    from werkzeug.security import check_password_hash

    from planner.cli.main import planner

    assert {"serve", "password"} <= set(planner.list_commands(None))
    answer = CliRunner().invoke(planner.get_command(None, "password"), ["--password", PASSWORD])
    assert check_password_hash(answer.output.strip(), PASSWORD)


def test_a_port_in_use_is_said(site):
    from webmap.command import listen

    port = int(site.rsplit(":", 1)[1])
    with pytest.raises(ConfigurationError, match=str(port)):
        listen("127.0.0.1", port)
