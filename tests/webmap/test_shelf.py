"""What a server does with a store: spoilt, empty, read-only, changing; what it keeps of it."""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time

import pytest

from geodata.locking import locked
from planner.store import save_plan
from webmap.cache import Cache, program_version
from webmap.settings import ServeSettings
from webmap.shelf import Shelf

from .clients import client_of, english


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
