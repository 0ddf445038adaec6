"""Files as offices send them, written by the tests."""

import os
from pathlib import Path

import pytest
import xlsxwriter

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

HEADERS = (
    "企业名称", "统一社会信用代码", "经营地址", "职工人数", "会员人数", "行业代码", "登记注册类型",
    "所属街镇", "所属居村", "楼宇名称", "是否建会", "上级工会", "经度", "纬度",
)  # fmt: skip

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def organisation_code(number):
    digits = f"{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    left = (11 - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11) % 11
    return digits + ("X" if left == 10 else str(left))


def uscc(number, place="91310101"):
    """A valid code, by the formula of the standard and not by the code under test."""
    body = place + organisation_code(number)
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total) % 31]


def row(number, **changes):
    """A sound row of a register; changes by header."""
    values = {
        "企业名称": f"上海第{number}科技有限公司",
        "统一社会信用代码": uscc(number),
        "经营地址": f"中山东一路{number}号",
        "职工人数": 10 + number,
        "会员人数": 5,
        "行业代码": "I65",
        "登记注册类型": "私营有限责任公司",
        "所属街镇": "外滩街道",
        "所属居村": "甲居委会",
        "楼宇名称": "甲大厦",
        "是否建会": "是",
        "上级工会": "黄浦区总工会",
        "经度": 121.49 + number / 10_000,
        "纬度": 31.235,
    }
    values.update(changes)
    return [values[name] for name in HEADERS]


def write_xlsx(path, *sheets, names=()):
    """Write rows of cells as a workbook, one list of rows per sheet."""
    with xlsxwriter.Workbook(str(path)) as book:
        for place, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[place] if names else None)
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(number, column, cell)
    return path


@pytest.fixture
def shared():
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/data is absent, and CI must have it")
        pytest.skip("../shared/data is absent")
    return SHARED
