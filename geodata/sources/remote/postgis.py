"""Tables of a PostgreSQL database, with PostGIS shapes where there are any; read only, personal columns never asked for."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from geodata.errors import (
    CrsError,
    EmptyLayerError,
    Fault,
    InputFormatError,
    InputMissingError,
    RemoteError,
)
from geodata.messages import translator
from geodata.sources.aliases import is_personal
from geodata.sources.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import psycopg

    from geodata.sources.origin import Database

__all__ = ["read_table_grid", "table_names"]

_ = translator("geodata")

# A question that takes longer is none a register asks.
_PATIENCE: Final = "SET statement_timeout = '10min'"
_SHAPES: Final = frozenset({"geometry", "geography"})
_USUAL: Final = ("geom", "geometry", "the_geom", "wkb_geometry", "shape", "geog")
_AT_A_TIME: Final = 20_000
_MOST_ROWS: Final = 5_000_000

_TABLES: Final = """
    SELECT n.nspname, c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'
      AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns', 'raster_columns', 'raster_overviews')
      AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY n.nspname = ANY(current_schemas(false)) DESC, n.nspname, c.relname
"""
_COLUMNS: Final = """
    SELECT a.attname, t.typname
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_KEY: Final = """
    SELECT a.attname
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE i.indisprimary AND n.nspname = %s AND c.relname = %s
    ORDER BY k.place
"""


def table_names(database: Database) -> list[str]:
    """Return the tables and views one may read as ``schema.table``, those of the search path first.

    Raises
    ------
    RemoteError
        When the database does not answer.
    """
    with _connected(database) as connection:
        return [f"{schema}.{name}" for schema, name in connection.execute(_TABLES).fetchall()]


def read_table_grid(database: Database, table: str | None = None) -> Grid:
    """Read one table or view as a grid: its column names are row 1, its shapes beside it.

    Rows come in the order of the primary key; without one, in the order the server gives them, sorted
    by all their values, so that the same table is read the same way twice.

    Parameters
    ----------
    database
        Where it lies.
    table
        ``table`` or ``schema.table``; that of the address when left out, and the only one where the
        database has one.

    Raises
    ------
    RemoteError
        When the database does not answer or refuses.
    InputMissingError
        When there is no such table.
    CrsError
        When its shapes are in several coordinate systems.
    EmptyLayerError, InputFormatError
        When it has no row, or more than a register has.
    """
    with _connected(database) as connection:
        schema, name = _found(connection, database, table or database.table)
        columns = [
            (str(a), str(b)) for a, b in connection.execute(_COLUMNS, (schema, name)).fetchall()
        ]
        shapes = [column for column, kind in columns if kind in _SHAPES]
        shape = next((usual for usual in _USUAL if usual in shapes), shapes[0] if shapes else None)
        plain = [
            column for column, kind in columns if kind not in _SHAPES and not is_personal(column)
        ]
        left = [column for column, kind in columns if kind not in _SHAPES and is_personal(column)]
        rows = _rows(connection, (schema, name), plain, shape)
    if not rows:
        raise EmptyLayerError(
            Fault(_("the table has no row"), where=f"{database.name} {schema}.{name}")
        )
    geometry, crs = _geometry(rows, database) if shape else (None, "")
    cells: list[Sequence[object]] = [row[: len(plain)] for row in rows]
    # Personal columns keep their header, so that the reader can say that they were left; never a value.
    header: list[object] = [*plain, *left]
    digest = hashlib.sha256(repr(header).encode())
    for row in rows:
        digest.update(repr(row).encode())
    return Grid(
        name=f"{schema}.{name}",
        rows=[header, *cells],
        geometry=geometry,
        crs=crs,
        encoding="UTF-8",
        sha256=digest.hexdigest(),
    )


