"""Densities as they arrive: GeoTIFF, points, zones; census totals; buildings."""

from contextlib import suppress

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from geodata.errors import (
    CrsError,
    EmptyLayerError,
    GeodataError,
    InputFormatError,
    InputMissingError,
)
from geodata.sources.buildings import read_buildings
from geodata.sources.census import read_census
from geodata.sources.density import read_density


def write_raster(path, values, *, crs="EPSG:4326", nodata=-9999, origin=(121.4, 31.3), size=0.01):
    values = np.asarray(values, np.float32)
    shape = {"width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "float32"}
    place = rasterio.Affine(size, 0.0, origin[0], 0.0, -size, origin[1])
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=place, nodata=nodata, **shape) as target:  # fmt: skip
        target.write(values, 1)
    return path


def test_a_geotiff_cell_by_cell(tmp_path):
    path = write_raster(tmp_path / "d.tif", [[5, 0, -9999], [np.nan, 2.5, -3]])
    read = read_density(path, owner="某局", as_of="2023-12-31")
    record = read.record
    assert record.adds_up
    assert (record.rows_in, record.kept, record.rejected_rows, record.ignored) == (6, 2, 1, {"no data": 2, "nobody": 1})  # fmt: skip
    assert read.frame["workers"].tolist() == [5, 2.5]
    assert read.frame["density_id"].tolist() == ["r0c0", "r1c1"]
    assert read.frame.geometry.iloc[1].bounds == pytest.approx((121.41, 31.28, 121.42, 31.29))
    assert (record.owner, record.crs) == ("某局", "EPSG:4326")
    assert read.rejected["value"].tolist() == ["-3"]


def test_a_projected_geotiff_of_workers_per_square_kilometre(tmp_path):
    path = write_raster(tmp_path / "d.tif", [[100.0]], crs="EPSG:32651", origin=(350000, 3450000), size=500)  # fmt: skip
    read = read_density(path, per_km2=True)
    assert read.frame["workers"].iloc[0] == pytest.approx(25, rel=0.002)
    assert read.frame.crs == "EPSG:4326"


def test_rasters_that_cannot_be_used(tmp_path):
    with pytest.raises(InputMissingError):
        read_density(tmp_path / "none.tif")
    (tmp_path / "noise.tif").write_bytes(b"II*\x00" + bytes(range(60)))
    with pytest.raises(InputFormatError, match="GeoTIFF"):
        read_density(tmp_path / "noise.tif")
    with pytest.raises(EmptyLayerError, match="nobody"):
        read_density(write_raster(tmp_path / "zero.tif", [[0, 0]]))
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        bare = write_raster(tmp_path / "bare.tif", [[1]], crs=None, origin=(0, 0), size=1)
    with pytest.raises(CrsError, match="coordinate system"):
        read_density(bare)


@pytest.mark.parametrize("seed", range(6))
def test_spoilt_bytes_never_give_a_traceback(tmp_path, seed):
    rng = np.random.default_rng(seed)
    data = bytearray(write_raster(tmp_path / "d.tif", rng.uniform(0, 9, (9, 9))).read_bytes())
    for place in rng.integers(0, len(data), 12):
        data[place] = rng.integers(0, 256)
    (tmp_path / "s.tif").write_bytes(bytes(data[: rng.integers(8, len(data))]))
    # Unreadable is an answer, a traceback of another kind is not.
    with suppress(GeodataError):
        assert read_density(tmp_path / "s.tif").record.adds_up


def test_points_and_zones(tmp_path):
    table = (
        "x,y,v\n121.4,31.2,10\n121.41,31.2,0\n121.42,31.2,-1\n,31.2,4\n121.43,31.2,很多\n合计,,13\n"
    )
    (tmp_path / "p.csv").write_text(table, encoding="utf-8")
    read = read_density(tmp_path / "p.csv")
    assert read.record.adds_up
    assert (read.record.kept, read.record.rejected_rows, read.record.ignored) == (1, 3, {"nobody": 1, "total": 1})  # fmt: skip
    zones = gpd.GeoDataFrame({"SIGN": ["1", "2"], "jobs": [7.0, 0.0]}, geometry=[shapely.box(121.4, 31.2, 121.5, 31.3)] * 2, crs="EPSG:4326")  # fmt: skip
    zones.to_file(tmp_path / "z.geojson", driver="GeoJSON")
    read = read_density(tmp_path / "z.geojson")
    assert read.frame["density_id"].tolist() == ["1"]
    assert read.frame.geometry.iloc[0].area == pytest.approx(0.01)
    shifted = read_density(tmp_path / "z.geojson", datum="gcj02")
    assert shifted.frame.geometry.iloc[0].centroid.x < 121.449


def test_census_rows(tmp_path):
    text = "区,街镇,从业人员,非公占比\n东城区,甲子街道,1000,0.8\n东城区,东城区合计,5000,\n西城区,,300,2\n,,5,\n东城区,乙丑镇,不详,\n"
    (tmp_path / "c.csv").write_text(text, encoding="gb18030")
    read = read_census(tmp_path / "c.csv")
    assert read.record.adds_up
    assert read.frame["street_town_name"].fillna("").tolist() == ["甲子街道", "", ""]
    assert read.frame["borough_name"].tolist() == ["东城区", "东城区", "西城区"]
    assert read.frame["workers"].tolist() == [1000, 5000, 300]
    assert read.frame["non_public_share"].isna().tolist() == [False, True, True]
    assert read.record.rejected_rows == 2


def test_buildings_by_outline_and_floors_or_by_area(tmp_path):
    square = shapely.box(121.4, 31.2, 121.4 + 50 / 111320 / np.cos(np.radians(31.2)), 31.2 + 20 / 110940)  # fmt: skip
    houses = gpd.GeoDataFrame({"编号": ["甲", "乙", "丙"], "层数": [3, None, 2], "建筑面积": [None, None, 777.0]}, geometry=[square] * 3, crs="EPSG:4326")  # fmt: skip
    houses.to_file(tmp_path / "b.gpkg", driver="GPKG")
    read = read_buildings(tmp_path / "b.gpkg")
    assert read.frame["floor_area_m2"].tolist() == pytest.approx([3000, 1000, 777], rel=1e-3)
    assert read.frame.geometry.within(square).all()
    pd.DataFrame({"lon": [121.4, 121.4], "lat": [31.2, 31.2], "建筑面积": [5, None]}).to_csv(tmp_path / "b.csv")  # fmt: skip
    read = read_buildings(tmp_path / "b.csv")
    assert (read.record.kept, read.record.rejected_rows) == (1, 1)


@pytest.mark.shared
def test_shanghai_as_its_readme_says(shared):
    folder = shared / "demand"
    jobs = read_density(folder / "agg_job.csv")
    assert jobs.record.rows_in == 19_467
    assert jobs.frame["workers"].sum() == pytest.approx(6.67e6, rel=0.002)
    zones = read_density(folder / "taz447.geojson", columns={"workers": "jobs"})
    assert zones.record.rows_in == 447
    assert zones.record.adds_up
    census = read_census(folder / "street_employment_2023.csv")
    assert (census.record.rows_in, census.record.kept) == (209, 209)
    assert census.frame["workers"].sum() == pytest.approx(12.54e6, rel=0.001)
    whole = read_census(folder / "district_employment_2023.csv")
    assert whole.frame["street_town_name"].isna().all()
    assert whole.frame["workers"].sum() == pytest.approx(13.10e6, rel=0.001)
