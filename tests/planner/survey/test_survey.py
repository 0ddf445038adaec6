"""Rates, work lists, visits, holdouts: against plain counting."""

import math
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InvalidRowsError, LockedError, StoreError
from geodata.locking import locked
from planner.policy import read_policy
from planner.survey.cases import read_cases, take_step
from planner.survey.holdouts import Years, holdouts
from planner.survey.journal import VISITS, add_entries, read_entries
from planner.survey.keys import yearly_keys
from planner.survey.rates import WHOLE, survey_rates
from planner.survey.visits import RESULTS, last_visits, read_visit_list, write_visit_list
from planner.survey.work_list import work_list

RULE = read_policy("shanghai-2018").rates
TODAY = date(2026, 3, 31)


@st.composite
def registers(draw):
    n = draw(st.integers(1, 25))
    workers = draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
    share = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    frame = pd.DataFrame(
        {
            "enterprise_id": [f"E{k:02d}" for k in range(n)],
            "name": [f"第{k}公司" for k in range(n)],
            "address": "甲路1号",
            "workers": workers,
            "members": [int(a * b) for a, b in zip(workers, share, strict=True)],
            "unionised": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
            "in_scope": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        }
    )
    towns = pd.Series(draw(st.lists(st.sampled_from(["甲街道", "乙镇", ""]), min_size=n, max_size=n)), dtype="str")  # fmt: skip
    return frame, towns


@settings(max_examples=60, deadline=None)
@given(registers())
def test_rates_are_plain_counts_and_missing_is_the_fewest(register):
    frame, towns = register
    table = survey_rates(frame, towns, RULE).set_index("street_town")
    scope = frame[frame["in_scope"]].assign(town=towns[frame["in_scope"]])
    for town, row in table.iterrows():
        part = scope if town == WHOLE else scope[scope["town"] == town]
        assert row["enterprises"] == len(part)
        assert row["members"] == part["members"].sum()
        for have, whole, lack in (("unionised", "enterprises", "enterprises_missing"), ("members", "workers", "members_missing")):  # fmt: skip
            assert row[have] + row[lack] >= 0.85 * row[whole] - 1e-9
            assert row[lack] == 0 or row[have] + row[lack] - 1 < 0.85 * row[whole] - 1e-9
        assert row["met"] == (row["enterprises_missing"] == row["members_missing"] == 0)
    assert table.loc[WHOLE, "workers"] == scope["workers"].sum()


@settings(max_examples=60, deadline=None)
@given(registers())
def test_the_work_list_closes_both_gaps_and_no_more(register):
    frame, towns = register
    listed = work_list(frame, towns, RULE)
    rates = survey_rates(frame, towns, RULE).set_index("street_town")
    assert listed["enterprise_id"].is_unique
    by_id = frame.set_index("enterprise_id")
    for town, part in listed.groupby("street_town"):
        assert part["workers"].is_monotonic_decreasing
        assert part["place"].tolist() == list(range(1, len(part) + 1))
        lack, people = rates.loc[town, ["enterprises_missing", "members_missing"]]
        formed = part[part["closes"] != "membership"]
        assert len(formed) == lack
        assert not by_id.loc[formed["enterprise_id"], "unionised"].any()
        # The largest ones without a union, and no other.
        waiting = frame[frame["in_scope"] & ~frame["unionised"] & (towns == town)]
        assert sorted(formed["workers"]) == sorted(waiting["workers"].nlargest(int(lack)))
        assert part["could_join"].sum() >= people
        joined = part[part["closes"] == "membership"]
        if len(joined):
            assert part["could_join"].sum() - joined["could_join"].min() < people
    quiet = set(rates.index[~rates["met"]]) - {WHOLE}
    assert set(listed["street_town"]) == quiet


def frame_of(*rows):
    columns = ["enterprise_id", "name", "workers", "members", "unionised"]
    return pd.DataFrame(rows, columns=columns).assign(address="甲路1号", in_scope=True)


