"""Cleaning steps against oracles: stdnum for codes, the tables of GB/T 4754 for industries."""

import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from geodata.cleaning import check_uscc, clean_text, read_industry, read_numbers, read_ownership
from geodata.cleaning.industry import divisions_2017, industry_of, table
from geodata.cleaning.ownership import OWNERSHIPS
from geodata.cleaning.uscc import ALPHABET

SETTINGS = settings(max_examples=60, deadline=None)


def with_check(body):
    return body + oracle.calc_check_digit(body)


codes = st.builds(
    lambda digits, rest: with_check(digits + rest),
    st.text("0123456789", min_size=8, max_size=8),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@SETTINGS
@given(code=codes)
def test_valid_codes_pass(code):
    checked = check_uscc([code])
    assert checked.code[0] == code
    assert not checked.wrong[0]
    assert not checked.mended[0]


@SETTINGS
@given(code=codes, place=st.integers(0, 17), letter=st.sampled_from(ALPHABET))
def test_one_wrong_character_fails(code, place, letter):
    wrong = code[:place] + letter + code[place + 1 :]
    if wrong != code:
        checked = check_uscc([wrong])
        assert checked.wrong[0] or checked.mangled[0]
        assert checked.code[0] == ""


@SETTINGS
@given(code=codes, place=st.integers(8, 16))
def test_two_neighbours_exchanged_fail(code, place):
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        assert check_uscc([wrong]).code[0] == ""


@SETTINGS
@given(
    texts=st.lists(
        st.text(string.ascii_uppercase + string.digits, min_size=18, max_size=18) | codes,
        max_size=20,
    )
)
def test_eighteen_characters_are_judged_as_stdnum_judges_them(texts):
    checked = check_uscc(texts)
    # Letters taken for digits are put right before the second attempt, so only unmended rows compare.
    for text, code, mended, wrong, mangled in zip(
        texts, checked.code, checked.mended, checked.wrong, checked.mangled, strict=True
    ):
        if not mended:
            assert (code == text) == oracle.is_valid(text)
            # Digits that end in zeros are what a sheet leaves of a code, a verdict of its own.
            assert (wrong or mangled) == (not oracle.is_valid(text))


@SETTINGS
@given(
    values=st.lists(
        st.none() | st.floats() | st.integers() | st.text() | st.booleans(), max_size=20
    )
)
def test_any_cell_falls_under_one_verdict(values):
    checked = check_uscc(values)
    verdicts = np.vstack(
        [checked.blank, checked.mangled, checked.short, checked.wrong, checked.code != ""]
    )
    assert (verdicts.sum(axis=0) == 1).all()


def test_a_letter_taken_for_a_digit_is_put_right():
    code = with_check("91310101" + "012345678")
    checked = check_uscc([code.replace("0", "O")])
    assert checked.code[0] == code
    assert checked.mended[0]


def test_numbers_of_a_sheet():
    checked = check_uscc(
        [9.1310101e17, 913101010000000000, "9.13E+17", "913101010000000000", float("nan")]
    )
    assert checked.mangled.tolist() == [True, True, True, True, False]
    assert checked.blank.tolist() == [False] * 4 + [True]


def test_embedded_organisation_code_is_checked():
    sound = oracle.calc_check_digit("91310101" + "000000019")
    # 00000001: weights 3,7,9,10,5,8,4,2 give 2, so the digit is 11 - 2 = 9.
    assert not check_uscc(["91310101" + "000000019" + sound]).organisation_doubt[0]
    other = with_check("91310101" + "000000018")
    checked = check_uscc([other])
    assert checked.organisation_doubt[0]
    assert checked.code[0] == other


def test_classification_has_the_published_sizes():
    sizes = pd.DataFrame(table()).groupby(["vintage", "level"]).size().to_dict()
    assert sizes == {
        ("2002", "division"): 95, ("2002", "section"): 20,
        ("2011", "division"): 96, ("2011", "section"): 20,
        ("2017", "division"): 97, ("2017", "section"): 20,
    }  # fmt: skip
    divisions = divisions_2017()
    assert sorted(divisions) == [f"{number:02d}" for number in range(1, 98)]
    assert sorted(set(divisions.values())) == list("ABCDEFGHIJKLMNOPQRST")


@pytest.mark.parametrize("vintage", ["2002", "2011", "2017"])
def test_every_code_and_name_of_every_vintage_is_read(vintage):
    rows = [row for row in table() if row["vintage"] == vintage]
    for row in rows:
        by_code = industry_of(
            row["section"] + row["code"] if row["level"] == "division" else row["code"], vintage
        )
        by_name = industry_of(row["name"], vintage)
        expected = (row["section_2017"], row["division_2017"])
        assert by_code == expected, row
        # A section of one division (房地产业, 教育) has the same name; either answer says the same.
        assert by_name[0] == expected[0], row
        if row["level"] == "division":
            assert by_name[1] == expected[1], row


def test_industries_as_they_are_written():
    texts = [
        "I65",
        "6510",
        "65",
        "软件和信息技术服务业",
        "软件和信息技术服务",
        "制造业-汽车制造业",
        "C36 汽车制造业",
        "信息传输、软件和信息技术服务业",
        "餐饮",
        "F",
        "乱写",
        None,
    ]
    section, division, unknown = read_industry(pd.Series(texts, dtype="str"))
    assert section.tolist() == ["I", "I", "I", "I", "I", "C", "C", "I", "H", "F", "", ""]
    assert division.tolist()[:8] == ["65", "65", "65", "65", "65", "36", "36", ""]
    assert unknown.tolist() == [False] * 10 + [True, False]


@SETTINGS
@given(text=st.text(max_size=30))
def test_any_text_is_an_industry_or_not(text):
    section, division = industry_of(text)
    assert section in {"", *"ABCDEFGHIJKLMNOPQRST"}
    assert division == "" or divisions_2017()[division] == section


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("国有企业", "state"), ("国有独资公司", "state"), ("集体企业", "collective"), ("股份合作企业", "other"),
        ("私营独资企业", "private"), ("其他有限责任公司", "private"), ("股份有限公司", "private"),
        ("合资经营企业(港或澳、台资)", "hmt"), ("港、澳、台商独资经营企业", "hmt"), ("台资", "hmt"),
        ("中外合资经营企业", "foreign"), ("外资企业", "foreign"), ("个体工商户", "self_employed"), ("个体经营", "self_employed"),
        ("事业单位", "public"), ("民办非企业单位", "public"), ("农民专业合作社", "other"), ("非国有", "private"),
        ("110", "state"), ("173 私营有限责任公司", "private"), ("330", "foreign"), ("410", "self_employed"), ("私企", "private"), ("民营企业", "private"),
    ],
)  # fmt: skip
def test_ownership_as_it_is_written(text, kind):
    ownership, unknown = read_ownership(pd.Series([text], dtype="str"), None)
    assert ownership[0] == kind
    assert not unknown[0]


