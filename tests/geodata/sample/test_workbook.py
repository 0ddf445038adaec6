from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from geodata.sample.workbook import column_letters, write_workbook

TABLE = pd.DataFrame(
    {
        "名称": ["甲 & <乙>", "=1+1", " 两端空格 ", "坏\x07字"],
        "人数": [1, -2, None, 2.5],
    },
    dtype=object,
)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "one.xlsx"
    assert write_workbook(path, TABLE, sheet="名 & 册", title="标题") == 2
    return path


def test_two_readers_see_the_same_cells(written):
    expected = [
        ["标题", None],
        ["名称", "人数"],
        ["甲 & <乙>", 1],
        ["=1+1", -2],
        [" 两端空格 ", None],
        ["坏字", 2.5],
    ]
    book = openpyxl.load_workbook(written)
    assert book.sheetnames == ["名 & 册"]
    assert [list(row) for row in book.active.iter_rows(values_only=True)] == expected
    assert book.active["A4"].data_type == "s"
    rows = CalamineWorkbook.from_path(str(written)).get_sheet_by_index(0).to_python()
    assert [[cell if cell != "" else None for cell in row] for row in rows] == expected


def test_same_table_gives_same_bytes(written, tmp_path):
    again = tmp_path / "two.xlsx"
    write_workbook(again, TABLE, sheet="名 & 册", title="标题")
    assert again.read_bytes() == written.read_bytes()


def test_more_rows_than_are_written_at_once(tmp_path):
    table = pd.DataFrame({"n": range(4_503)})
    path = tmp_path / "long.xlsx"
    assert write_workbook(path, table, sheet="n", title=None) == 1
    read = pd.read_excel(path, engine="calamine")
    assert read["n"].tolist() == list(range(4_503))


def test_column_letters_agree_with_openpyxl():
    from openpyxl.utils import get_column_letter

    places = [0, 1, 25, 26, 51, 52, 701, 702, 16_383]
    assert [column_letters(k) for k in places] == [get_column_letter(k + 1) for k in places]
