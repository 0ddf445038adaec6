"""Carriers from footprints: on made maps, and on the real files of Helsinki and Monaco."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from geodata.roads import read_carrier_places
from planner.organisations import OrganisationRules, form_organisations

CRS = "EPSG:32651"


def places(*rows):
    names, kinds, shapes = zip(*rows, strict=True)
    frame = pd.DataFrame({"name": names, "kind": kinds}).astype("str")
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=CRS)


def test_the_smallest_place_with_enough_enterprises_is_the_carrier(enterprises, units):
    park = box(100, 100, 700, 400)
    given = places(
        ("Park", "park", park),
        ("Tower", None, box(110, 110, 150, 150)),
        (None, None, box(200, 200, 260, 260)),
        (None, None, box(300, 300, 330, 330)),
        ("Kiosk", None, box(400, 300, 410, 310)),
    )
    x = [120.0] * 12 + [230.0] * 9 + [315.0] * 3 + [405.0]
    y = [120.0] * 12 + [230.0] * 9 + [315.0] * 3 + [305.0]
    register = enterprises({"x": x, "y": y})
    formed = form_organisations(register, units(), OrganisationRules(), places=given)
    carriers = formed.carriers.sort_values("enterprises")
    # three in a nameless shed and one in a kiosk are the park's, nine share the nameless building
    assert list(carriers["enterprises"]) == [4, 9, 12]
    assert list(carriers["kind"]) == ["park", "building", "building"]
    assert set(carriers["found_by"]) == {"place"}
    assert carriers["name"].fillna("").tolist() == ["Park", "", "Tower"]
    assert formed.membership["enterprise_id"].is_unique
    shuffled = form_organisations(
        register.sample(frac=1, random_state=2), units(), OrganisationRules(), places=given
    )
    assert shuffled.carriers.equals(formed.carriers)


@pytest.mark.parametrize(
    ("file", "crs", "least"),
    [("Helsinki.osm.pbf", "EPSG:32635", 400), ("monaco.osm.gz", "EPSG:32632", 900)],
)
def test_real_footprints_become_carriers(shared, enterprises, units, file, crs, least):
    found = read_carrier_places(shared / "data" / "roads" / file, crs)
    assert len(found) >= least
    assert found["place_id"].is_unique
    assert found.geometry.area.min() > 0
    large = found[found["name"].notna()].sort_values("place_id").head(6)
    assert len(large) == 6
    dots = large.geometry.representative_point()
    n = 12
    register = enterprises({"x": np.repeat(dots.x.to_numpy(), n), "y": np.repeat(dots.y.to_numpy(), n)}, crs=crs)  # fmt: skip
    whole = gpd.GeoDataFrame(
        {"unit_id": ["u"], "name": ["u"], "street_town_id": ["t"]},
        geometry=[box(*found.total_bounds)],
        crs=crs,
    )
    formed = form_organisations(register, whole, OrganisationRules(), places=found)
    assert set(formed.carriers["found_by"]) == {"place"}
    assert set(formed.carriers["name"]) == set(large["name"])
    assert set(formed.membership["reason"]) == {"carrier"}


def test_helsinki_has_malls_and_quarters_by_name(shared):
    found = read_carrier_places(shared / "data" / "roads" / "Helsinki.osm.pbf", "EPSG:32635")
    kinds = dict(zip(found["name"], found["kind"], strict=True))
    assert kinds["Stockmann"] == "business_district"
    assert (found["kind"] == "complex").sum() >= 5
    assert found.loc[found["kind"].isin(["complex", "park"]), "name"].notna().all()


def test_a_thousand_floors_at_one_point_are_one_carrier_of_many_unions(enterprises, units):
    """20,000 firms at one point: one indivisible oversize carrier, unions within limits, nobody lost."""
    n = 20_000
    register = enterprises({"x": [500.0] * n, "y": [500.0] * n, "workers": [3] * n})
    rules = OrganisationRules()
    formed = form_organisations(register, units(), rules)
    assert len(formed.carriers) == 1
    assert formed.carriers["oversize"].all()
    assert formed.organisations["enterprises"].max() <= rules.joint_enterprises_most
    assert formed.organisations["enterprises"].sum() == n
    assert set(formed.organisations["unit_id"]) == set(formed.carriers["unit_id"])