@SETTINGS
@given(text=st.text(max_size=20))
def test_any_text_is_an_ownership_or_not(text):
    ownership, _unknown = read_ownership(clean_text([text]), None)
    assert ownership[0] in {"", *OWNERSHIPS}


@SETTINGS
@given(number=st.integers(0, 10**9), full=st.booleans(), groups=st.booleans())
def test_numbers_survive_how_people_write_them(number, full, groups):
    text = f"{number:,}" if groups else str(number)
    if full:
        text = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,"})
    numbers, unreadable, _mended = read_numbers([f"  {text}人 "])
    assert numbers[0] == number
    assert not unreadable[0]


@SETTINGS
@given(
    values=st.lists(
        st.none()
        | st.floats()
        | st.integers(-(10**30), 10**30)
        | st.text(max_size=8)
        | st.booleans(),
        max_size=12,
    )
)
def test_any_cell_is_a_finite_number_or_missing(values):
    numbers, unreadable, _mended = read_numbers(values)
    assert len(numbers) == len(values)
    assert not np.isinf(numbers).any()
    assert np.isnan(numbers[unreadable]).all()


@SETTINGS
@given(
    values=st.lists(
        st.none() | st.floats() | st.integers() | st.text(max_size=8) | st.booleans(), max_size=12
    )
)
def test_cleaning_text_twice_changes_nothing(values):
    once = clean_text(values)
    assert clean_text(once).equals(once)
    assert (once.dropna().str.strip() == once.dropna()).all()


def test_cells_of_lists_are_texts_too():
    assert clean_text([["a"], None, {"b": 1}]).tolist()[0] == "['a']"
