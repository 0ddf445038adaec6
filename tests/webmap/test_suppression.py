"""What readers who are not staff may learn of few people: nothing, not by subtraction either."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from webmap.app import create_app
from webmap.settings import ServeSettings
from webmap.shelf import Shelf
from webmap.suppression import answer_for_readers, hidden, tells

LEAST = 10
CELLS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc")), max_size=30)


@given(CELLS)
def test_no_sum_gives_a_withheld_count_away(cells):
    counts, groups = [n for n, _ in cells], [group for _, group in cells]
    out = hidden(counts, groups, LEAST)
    for group in set(groups):
        own = [(n, h) for n, g, h in zip(counts, groups, out, strict=True) if g == group]
        withheld = [n for n, h in own if h]
        assert all(h for n, h in own if 0 < n < LEAST)
        assert not any(h for n, h in own if n == 0)
        rest = [n for n, h in own if not h and n > 0]
        if withheld and rest:
            assert len(withheld) > 1
            assert sum(withheld) >= LEAST
        if not any(0 < n < LEAST for n, _ in own):
            assert not withheld


@given(CELLS, st.randoms())
def test_the_order_of_cells_matters_only_between_equals(cells, random):
    mixed = list(cells)
    random.shuffle(mixed)
    first = hidden([n for n, _ in cells], [g for _, g in cells], LEAST)
    again = hidden([n for n, _ in mixed], [g for _, g in mixed], LEAST)
    told = sorted((g, n) for (n, g), h in zip(cells, first, strict=True) if h)
    assert told == sorted((g, n) for (n, g), h in zip(mixed, again, strict=True) if h)


def test_nothing_is_withheld_where_nobody_asks_for_it():
    assert not hidden([1, 2, 30], "aaa", 0).any()


@pytest.mark.parametrize(
    ("share", "people", "said"),
    [(0.0, 50, False), (1.0, 50, False), (0.5, 50, False), (0.98, 50, True), (0.1, 50, True), (None, 5, False)],
)  # fmt: skip
def test_a_share_near_all_or_nothing_tells_of_few(share, people, said):
    assert tells(share, people, LEAST) is said


def test_an_answer_keeps_what_tells_of_many():
    town = {"kind": "street_town", "workers": 5000, "share": 0.5, "minutes": 7.5}
    assert answer_for_readers(town, LEAST) == town
    assert answer_for_readers({**town, "share": 0.999}, LEAST)["share"] is None
    unit = answer_for_readers({**town, "kind": "unit"}, LEAST)
    assert (unit["workers"], unit["share"]) == (None, 0.5)
    few = answer_for_readers({**town, "workers": 4}, LEAST)
    assert (few["workers"], few["share"], few["minutes"]) == (None, None, None)


@pytest.fixture
def parts(store, plan):
    """Give the parts of the map as staff and as readers get them, at a threshold that bites in a small town."""
    shelf = Shelf(store, least=60)

    def read(part, *, staff):
        path = shelf.part(plan.plan_id, shelf.part_of(part, staff=staff))
        return json.loads(gzip.decompress(path.read_bytes()))

    return read


def test_readers_get_no_small_count_and_staff_get_all(parts, plan):
    whole, given_out = parts("coverage", staff=True), parts("coverage", staff=False)
    district = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    groups = district.reindex(whole["id"]).tolist()
    withheld = 0
    for all_of, some in zip(whole["tiers"], given_out["tiers"], strict=True):
        assert "few" not in all_of
        out = hidden(all_of["demand"], groups, 60)
        withheld += int(out.sum())
        for people, told, share, hid in zip(
            all_of["demand"], some["demand"], some["share"], out, strict=True
        ):
            assert told == (None if hid else people)
            assert not (hid and share is not None)
            assert share is None or not tells(share, people, 60)
    assert withheld > 0
    core = parts("core", staff=False)
    assert core["least"] == 60
    for tier in core["tiers"]:
        assert not any(n is not None and 0 < n < 60 for n in tier["within"] + tier["only_here"])


def test_a_reader_sees_withheld_counts_as_words(visit, running, store, plan):
    users = (
        {
            "name": "du",
            "role": "reader",
            "password_hash": generate_password_hash("a long password"),
        },
    )
    settings = ServeSettings(store=store, users=users, suppress_below=60, https=False)
    with running(settings) as (address, app):
        shelf = app.extensions["shelf"]
        for part in ("core", "coverage"):
            shelf.part(plan.plan_id, shelf.part_of(part, staff=False))
        seen = visit(f"{address}/plans/{plan.plan_id}/?lang=en", ready=False)
        seen.page.fill("#name", "du")
        seen.page.fill("#password", "a long password")
        seen.page.click("main button")
        seen.page.wait_for_selector("body[data-ready=yes]")
        seen.open_all()
        seen.page.wait_for_function(
            "() => document.querySelector('#panel').textContent.includes('fewer than 60')"
        )
        seen.run("() => planmap.layers.coverage.show(true)")
        few = seen.run("() => planmap.layers.coverage.part.tiers.map(tier => tier.few)")
        place = next(place for tier in few for place, out in enumerate(tier) if out)
        assert "fewer than 60" in seen.popup_of("coverage", place)["rows"].values()
        answer = seen.run(
            "async a => (await fetch(a)).json()", f"/plans/{plan.plan_id}/data/organisations.json"
        )
        assert "error" in answer
        assert not [said for said in seen.complaints if "403" not in said]


# A server in front that signs people in.

FRONT = {"addresses": ["10.0.0.5"], "staff": ["li"], "header": "X-Remote-User"}


@pytest.fixture
def behind(store):
    """Give a client of a server behind a proxy, asking from an address with a header."""
    app = create_app(ServeSettings(store=store, host="10.0.0.9", names=("localhost",), proxy=FRONT))
    client = app.test_client()

    def get(path, address="10.0.0.5", **headers):
        named = [(key.replace("_", "-"), value) for key, value in headers.items()]
        return client.get(path, headers=named, environ_base={"REMOTE_ADDR": address})

    return get


def test_the_proxy_says_who_is_staff_and_who_a_reader(behind, plan):
    files = f"/plans/{plan.plan_id}/files/"
    assert behind(files, X_Remote_User="li").status_code == 200
    assert behind(files, X_Remote_User="du").status_code == 403
    assert behind("/", X_Remote_User="du").status_code == 200
    assert "no-store" in behind("/", X_Remote_User="du").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [("10.0.0.6", {"X_Remote_User": "li"}), ("127.0.0.1", {"X_Remote_User": "li"}), ("10.0.0.5", {}),
     ("10.0.0.5", {"X_Remote_User": " "}), ("10.0.0.5", {"X_Remote_User": "du, li"}), ("10.0.0.5", {"X_User": "li"})],
)  # fmt: skip
def test_nobody_else_is_believed(behind, plan, address, headers):
    for path in ("/", f"/plans/{plan.plan_id}/", f"/plans/{plan.plan_id}/search.json?q=a"):
        assert behind(path, address, **headers).status_code == 401


def test_two_names_are_no_name(store):
    app = create_app(ServeSettings(store=store, host="10.0.0.9", names=("localhost",), proxy=FRONT))
    two = [("X-Remote-User", "du"), ("X-Remote-User", "li")]
    answer = app.test_client().get("/", headers=two, environ_base={"REMOTE_ADDR": "10.0.0.5"})
    assert answer.status_code == 401


def test_a_name_smuggled_with_underscores_never_arrives(store, running):
    """WSGI cannot tell X_Remote_User from X-Remote-User: the server must drop the former."""
    import http.client

    proxy = {**FRONT, "addresses": ["127.0.0.1"]}
    with running(ServeSettings(store=store, proxy=proxy)) as (address, _app):
        host = address.removeprefix("http://")
        for name, status in (("X_Remote_User", 401), ("X-Remote-User", 200)):
            asked = http.client.HTTPConnection(host)
            asked.request("GET", "/", headers={name: "li"})
            assert asked.getresponse().status == status
            asked.close()


@pytest.mark.parametrize(
    "proxy",
    [{**FRONT, "addresses": []}, {**FRONT, "addresses": ["front"]}, {**FRONT, "header": "a b"}],
)
def test_a_proxy_is_named_by_its_address(store, proxy):
    with pytest.raises(ValueError, match="proxy"):
        ServeSettings(store=store, proxy=proxy)
