"""The book of premises in the line: a vetoed site is not proposed again, and the next book carries what was said."""

import shutil

import openpyxl
import pandas as pd
import pytest

from geodata.sources import read_premises_book
from planner.explain import site_cards
from planner.pipeline import run
from planner.report.premises_book import book_rows, write_premises_book
from planner.report.workbook import write_workbook
from planner.scenario import read_scenario

WHY = "业主另有用途"


@pytest.fixture(scope="module")
def vetoed(town, town_run, tmp_path_factory):
    """Fill in the book of the town's plan, run again with it: (first plan, run, folder, vetoed, signed, suggested)."""
    before = town_run[0].plan
    folder = tmp_path_factory.mktemp("book") / "town"
    shutil.copytree(town, folder)
    assert (
        write_premises_book(before, folder / "book.xlsx") == before.facilities["site_id"].nunique()
    )
    cards = site_cards(before)
    free = cards[(cards["tier"] == "service_point") & ~cards["existing"]].sort_values("site_id")
    listed = free[~free["site_id"].str.contains(":")]["site_id"].tolist()
    made = free[free["site_id"].str.startswith(("carrier:", "unit:"))]["site_id"].tolist()
    book = openpyxl.load_workbook(folder / "book.xlsx")
    sheet = book.active
    place = {cell.value: cell.column for cell in sheet[1]}

    def fill(site_id, **said):
        row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == site_id)
        for header, value in said.items():
            sheet.cell(row, place[header]).value = value

    veto = {"否决": "是", "决定人": "李四", "理由": WHY, "填报日期": "2026-11-02"}
    fill(listed[0], **veto)
    fill(made[0], **veto)
    fill(
        listed[1],
        同意情况="已签约",
        可用日期="2026-12-01",
        月租金=4321,
        决定人="王五",
        理由="已谈妥",
    )
    fill(made[1], 同意情况="已签约", 月租金=1234)
    sheet.append(["P-gone", "早已拆除的商场"])
    book.save(folder / "book.xlsx")
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    text += '\n[inputs.premises_book]\npath = "book.xlsx"\nowner = "区总工会"\n'
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    after = run(read_scenario(folder / "scenario.toml"), store=folder / "plans")
    return before, after, folder, listed, made


def test_a_vetoed_site_is_not_proposed_again(vetoed):
    before, after, _folder, listed, made = vetoed
    assert {listed[0], made[0]} <= set(before.facilities["site_id"])
    assert not {listed[0], made[0]} & set(after.plan.facilities["site_id"])
    said = [d for d in after.plan.manifest["scenario"]["decisions"] if d["site_id"] == listed[0]]
    assert {(d["decision"], d["by"], d["reason"]) for d in said} == {("closed", "李四", WHY)}


def test_what_owners_said_reaches_the_plan(vetoed):
    _before, after, _folder, listed, made = vetoed
    sites = after.plan.layers["sites"].set_index("site_id")
    assert sites.loc[listed[1], "consent"] == sites.loc[made[1], "consent"] == "signed"
    assert sites.loc[listed[1], "rent_yuan_month"] == 4321
    assert sites.loc[made[1], "rent_yuan_month"] == 1234
    cards = site_cards(after.plan).set_index("site_id")
    if listed[1] in cards.index:
        assert set(cards.loc[[listed[1]], "said"]) == {"王五: 已谈妥"}
    source = next(s for s in after.plan.manifest["sources"] if s["layer"] == "premises_book")
    assert source["owner"] == "区总工会"
    assert source["rows_in"] == source["kept"] + sum(source["rejected"].values())
    assert any("早已拆除的商场" in note for note in after.plan.manifest["notes"])


def test_the_sheet_shows_who_vetoed_and_why(vetoed, tmp_path):
    _before, after, _folder, listed, _made = vetoed
    sheet = openpyxl.load_workbook(write_workbook(after.plan, tmp_path / "p.xlsx"))["场所台账"]
    row = next(r for r in sheet.iter_rows(min_row=2, values_only=True) if r[0] == listed[0])
    assert {"是", "李四", WHY, "2026-11-02"} <= set(row)


@pytest.mark.parametrize("name", ["next.xlsx", "next.csv"])
def test_the_next_book_carries_everything_and_reads_back(vetoed, tmp_path, name):
    _before, after, folder, *_ids = vetoed
    write_premises_book(after.plan, tmp_path / name)
    rows = book_rows(after.plan)
    assert "早已拆除的商场" in set(rows["name"])
    said = [
        "site_id",
        "consent",
        "available_from",
        "rent_yuan_month",
        "veto",
        "by",
        "reason",
        "said_on",
    ]

    def filled(path):
        frame = pd.DataFrame(read_premises_book(path).frame)[said]
        frame = frame[(frame[["consent", "veto", "by"]].fillna("") != "").any(axis=1)]
        return frame.sort_values("site_id", ignore_index=True)

    pd.testing.assert_frame_equal(filled(tmp_path / name), filled(folder / "book.xlsx"))
