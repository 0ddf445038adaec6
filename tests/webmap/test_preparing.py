"""What is made ahead of readers: in order, what is wanted first, and a word to whoever waits."""

import shutil
import threading
import time
from pathlib import Path

import pytest

from planner.difference import difference
from webmap.preparing import WAITING, Workshop
from webmap.settings import ServeSettings

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"

STEPS = ("core", "base", "search")


class Hands:
    """Makes steps when it is let, and remembers their order."""

    def __init__(self, wrong=()):
        self.made, self.wrong, self.let = [], set(wrong), threading.Event()

    def make(self, plan_id, step):
        assert self.let.wait(10)
        if (plan_id, step) in self.wrong:
            raise ValueError(step)
        self.made.append((plan_id, step))


def until(done):
    for _ in range(400):
        if done():
            return
        time.sleep(0.01)
    pytest.fail("it never came")


def test_what_is_wanted_goes_before_what_may_be():
    hands = Hands()
    shop = Workshop(STEPS, hands.make, lambda: None)
    for plan in ("a", "b", "c"):
        shop.ask(plan, plan, wanted=False)
    until(lambda: shop.progress("a").step == "core")  # begun, and held there
    shop.ask("c", "c", wanted=True)
    hands.let.set()
    until(shop.idle)
    assert hands.made[0] == ("a", "core")
    assert hands.made[1:4] == [("c", step) for step in STEPS]
    assert sorted(hands.made) == sorted((plan, step) for plan in "abc" for step in STEPS)


def test_what_no_other_plan_has_is_made_first_and_what_is_lost_once_more():
    hands = Hands()
    shop = Workshop(STEPS, hands.make, lambda: None)
    shop.ask("a", "a", wanted=False)
    until(lambda: shop.progress("a").step == "core")
    shop.ask("a", "a", wanted=True, step="search")
    shop.ask("a", "a", wanted=True, step="workbook")
    shop.ask("a+b", "a+b", wanted=True, step="difference", steps=())
    hands.let.set()
    until(shop.idle)
    assert [step for plan, step in hands.made if plan == "a"] == [
        "core", "workbook", "base", "search"
    ]  # fmt: skip
    assert ("a+b", "difference") in hands.made
    shop.ask("a", "a", wanted=True, step="search")
    assert shop.wait("a", "search", 10)
    assert hands.made.count(("a", "search")) == 2


def test_a_reader_hears_how_far_it_is():
    hands = Hands()
    shop = Workshop(STEPS, hands.make, lambda: None)
    assert shop.progress("a") is None
    shop.ask("a", "a", wanted=True)
    assert not shop.wait("a", "core", 0.05)
    until(lambda: shop.progress("a").step == "core")
    assert (shop.progress("a").done, shop.progress("a").steps) == (0, 3)
    hands.let.set()
    assert shop.wait("a", "search", 10)
    until(lambda: shop.progress("a") is None)


def test_few_wait_and_the_others_come_back():
    hands = Hands()
    shop = Workshop(STEPS, hands.make, lambda: None)
    shop.ask("a", "a", wanted=True)
    waiting = [threading.Thread(target=shop.wait, args=("a", "core", 10)) for _ in range(WAITING)]
    for thread in waiting:
        thread.start()
    until(lambda: shop._places._value == 0)
    start = time.perf_counter()
    assert not shop.wait("a", "core", 10)
    assert time.perf_counter() - start < 1
    hands.let.set()
    for thread in waiting:
        thread.join(10)
    assert shop._places._value == WAITING


def test_whoever_waits_is_told_what_went_wrong_and_the_next_may_try_again():
    hands = Hands(wrong=[("a", "base")])
    hands.let.set()
    shop = Workshop(STEPS, hands.make, lambda: None)
    shop.ask("a", "a", wanted=True)
    assert shop.wait("a", "core", 10)
    with pytest.raises(ValueError, match="base"):
        shop.wait("a", "base", 10)
    hands.wrong.clear()
    shop.ask("a", "a", wanted=True)
    assert shop.wait("a", "search", 10)


def test_nothing_to_do_means_looking_for_plans_that_arrived(monkeypatch):
    monkeypatch.setattr("webmap.preparing.WATCH_S", 0.02)
    looked = threading.Event()
    Workshop(STEPS, lambda *_: None, looked.set).watch()
    assert looked.wait(5)


def test_the_page_says_that_it_is_being_prepared_and_goes_on_by_itself(
    visit, running, plan, tmp_path, monkeypatch
):
    from planner.store import save_plan
    from webmap import shelf

    save_plan(plan, tmp_path / "plans")
    let = threading.Event()
    write = shelf._write_part

    def held(values, path):
        assert let.wait(30)
        write(values, path)

    monkeypatch.setattr(shelf, "PATIENCE_S", 0.05)
    monkeypatch.setattr(shelf, "_write_part", held)
    with running(ServeSettings(store=tmp_path / "plans")) as (address, _app):
        seen = visit(f"{address}/plans/{plan.plan_id}/", ready=False)
        box = seen.page.wait_for_selector(".waiting")
        assert "0 / 7" in box.text_content()
        assert "小二级" in box.text_content() or "联合会" in box.text_content()
        listed = visit(f"{address}/", ready=False)
        assert "0 / 7" in listed.page.text_content(".plans")
        let.set()
        seen.page.wait_for_selector("body[data-ready=yes]")
        assert seen.run("() => document.querySelector('.waiting')") is None
        assert not [said for said in seen.complaints if "503" not in said]


def test_the_page_of_two_plans_goes_on_by_itself(
    visit, running, store, plan, other_plan, tmp_path, monkeypatch
):
    let = threading.Event()

    def held(before, after, step):
        with step("people"):
            assert let.wait(30)
        return difference(before, after, step)

    shutil.copytree(store, tmp_path / "plans", ignore=shutil.ignore_patterns("comparison.zip"))
    monkeypatch.setattr("webmap.shelf.PATIENCE_S", 0.0)
    monkeypatch.setattr("webmap.comparing.difference", held)
    with running(ServeSettings(store=tmp_path / "plans")) as (address, _app):
        page = f"{address}/compare?a={plan.plan_id}&b={other_plan.plan_id}&lang=zh"
        seen = visit(page, ready=False)
        seen.page.get_by_text("5 / 6").wait_for()
        assert "范围" in seen.page.text_content("#said")
        seen.run(AXE.read_text(encoding="utf-8"))
        assert seen.run("() => axe.run(document)")["violations"] == []
        let.set()
        seen.page.wait_for_selector("body[data-ready=yes]")
        assert seen.page.locator(".folium-map").count() == 2
        assert not [said for said in seen.complaints if "503" not in said]
        assert all(asked.startswith(address) for asked in seen.requests)


def test_organisations_too_many_to_send_are_counted_where_one_looks(visit, site, plan, monkeypatch):
    from webmap.pages import plans

    monkeypatch.setattr(plans, "MOST_SENT", 5)
    seen = visit(f"{site}/plans/{plan.plan_id}/#on=districts,organisations")
    assert not [url for url in seen.requests if "organisations.json?v=" in url]
    part = seen.run("() => planmap.layers.organisations.part")
    assert part["count"] == len(plan.layers["organisations"])
    first = plan.layers["organisations"].sort_values("workers", ascending=False)["name"].iloc[0]
    seen.open_all()
    assert first in seen.page.text_content("#panel")
    assert not seen.complaints
