"""The web application without a browser: what its pages answer, and to what is wrong."""

import gzip
import json

import pytest

from planner.errors import ConfigurationError, UnknownPlanError
from planner.store import check_plan
from webmap.settings import ServeSettings

from .clients import PASSWORD, client_of, english


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
