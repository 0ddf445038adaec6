"""Snapshots are kept whole, named by their content, and come back exactly."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputMissingError, LockedError, StoreError
from geodata.history import (
    add_snapshot,
    find_enterprise,
    find_snapshot,
    is_register_store,
    list_snapshots,
    load_snapshot,
)
from geodata.history.content import content_digest
from geodata.history.snapshots import snapshot_on
from geodata.locking import locked
from geodata.sources import read_register

DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def read(town):
    return read_register(town / "register.xlsx", owner="区总工会", licence="internal")


@pytest.fixture
def store(read, tmp_path):
    add_snapshot(read, DAY, tmp_path / "store")
    return tmp_path / "store"


def same(a, b):
    assert_geodataframe_equal(a.frame, b.frame)
    pd.testing.assert_frame_equal(a.rejected, b.rejected)
    pd.testing.assert_frame_equal(a.repaired, b.repaired)
    assert a.record == b.record


def test_a_snapshot_comes_back_exactly(read, store):
    same(load_snapshot(find_snapshot(store, "2025")), read)


def test_the_same_rows_are_stored_once(read, store):
    snapshot, fresh = add_snapshot(read, DAY, store)
    assert not fresh
    assert [one.snapshot_id for one in list_snapshots(store)] == [snapshot.snapshot_id]


def test_another_day_or_value_is_another_snapshot(read, store):
    changed = read.frame.assign(workers=read.frame["workers"] + 1)
    names = {content_digest(read.frame, "a"), content_digest(read.frame, "b"), content_digest(changed, "a")}  # fmt: skip
    assert len(names) == 3
    moved = read.frame.copy()
    moved.geometry = moved.geometry.translate(1e-9)
    assert content_digest(moved, "a") not in names
    add_snapshot(read, date(2026, 6, 30), store)
    assert len(list_snapshots(store)) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), min_size=1, max_size=5))
def test_absent_and_empty_texts_are_told_apart(texts):
    frame = gpd.GeoDataFrame({"name": pd.Series(texts, dtype=object)}, geometry=gpd.points_from_xy([0.0] * len(texts), [0.0] * len(texts)))  # fmt: skip
    here = content_digest(frame, "")
    for row, text in enumerate(texts):
        other = frame.copy()
        other["name"] = pd.Series([*texts[:row], "" if text is None else None, *texts[row + 1 :]], dtype=object)  # fmt: skip
        assert content_digest(other, "") != here


def test_a_person_may_name_a_snapshot_in_many_ways(read, store):
    add_snapshot(read, date(2026, 12, 31), store)
    newest = find_snapshot(store, "latest")
    assert newest.as_of.year == 2026
    for which in ("2026", "2026-12-31", newest.snapshot_id, newest.snapshot_id[:12]):
        assert find_snapshot(store, which) == newest
    for which in ("2024", "2025-01-01", "2", "202", "zz", "../x", ""):
        with pytest.raises(InputMissingError, match="no snapshot"):
            find_snapshot(store, which)
    assert snapshot_on(store, date(2026, 12, 30)).as_of == DAY
    assert snapshot_on(store, None) == newest
    with pytest.raises(InputMissingError):
        snapshot_on(store, date(2025, 12, 30))


def test_of_one_day_the_later_one_counts(read, store):
    changed = type(read)(read.frame.iloc[:-1], read.record, read.rejected, read.repaired)
    later, _fresh = add_snapshot(changed, DAY, store)
    assert find_snapshot(store, "2025") == later
    assert len(list_snapshots(store)) == 2


def test_an_edited_snapshot_is_refused(store):
    snapshot = find_snapshot(store, "2025")
    frame = gpd.read_parquet(snapshot.path / "enterprises.parquet")
    frame.assign(workers=0).to_parquet(snapshot.path / "enterprises.parquet")
    with pytest.raises(StoreError, match="edited"):
        load_snapshot(snapshot)
    (snapshot.path / "snapshot.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="edited"):
        list_snapshots(store)


def test_a_newer_format_is_refused(store):
    path = find_snapshot(store, "2025").path / "snapshot.json"
    values = json.loads(path.read_text(encoding="utf-8")) | {"format": 99}
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(StoreError, match="newer version"):
        list_snapshots(store)


def test_the_index_finds_and_is_made_again(read, store):
    row = read.frame.iloc[0]
    found = find_enterprise(store, row["enterprise_id"])
    assert found["name"].tolist() == [row["name"]]
    assert found["lon"].tolist() == [row.geometry.x]
    part = row["name"][:4]
    expected = read.frame.loc[read.frame["name"].str.contains(part, regex=False), "enterprise_id"]
    assert find_enterprise(store, part, most=10_000)["enterprise_id"].tolist() == sorted(expected)
    assert find_enterprise(store, "%").empty
    for content in (None, b"no database"):
        (store / "index.sqlite").unlink()
        if content:
            (store / "index.sqlite").write_bytes(content)
        assert find_enterprise(store, row["enterprise_id"])["name"].tolist() == [row["name"]]


def test_rows_without_coordinates_have_none_in_the_index(read, tmp_path):
    frame = read.frame.copy()
    frame.loc[0, "geometry"] = None
    add_snapshot(type(read)(frame, read.record, read.rejected, read.repaired), DAY, tmp_path)
    base = sqlite3.connect(tmp_path / "index.sqlite")
    missing = base.execute("SELECT count(*) FROM enterprises WHERE lon IS NULL").fetchone()
    assert missing == (frame.geometry.isna().sum(),)
    base.close()


def test_a_folder_is_a_store_when_it_holds_snapshots(store, tmp_path):
    assert is_register_store(store)
    assert not is_register_store(tmp_path / "nothing")
    assert not is_register_store(tmp_path)


def test_two_at_once(read, store):
    with locked(store), pytest.raises(LockedError, match="another process"):
        add_snapshot(read, date(2027, 1, 1), store)
    assert len(list_snapshots(store)) == 1


ADDING = """
import sys
from datetime import date
from pathlib import Path
from geodata.history import add_snapshot, load_snapshot, list_snapshots
source = list_snapshots(Path(sys.argv[1]))[0]
read = load_snapshot(source)
print("ready", flush=True)
for day in range(1, 29):
    add_snapshot(read, date(2026, 2, day), Path(sys.argv[2]))
"""


def test_killed_at_random_moments_nothing_is_lost_or_torn(read, store, tmp_path):
    """One process adds snapshot after snapshot; it is killed again and again, and what was there stays readable."""
    moments = np.random.default_rng(7).uniform(0.0, 0.4, 8)
    target = tmp_path / "target"
    before = set()
    for after_s in moments:
        words = [sys.executable, "-c", ADDING, str(store), str(target)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline().strip() == "ready"
            time.sleep(after_s)
            process.kill()
        snapshots = list_snapshots(target)
        for one in snapshots:
            same(load_snapshot(one), read)
        names = {one.snapshot_id for one in snapshots}
        assert before <= names
        before = names
    add_snapshot(read, date(2026, 3, 1), target)
    assert not list(target.glob(".draft-*"))
    assert not (target / ".lock").exists()
    row = read.frame.iloc[0]
    found = find_enterprise(target, row["enterprise_id"])
    assert len(found) == len(list_snapshots(target)) >= 3
    shutil.rmtree(target)
