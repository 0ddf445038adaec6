"""GeoPackage with QGIS styles, and GeoParquet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from geodata.crs import STORAGE_CRS
from planner.explain import enterprise_cards, policy_of
from planner.report.layers import output_layers
from planner.report.styles import qml
from planner.tier_styles import tier_styles

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan


def write_geopackage(plan: Plan, path: Path) -> Path:
    """Write all layers into one GeoPackage; QGIS opens each with its style."""
    path.unlink(missing_ok=True)
    names = []
    for name, layer in output_layers(plan).items():
        layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        names.append(name)
    tiers = tier_styles(policy_of(plan))
    _add_styles(path, {name: qml(name, tiers) for name in names})
    return path


def write_geoparquet(plan: Plan, folder: Path) -> Path:
    """Write one GeoParquet 1.1 file per layer into ``folder``, and ``enterprises.parquet``: who belongs where, and why."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, layer in output_layers(plan).items():
        layer.to_parquet(
            folder / f"{name}.parquet",
            index=False,
            schema_version="1.1.0",
            write_covering_bbox=True,
        )
    places = plan.layers["enterprises"][["enterprise_id", "geometry"]].to_crs(STORAGE_CRS)
    places.merge(enterprise_cards(plan), on="enterprise_id").to_parquet(
        folder / "enterprises.parquet",
        index=False,
        schema_version="1.1.0",
        write_covering_bbox=True,
    )
    return folder


def _add_styles(path: Path, styles: dict[str, str]) -> None:
    """Store a default style per layer in the table QGIS looks for, registered as the standard asks."""
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
            "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)"
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
            [(name, name, style) for name, style in styles.items()],
        )
        base.commit()
