from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import uscc

from geodata.sample.wrong_rows import KINDS
from geodata.sources import read_layers


@pytest.fixture(scope="module")
def register(borough, read_register):
    return read_register(borough[0])


@pytest.fixture(scope="module")
def sound(borough, register):
    """The register without the rows that were spoilt."""
    wrong = {row for rows in borough[1].wrong_rows.values() for row in rows}
    # The sheet's row 3 is the first of the table.
    return register[[row + 3 not in wrong for row in range(len(register))]]


@pytest.fixture(scope="module")
def layers(borough):
    folder, _ = borough
    return read_layers(
        register=folder / "register.xlsx",
        boundaries=folder / "boundaries.gpkg",
        sites=folder / "premises.xlsx",
        outdoor=folder / "outdoor.csv",
    )


def test_codes_are_valid_and_distinct_where_sound(sound):
    assert sound["统一社会信用代码"].map(uscc.is_valid).all()
    assert sound["统一社会信用代码"].is_unique


def test_workers_are_heavy_tailed(sound):
    workers = np.sort(sound["职工人数"].astype(int).to_numpy())[::-1]
    assert workers.min() >= 1
    assert np.median(workers) <= 8
    assert 9 <= workers.mean() <= 18
    # A tenth of the enterprises employs more than half of all.
    assert 0.5 < workers[: len(workers) // 10].sum() / workers.sum() < 0.85
    assert 400 < workers[10] <= workers[0] <= 3_000
    assert 0.08 < (workers >= 25).mean() < 0.16


def test_members_and_women_fit_the_workers(sound):
    workers = sound["职工人数"].astype(int)
    assert (sound["会员人数"].astype(int) <= workers).all()
    assert (sound["女职工数"].astype(int) <= workers).all()
    organised = sound["是否建会"] == "是"
    assert (sound.loc[~organised, "会员人数"] == 0).all()
    assert sound.loc[organised, "工会名称"].notna().all()
    assert 0.3 < organised.mean() < 0.7


def test_joint_unions_are_shared_within_a_building(sound):
    joint = sound[sound["工会名称"].fillna("").str.endswith("联合工会")]
    named = joint.dropna(subset="楼宇名称")
    assert (named["楼宇名称"] + "联合工会" == named["工会名称"]).all()
    assert joint.groupby("工会名称").size().mean() > 4
    assert joint.groupby("工会名称")["涵盖单位数"].nunique().max() == 1


def test_industries_cluster_in_space(sound):
    from scipy.spatial import cKDTree

    xy = sound[["经度", "纬度"]].to_numpy(dtype=float) * [95_300, 110_900]
    code = sound["行业代码"].to_numpy()
    # Neighbours in other buildings: those between 60 and 250 m.
    pairs = cKDTree(xy).query_pairs(250, output_type="ndarray")
    apart = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    pairs = pairs[apart > 60]
    same = (code[pairs[:, 0]] == code[pairs[:, 1]]).mean()
    shuffled = np.random.default_rng(0).permutation(code)
    chance = (shuffled[pairs[:, 0]] == shuffled[pairs[:, 1]]).mean()
    assert same > 1.5 * chance


def test_expected_districts_and_no_absurd_street_town(sound):
    workers = sound["职工人数"].astype(int)
    assert 24 <= workers.sum() / 5_000 <= 38
    by_town = workers.groupby(sound["所属街镇"]).agg(["size", "sum"])
    assert len(by_town) == 8
    assert by_town["size"].min() > 0.5 * by_town["size"].mean()
    assert by_town["size"].max() < 1.8 * by_town["size"].mean()


def test_rows_lie_in_the_street_town_they_name(borough, layers, register):
    named = register["所属街镇"].set_axis(register.index + 3)
    spoilt = {row for rows in borough[1].wrong_rows.values() for row in rows}
    towns = layers.street_towns[["name", "geometry"]].rename(columns={"name": "town"})
    rows = layers.enterprises[~layers.enterprises["source_row"].isin(spoilt)]
    found = rows.sjoin(towns, predicate="intersects")
    agree = found["town"].to_numpy() == named.loc[found["source_row"]].to_numpy()
    # A point on a border lies in two.
    assert set(found.loc[agree, "source_row"]) == set(rows["source_row"])


def test_wrong_rows_are_declared_once_and_found_by_the_readers(borough, layers):
    _, sample = borough
    assert set(sample.wrong_rows) == set(KINDS)
    rows = [row for kind in KINDS for row in sample.wrong_rows[kind]]
    assert len(rows) == len(set(rows)) == 8 * len(KINDS)
    kept = set(layers.enterprises["source_row"].tolist())
    for kind in ("negative_workers", "outside"):
        assert not kept & set(sample.wrong_rows[kind]), kind
    for kind in ("bad_code", "no_coordinates", "full_width", "no_name"):
        assert set(sample.wrong_rows[kind]) <= kept, kind
    enterprises = layers.enterprises.set_index("source_row")
    assert enterprises.loc[list(sample.wrong_rows["bad_code"]), "uscc"].isna().all()
    placed = enterprises.loc[list(sample.wrong_rows["no_coordinates"]), "accuracy"]
    assert set(placed) <= {"building", "committee"}
    # Of a code that stands twice one row goes, the later; nothing else is lost but a chance twin.
    assert len(layers.enterprises) == pytest.approx(sample.enterprises - 3 * 8, abs=3)


def test_premises_and_outdoor_lose_no_row(borough, layers):
    folder, _ = borough
    assert len(layers.sites) == len(pd.read_excel(folder / "premises.xlsx", engine="calamine"))
    assert len(layers.outdoor) == len(pd.read_csv(folder / "outdoor.csv"))
    assert set(layers.sites["existing_tier"].dropna()) == {
        "station",
        "sub_centre",
        "service_point",
        "worker_school",
        "rest_station",
    }
    assert set(layers.sites["kind"]) == {
        "union_station", "party_centre", "community_centre", "school", "office", "mall", "park", "bank",
        "pharmacy", "convenience", "fuel", "toilet", "other_public",
    }  # fmt: skip
    assert set(layers.outdoor["kind"]) == {"courier", "cleaner", "driver"}


def test_outdoor_days_have_their_peaks(layers):
    hours = [f"h{hour:02d}" for hour in range(24)]
    day = layers.outdoor.groupby("kind")[hours].sum()
    assert day.loc["courier"].idxmax() in ("h11", "h12")
    assert day.loc["cleaner"].idxmax() in ("h04", "h05")
    assert (day > 0).all().all()
