"""The outline of a drawn city and the river that runs through it."""

from __future__ import annotations

import numpy as np
import shapely


def draw_outline(rng: np.random.Generator, area_m2: float) -> shapely.Polygon:
    """Return a rounded, uneven polygon of the given area around the origin."""
    angle = np.linspace(0, 2 * np.pi, 97)[:-1]
    radius = np.ones_like(angle)
    for wave in (2, 3, 5, 7):
        radius += 0.11 / wave**0.7 * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    # A superellipse fills its box better than a circle, as administrative areas do.
    corner = (np.abs(np.cos(angle)) ** 3.2 + np.abs(np.sin(angle)) ** 3.2) ** (-1 / 3.2)
    ring = shapely.Polygon(
        np.column_stack((1.15 * np.cos(angle), np.sin(angle) / 1.15)) * (radius * corner)[:, None]
    )
    scale = float(np.sqrt(area_m2 / ring.area))
    return shapely.Polygon(shapely.get_coordinates(ring) * scale)


def draw_river(rng: np.random.Generator, outline: shapely.Polygon) -> shapely.LineString:
    """Return the centre line of a meandering river, from south of the outline to north of it."""
    west, south, east, north = outline.bounds
    width, height = east - west, north - south
    y = np.arange(south - 900, north + 900, 45.0)
    middle = west + width * rng.uniform(0.42, 0.58)
    x = np.full_like(y, middle)
    for share, waves in ((0.09, 0.8), (0.045, 1.9), (0.012, 4.3)):
        phase = rng.uniform(0, 2 * np.pi)
        x += width * share * np.sin(2 * np.pi * waves * (y - south) / height + phase)
    return shapely.LineString(np.column_stack((x, y)))
