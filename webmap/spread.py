"""Enterprises and organisations on the map: counted in cells where too many to draw, as points where there are few."""

from __future__ import annotations

import math
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from webmap.columns import steps

if TYPE_CHECKING:
    from pathlib import Path

    from webmap.search import Index

MOST_POINTS = 4_000
"""More than so many in view are counted instead of drawn."""
TOP = 100
"""So many of those in view are listed, the largest first."""
CELL_PX = 14
WIDEST_PX = 8000  # no screen is wider
LEAST_SIDE = 1e-6  # of the world's pixels: 16 cm


KINDS = ("enterprise", "organisation")


def write_spread(index: Index, path: Path) -> None:
    """Write place, longitude and latitude of every enterprise and organisation of an index; they lie there by size already."""
    asked = "SELECT place, lon, lat FROM thing WHERE kind = ? AND lon IS NOT NULL ORDER BY place"
    found = {}
    with closing(index.connect()) as base:
        for kind in KINDS:
            rows = np.array([tuple(row) for row in base.execute(asked, (kind,))], np.float64)
            rows = rows.reshape(-1, 3)
            found[f"{kind}_place"], found[f"{kind}_xy"] = rows[:, 0].astype(np.int64), rows[:, 1:]
    with path.open("wb") as stream:
        np.savez(stream, **found)


class Spread:
    """Where the enterprises and organisations of one plan are, asked by what a map shows."""

    def __init__(self, path: Path, index: Index) -> None:
        with np.load(path) as stored:
            self._of = {kind: (stored[f"{kind}_place"], stored[f"{kind}_xy"]) for kind in KINDS}
        self._index = index

    def within(
        self, kind: str, box: tuple[float, float, float, float], width_px: int
    ) -> dict[str, Any]:
        """Return what a map of this extent shows.

        Parameters
        ----------
        kind
            One of `KINDS`.
        box
            West, south, east, north in degrees.
        width_px
            Width of the map; cells are about `CELL_PX` wide on it.

        Returns
        -------
        dict
            ``count``; ``top`` (the largest: ``id``, ``name``, ``workers``, ``lat``, ``lon``); and either ``cells``
            (``x``, ``y``, ``n``, ``side`` in the world's pixels at zoom 0) or the points themselves.
        """
        west, south, east, north = box
        place, xy = self._of[kind]
        x, y = xy[:, 0], xy[:, 1]
        inside = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        found: dict[str, Any] = {"count": len(inside), "top": self._rows(place[inside[:TOP]])}
        if len(inside) <= MOST_POINTS:
            rows = self._rows(place[inside])
            return {
                **found,
                **_steps(x[inside], y[inside]),
                **{k: rows[k] for k in ("id", "name", "workers")},
            }
        return {**found, "cells": _cells(xy[inside], (west, east), width_px)}

    def _rows(self, rows: np.ndarray) -> dict[str, list[Any]]:
        places = rows.tolist()
        marks = ",".join("?" * len(places))
        asked = (
            f"SELECT id, name, workers, lat, lon FROM thing WHERE place IN ({marks}) ORDER BY place"  # noqa: S608
        )
        with closing(self._index.connect()) as base:
            found = base.execute(asked, places).fetchall()
        return {
            key: [row[key] if row[key] is not None else "" for row in found]
            for key in ("id", "name", "workers", "lat", "lon")
        }


def _steps(lon: np.ndarray, lat: np.ndarray) -> dict[str, list[int]]:
    return {"x": steps(lon), "y": steps(lat)}


def _cells(xy: np.ndarray, extent: tuple[float, float], width_px: int) -> dict[str, Any]:
    """Count points in square cells of the Mercator map."""
    wide_px = min(max(width_px, 100), WIDEST_PX)
    side = max((extent[1] - extent[0]) / wide_px * CELL_PX / 360 * 256, LEAST_SIDE)
    wx = (xy[:, 0] + 180) / 360 * 256
    sine = np.sin(np.radians(xy[:, 1]))
    wy = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * 256
    column, row = np.floor(wx / side).astype(np.int64), np.floor(wy / side).astype(np.int64)
    column0, row0 = column.min(), row.min()
    wide = int(column.max() - column0 + 1)
    # by the cells that hold something: a request decides how fine the grid is, and must not decide how much memory it takes
    cell, counts = np.unique((row - row0) * wide + (column - column0), return_counts=True)
    x = (cell % wide + column0 + 0.5) * side
    y = (cell // wide + row0 + 0.5) * side
    lon = x / 256 * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * y / 256))))
    return {**_steps(lon, lat), "n": counts.tolist(), "side": round(side, 9)}
