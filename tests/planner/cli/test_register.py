"""`planner register` from the command line: add, compare, survey, visit, pursue."""

import openpyxl
import pytest

from geodata.locking import locked


@pytest.fixture
def store(call, town, tmp_path):
    """Two years: in the second the ten last enterprises are gone."""
    later = tmp_path / "later.xlsx"
    book = openpyxl.load_workbook(town / "register.xlsx")
    book.active.delete_rows(book.active.max_row - 9, 10)
    book.save(later)
    for file, day in ((town / "register.xlsx", "2023-12-31"), (later, "2025-12-31")):
        assert call("register", "add", file, "--as-of", day, "--store", tmp_path / "st").code == 0
    return tmp_path / "st"


def test_adding_counts_every_row(call, town, tmp_path):
    answer = call("register", "add", town / "register.xlsx", "--as-of", "2025-12-31", "--store", tmp_path, "--json")  # fmt: skip
    said = answer.json
    assert said["rows_in"] == said["kept"] + said["rejected"] + said["ignored"]
    assert 0 < said["repaired"] <= said["kept"]
    assert said["rejected"] > 0
    sheet = openpyxl.load_workbook(said["rejects_path"]).active
    assert sheet.max_row - 1 == said["rejected"]
    again = call("register", "add", town / "register.xlsx", "--as-of", "2025-12-31", "--store", tmp_path, "--json")  # fmt: skip
    assert again.json == said | {"new": False}


def test_adding_takes_what_the_scenario_says(call, town_copy, tmp_path):
    text = (town_copy / "scenario.toml").read_text(encoding="utf-8")
    text = text.replace('path = "register.xlsx"', 'path = "register.xlsx"\nowner = "区总工会"')
    (town_copy / "scenario.toml").write_text(text, encoding="utf-8")
    call("register", "add", town_copy / "register.xlsx", "--as-of", "2025-12-31", "--store", tmp_path / "st", "--scenario", town_copy / "scenario.toml")  # fmt: skip
    listed = call("register", "list", "--store", tmp_path / "st", "--json").json
    assert listed[0]["source"]["owner"] == "区总工会"
    assert listed[0]["source"]["as_of"] == "2025-12-31"


def test_changes_as_table_workbook_and_json(call, store, tmp_path):
    said = call("register", "changes", "2023", "2025", "--store", store, "--json").json
    assert said["counts"]["opened"] == 0
    assert 0 < said["counts"]["closed"] <= 10
    assert len(said["events"]) == sum(said["counts"].values())
    table = call("register", "changes", "2023", "2025", "--store", store, "--xlsx", tmp_path / "c.xlsx")  # fmt: skip
    assert "grew past the threshold" in table.out
    assert openpyxl.load_workbook(tmp_path / "c.xlsx").active.max_row - 1 == len(said["events"])
    back = call("register", "changes", "2025", "2023", "--store", store, "--json").json
    assert back["counts"]["opened"] == said["counts"]["closed"]


def test_the_survey_of_a_year(call, store, town, tmp_path):
    rates = call("register", "rates", "2025", "--store", store, "--json").json
    *towns, whole = rates["street_towns"]
    assert whole["street_town"] == "*"
    assert sum(one["workers"] for one in towns) == whole["workers"]
    placed = call("register", "rates", "--store", store, "--boundaries", town / "boundaries.gpkg", "--json").json  # fmt: skip
    assert placed["street_towns"][-1] == whole
    work = call("register", "work-list", "--store", store, "--json").json["enterprises"]
    assert len(work) >= sum(one["enterprises_missing"] for one in towns)
    shown = call("register", "work-list", "--store", store, "--xlsx", tmp_path / "w.xlsx")
    assert shown.code == 0
    assert openpyxl.load_workbook(tmp_path / "w.xlsx").worksheets[0].max_row - 1 == len(work)