@contextmanager
def _connected(database: Database) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    try:
        import psycopg
    except ImportError as error:
        fix = _("install it: pip install 'union-service-planner[postgis]'")
        raise RemoteError(
            Fault(_("reading a database needs the package psycopg"), database.name, fix=fix)
        ) from error
    try:
        with psycopg.connect(
            database.address,
            connect_timeout=10,
            client_encoding="UTF8",
            application_name="union-service-planner",
        ) as connection:
            connection.read_only = True
            connection.execute(_PATIENCE)
            yield connection
    except (psycopg.Error, UnicodeError) as error:
        why = " ".join(str(error).split())[:300] or type(error).__name__
        fix = _(
            "check host, database, user and rights; the password may lie in PGPASSWORD or in a .pgpass file"
        )
        raise RemoteError(
            Fault(_("the database cannot be read: {why}").format(why=why), database.name, fix=fix)
        ) from error


def _found(
    connection: psycopg.Connection[tuple[Any, ...]], database: Database, table: str | None
) -> tuple[str, str]:
    """Return schema and name of the wanted table, or say which there are."""
    tables = [(str(a), str(b)) for a, b in connection.execute(_TABLES).fetchall()]
    if table is None:
        wanted = tables if len(tables) == 1 else []
        what = _("the database has several tables, and none is named")
    else:
        # A name may itself hold a dot, so both readings are tried.
        wanted = [one for one in tables if f"{one[0]}.{one[1]}" == table or one[1] == table]
        what = _("there is no table {table} that may be read").format(table=repr(table))
    if wanted:
        return wanted[0]
    names = [f"{schema}.{name}" for schema, name in tables]
    raise InputMissingError(
        Fault(
            what,
            database.name,
            len(names),
            names,
            _("name it after the address: …/database#schema.table"),
        )
    )


def _rows(
    connection: psycopg.Connection[tuple[Any, ...]],
    table: tuple[str, str],
    columns: Sequence[str],
    shape: str | None,
) -> list[tuple[object, ...]]:
    from psycopg import sql

    wanted: list[sql.Composable] = [sql.Identifier(column) for column in columns]
    if shape is not None:
        cell = sql.SQL("{}::geometry").format(sql.Identifier(shape))
        wanted += [
            sql.SQL("ST_AsBinary(ST_Force2D({}))").format(cell),
            sql.SQL("ST_SRID({})").format(cell),
        ]
    key = [sql.Identifier(name) for (name,) in connection.execute(_KEY, table).fetchall()]
    order = sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(key)) if key else sql.SQL("")
    question = sql.SQL("SELECT {} FROM {}{}").format(
        sql.SQL(", ").join(wanted), sql.Identifier(*table), order
    )
    rows: list[tuple[object, ...]] = []
    with connection.cursor("planner_read") as cursor:
        cursor.itersize = _AT_A_TIME
        cursor.execute(question)
        for row in cursor:
            rows.append(tuple(_plain(cell) for cell in row))
            if len(rows) > _MOST_ROWS:
                what = _("the table has more than {count} rows").format(count=f"{_MOST_ROWS:,}")
                fix = _("make a view that holds the rows of the city")
                raise InputFormatError(Fault(what, ".".join(table), fix=fix))
    return rows if key else sorted(rows, key=repr)


def _plain(cell: object) -> object:
    """Return a value as a sheet would hold it."""
    if isinstance(cell, Decimal):
        return float(cell) if cell.is_finite() else None
    if cell is None or isinstance(cell, str | int | float | bytes):
        return cell
    return str(cell)


def _geometry(rows: list[tuple[object, ...]], database: Database) -> tuple[gpd.GeoSeries, str]:
    import geopandas as gpd
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    srids = sorted({row[-1] for row in rows if isinstance(row[-1], int)})
    if len(srids) > 1:
        fix = _("transform them into one, for example in a view with ST_Transform")
        raise CrsError(
            Fault(
                _("the shapes are in several coordinate systems"),
                database.name,
                len(srids),
                srids,
                fix,
            )
        )
    crs = None
    if srids and srids[0]:
        try:
            crs = CRS.from_epsg(srids[0])
        except CRSError as error:
            fix = _("store the shapes in a coordinate system of EPSG, for example 4326")
            raise CrsError(
                Fault(
                    _("the coordinate system {srid} is not known").format(srid=srids[0]),
                    database.name,
                    fix=fix,
                )
            ) from error
    shapes = gpd.GeoSeries.from_wkb([row[-2] for row in rows], crs=crs)
    return shapes, crs.to_string() if crs is not None else ""