FIRMS = frame_of(
    ("A", "甲公司", 300, 0, False), ("B", "乙公司", 150, 0, False), ("C", "丙公司", 90, 0, False), ("row-7", "丁店", 200, 0, False),
)  # fmt: skip
TOWNS = pd.Series(["甲街道"] * 4)


def filled(path, answers):
    """Fill in a visit list as a person would: name of the enterprise -> cells."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    heads = [cell.value for cell in sheet[2]]
    for row in sheet.iter_rows(min_row=3):
        for head, value in answers.get(row[heads.index("企业名称")].value, {}).items():
            row[heads.index(head)].value = value
    book.save(path)


def test_a_visit_list_is_filled_in_and_read_back(tmp_path):
    path = tmp_path / "list.xlsx"
    listed = work_list(FIRMS, TOWNS, RULE)
    assert listed["name"].tolist() == ["甲公司", "丁店", "乙公司", "丙公司"]
    write_visit_list(path, listed, "走访清单")
    filled(
        path,
        {
            "甲公司": {"走访日期": date(2026, 3, 2), "走访结果": "拒绝建会", "核实职工人数": 310},
            "丁店": {"走访日期": "2026年3月3日", "走访结果": "查无此企业", "备注": "=1+1"},
            "乙公司": {"走访日期": "2027-01-01", "走访结果": "已建会"},
        },
    )
    known = frozenset(yearly_keys(FIRMS["enterprise_id"], FIRMS["name"]))
    back = read_visit_list(path, known, TODAY)
    assert back.rows_in == len(back.entries) + len(back.rejected) + back.ignored
    assert [(e["enterprise_id"], e["date"], e["result"], e["workers"]) for e in back.entries] == [
        ("A", "2026-03-02", "refused", 310),
        ("name:丁店", "2026-03-03", "not_found", None),
    ]
    assert back.rejected["reason"].tolist() == ["the visit lies in the future"]
    assert add_entries(tmp_path, VISITS, back.entries) == 2
    assert add_entries(tmp_path, VISITS, back.entries) == 0
    again = work_list(FIRMS, TOWNS, RULE, last_visits(tmp_path))
    assert again["name"].tolist() == ["甲公司", "乙公司", "丙公司"]
    assert again["last_result"].tolist() == ["refused", "", ""]
    # Next year the shop stands in another row; it is still the one that was not found.
    later = FIRMS.assign(enterprise_id=["A", "B", "C", "row-9"])
    assert "丁店" not in set(work_list(later, TOWNS, RULE, last_visits(tmp_path))["name"])


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"走访日期": "昨天", "走访结果": "已建会"}, "cannot be read"),
        ({"走访结果": "已建会"}, "missing or cannot be read"),
        ({"走访日期": "2026-03-01", "走访结果": "还行"}, "none of those offered"),
        ({"走访日期": "2026-03-01", "走访结果": "已建会", "核实职工人数": "许多"}, "number cannot be used"),
        ({"走访日期": "2026-03-01", "走访结果": "已建会", "企业标识": "Z"}, "in no snapshot"),
    ],
)  # fmt: skip
def test_a_wrongly_filled_row_comes_back_with_its_reason(tmp_path, cells, reason):
    path = tmp_path / "list.xlsx"
    write_visit_list(path, work_list(FIRMS, TOWNS, RULE), "走访清单")
    filled(path, {"乙公司": cells})
    back = read_visit_list(path, frozenset("ABC"), TODAY)
    assert (len(back.entries), len(back.rejected)) == (0, 1)
    assert reason in back.rejected["reason"].iloc[0]
    assert back.rows_in == 1 + back.ignored


def test_every_result_is_offered_in_the_workbook(tmp_path):
    path = tmp_path / "list.xlsx"
    write_visit_list(path, work_list(FIRMS, TOWNS, RULE), "走访清单")
    rules = openpyxl.load_workbook(path).active.data_validations.dataValidation
    assert all(said in rules[0].formula1 for said in RESULTS.values())


def test_the_last_visit_counts(tmp_path):
    entry = {"enterprise_id": "A", "result": "again", "date": "2026-01-05"}
    add_entries(tmp_path, VISITS, [entry, entry | {"result": "refused", "date": "2025-12-01"}, entry | {"result": "agreed"}])  # fmt: skip
    assert last_visits(tmp_path).to_numpy().tolist() == [["A", "2026-01-05", "agreed"]]


def test_a_journal_is_never_half_written(tmp_path):
    with locked(tmp_path), pytest.raises(LockedError):
        add_entries(tmp_path, VISITS, [{"enterprise_id": "A"}])
    assert read_entries(tmp_path, VISITS) == []
    add_entries(tmp_path, VISITS, [{"enterprise_id": "A"}])
    with (tmp_path / VISITS).open("a", encoding="utf-8") as stream:
        stream.write("[1]\n")
    with pytest.raises(StoreError, match=":2"):
        read_entries(tmp_path, VISITS)


def years(*pairs):
    return [Years(date(year, 12, 31), frozenset(keys)) for year, keys in pairs]


def list_of(history, visits=(), cases=None):
    seen = pd.DataFrame(visits, columns=["enterprise_id", "date", "result"], dtype="str")
    found = holdouts(FIRMS, TOWNS, history, workers_least=100, years_least=2.0, visits=seen, cases=cases or {})  # fmt: skip
    return dict(zip(found["name"], found["years"], strict=True))


def test_holdouts_are_large_and_long_without_a_union():
    everybody = {"A", "B", "C", "name:丁店"}
    history = years((2023, everybody), (2024, everybody - {"B"}), (2025, everybody))
    # B had a union in between, C is small.
    assert list_of(history) == {"甲公司": 2.0, "丁店": 2.0}
    assert list_of(history[1:]) == {}
    refused = [("B", "2026-01-01", "refused"), ("C", "2026-01-01", "refused")]
    assert list_of(history, refused) == {"甲公司": 2.0, "丁店": 2.0, "乙公司": 0.0}
    opened = {"C": [{"step": "rectification_opinion", "date": "2026-01-02"}]}
    assert "丙公司" in list_of(history, cases=opened)


def test_a_case_goes_step_by_step(tmp_path):
    def step(name, day, today=TODAY):
        return take_step(tmp_path, "A", name, day, by="王", note="", today=today)

    with pytest.raises(InvalidRowsError, match="rectification_opinion"):
        step("litigation", date(2026, 1, 1))
    with pytest.raises(InvalidRowsError, match="no open case"):
        step("settled", date(2026, 1, 1))
    step("rectification_opinion", date(2026, 1, 10))
    for name, day, why in (
        ("rectification_opinion", date(2026, 1, 11), "handling_proposal"),
        ("handling_proposal", date(2026, 1, 9), "before the last"),
        ("handling_proposal", date(2026, 4, 1), "in the future"),
    ):
        with pytest.raises(InvalidRowsError, match=why):
            step(name, day)
    step("handling_proposal", date(2026, 2, 10))
    step("litigation", date(2026, 3, 1))
    track = step("settled", date(2026, 3, 2))
    assert [one["step"] for one in track] == ["rectification_opinion", "handling_proposal", "litigation", "settled"]  # fmt: skip
    assert len(step("rectification_opinion", date(2026, 3, 3))) == 5
    assert [one["by"] for one in read_cases(tmp_path)["A"]] == ["王"] * 5


def test_an_exact_share_is_met():
    frame = frame_of(*((f"E{k}", f"第{k}", 20, 17, k < 17) for k in range(20)))
    row = survey_rates(frame, pd.Series(["甲街道"] * 20), RULE).iloc[0]
    assert row["met"]
    assert math.isclose(row["formation_share"], 0.85)
    assert np.isclose(row["membership_share"], 0.85)