def test_visits_and_holdouts(call, store, tmp_path):
    path = tmp_path / "visits.xlsx"
    assert call("register", "visit-list", "--to", path, "--most", "3", "--store", store).code == 0
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book.active[2]]
    first = book.active[3]
    first[heads.index("走访日期")].value = "2026-01-15"
    first[heads.index("走访结果")].value = "已歇业"
    gone = first[heads.index("企业标识")].value
    book.save(path)
    said = call("register", "visited", path, "--store", store, "--json").json
    assert (said["kept"], said["new"], said["rejected"]) == (1, 1, 0)
    assert said["rows_in"] == said["kept"] + said["rejected"] + said["ignored"]
    left = call("register", "work-list", "--store", store, "--json").json["enterprises"]
    assert gone not in {one["enterprise_id"] for one in left}
    listed = call("register", "holdouts", "--store", store, "--json").json["holdouts"]
    assert [one["workers"] for one in listed] == sorted((one["workers"] for one in listed), reverse=True)  # fmt: skip
    assert all(one["workers"] >= 100 and one["years"] >= 1.9 for one in listed)
    target = listed[0]["enterprise_id"]
    words = ("register", "case", target, "--on", "2026-02-01", "--by", "法律部", "--store", store)
    assert call(*words, "--step", "litigation").code == 3
    assert call(*words, "--step", "rectification_opinion").code == 0
    now = call("register", "holdouts", "--store", store, "--json").json["holdouts"]
    assert now[0]["step"] == "rectification_opinion"
    # Refused dues have a track of their own: the steps of one are none of the other.
    dues = (*words, "--track", "dues")
    assert call(*dues, "--step", "litigation").code == 2
    assert call(*dues, "--step", "rectification_opinion").code == 0
    (owed,) = call("register", "arrears", "--store", store, "--json").json["arrears"]
    assert (owed["enterprise_id"], owed["steps"]) == (target, "2026-02-01 rectification_opinion")
    assert owed["owed_yuan_year"] > 0
    assert call(*dues, "--step", "settled").code == 0
    assert call("register", "arrears", "--store", store, "--json").json["arrears"] == []
    assert len(call("register", "arrears", "--store", store, "--all", "--json").json["arrears"]) == 1  # fmt: skip
    assert call("register", "holdouts", "--store", store, "--json").json["holdouts"][0]["step"] == "rectification_opinion"  # fmt: skip


def test_restoring_and_finding(call, store, tmp_path):
    import geopandas as gpd

    from geodata.history import find_snapshot, load_snapshot
    from geodata.history.content import content_digest

    assert call("register", "restore", "2023", "--to", tmp_path / "r.parquet", "--store", store).code == 0  # fmt: skip
    frame = load_snapshot(find_snapshot(store, "2023")).frame
    assert content_digest(gpd.read_parquet(tmp_path / "r.parquet"), "") == content_digest(frame, "")
    for name in ("r.csv", "r.gpkg"):
        assert call("register", "restore", "2023", "--to", tmp_path / name, "--store", store).code == 0  # fmt: skip
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    code = frame["uscc"].dropna().iloc[0]
    found = call("register", "find", code, "--store", store, "--json").json
    assert [one["as_of"] for one in found] == ["2023-12-31", "2025-12-31"]


def test_what_a_person_may_get_wrong(call, store, small_town, tmp_path):
    file = small_town / "register.xlsx"
    day = ("--as-of", "2026-12-31", "--store", store)
    with locked(store):
        assert call("register", "add", file, *day).code == 6
    assert call("register", "add", tmp_path / "none.xlsx", *day).code == 3
    assert call("register", "add", file, "--as-of", "31.12.2026", "--store", store).code == 2
    assert call("register", "add", file, *day, "--column", "name").code == 2
    answer = call("register", "changes", "2019", "2025", "--store", store)
    assert answer.code == 3
    assert "20231231" in answer.err
    assert call("register", "rates", "--store", tmp_path / "empty").code == 3
    assert call("register", "restore", "2023", "--to", tmp_path / "r.txt", "--store", store).code == 2  # fmt: skip
    assert call("register", "visit-list", "--to", tmp_path / "v.xlsx", "--street-town", "?", "--store", store).code == 2  # fmt: skip
    (tmp_path / "noise.xlsx").write_bytes(b"\x00" * 100)
    assert call("register", "visited", tmp_path / "noise.xlsx", "--store", store).code == 3
    assert call("register", "case", "nobody", "--step", "settled", "--on", "2026-01-01", "--by", "x", "--store", store).code == 2  # fmt: skip
