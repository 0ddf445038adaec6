"""Which way each mode may use a road, and how fast, from the road's tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.modes import Mode
    from geodata.roads.raw import Tags

__all__ = ["Permit", "highway_class", "permit", "road_layer"]

YES = frozenset({"yes", "designated", "permissive", "official", "public", "dismount"})
TRIP_ENDS = frozenset({"private", "destination", "customers", "delivery", "permit", "residents"})
NO = frozenset({"no", "use_sidepath", "agricultural", "forestry", "emergency", "military"})
FERRY = "ferry"


@dataclass(frozen=True)
class Permit:
    """What one mode may do on one road.

    Parameters
    ----------
    forward, backward
        Whether it may go along and against the direction the way is drawn in.
    kmh
        Its speed, 0 where both directions are closed.
    trip_ends
        True where it may only start or end a trip (private roads).
    minutes
        Duration a ferry states for the whole way, else None.
    """

    forward: bool
    backward: bool
    kmh: float
    trip_ends: bool = False
    minutes: float | None = None


CLOSED = Permit(forward=False, backward=False, kmh=0.0)


def highway_class(tags: Tags) -> str:
    """Name the OSM highway class of a road, the first where several are given; ``"ferry"`` for ferries.

    Examples
    --------
    >>> highway_class({"highway": "primary"}), highway_class({"route": "ferry"})
    ('primary', 'ferry')
    """
    highway = tags.get("highway", "").split(";")[0].strip()
    return highway or (FERRY if tags.get("route") == FERRY else "")


def road_layer(tags: Tags) -> int:
    """Layer of a road: the tag, else 1 on bridges, -1 in tunnels and 0 on the ground.

    Examples
    --------
    >>> road_layer({"bridge": "yes"}), road_layer({"tunnel": "yes", "layer": "-2"}), road_layer({})
    (1, -2, 0)
    """
    text = tags.get("layer", "").split(";")[0].strip()
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d+)?", text):
        return max(-100, min(100, int(float(text))))
    if _on_bridge(tags):
        return 1
    return -1 if _in_tunnel(tags) else 0


def permit(tags: Tags, mode: Mode) -> Permit:
    """Decide what a mode may do on a road with these tags.

    The most specific access key that is set decides (``access`` < ``foot`` and so on). A class without a speed
    is closed unless a key of the mode itself opens it. Tunnels, elevated roads and motor roads that the mode
    does not use stay closed unless opened in the same way, or by a sidewalk.

    Parameters
    ----------
    tags
        The road's tags.
    mode
        Travel mode.

    Returns
    -------
    Permit
        Directions, speed and whether only trip ends are allowed.
    """
    highway = highway_class(tags)
    stated = stated_access(tags, mode)
    if stated in NO or not highway:
        return CLOSED
    kmh = mode.speeds_kmh.get(highway)
    if kmh is None:
        if not (_opened_by_name(tags, mode) and mode.tagged_speed_kmh):
            return CLOSED
        kmh = mode.tagged_speed_kmh
    elif _closed_by_shape(tags, mode, highway) and not (
        _opened_by_name(tags, mode) or _has_sidewalk(tags)
    ):
        return CLOSED
    if stated == "dismount":
        kmh = min(kmh, mode.access_speed_kmh)
    forward, backward = _directions(tags, mode, highway)
    if not (forward or backward):
        return CLOSED
    if mode.obeys_maxspeed:
        limit = speed_limit_kmh(tags)
        kmh = min(kmh, limit) if limit else kmh
    minutes = _duration_minutes(tags) if highway == FERRY else None
    return Permit(forward, backward, kmh, stated in TRIP_ENDS, minutes)


def stated_access(tags: Tags, mode: Mode) -> str:
    """Find what the tags say about access: the most specific key of the mode with a value that is known, or "".

    Examples
    --------
    >>> from geodata.modes import MODES
    >>> stated_access({"access": "private", "foot": "yes"}, MODES["walk"])
    'yes'
    """
    stated = ""
    for key in mode.access_keys:
        value = tags.get(key, "")
        if value in YES or value in NO or value in TRIP_ENDS:
            stated = value
    return stated


def _opened_by_name(tags: Tags, mode: Mode) -> bool:
    # "vehicle=yes" opens nothing that is closed to bicycles; "bicycle=yes" does.
    return any(tags.get(key) in YES for key in mode.access_keys if key not in ("access", "vehicle"))


def _on_bridge(tags: Tags) -> bool:
    return tags.get("bridge", "no") != "no"


def _in_tunnel(tags: Tags) -> bool:
    return tags.get("tunnel", "no") not in ("no", "building_passage")


def _elevated(tags: Tags) -> bool:
    # A bridge with a layer of its own above the first, or a viaduct, is an elevated road;
    # a plain bridge over a river has pavements unless somebody says otherwise.
    return tags.get("bridge") == "viaduct" or (_on_bridge(tags) and road_layer(tags) >= 2)


def _closed_by_shape(tags: Tags, mode: Mode, highway: str) -> bool:
    if tags.get("motorroad") == "yes" and (mode.closed_in_tunnels or mode.closed_when_elevated):
        return True
    if highway in mode.closed_in_tunnels and _in_tunnel(tags):
        return True
    return highway in mode.closed_when_elevated and _elevated(tags)


def _has_sidewalk(tags: Tags) -> bool:
    keys = ("sidewalk", "sidewalk:left", "sidewalk:right", "sidewalk:both")
    return any(tags.get(key, "no") not in ("no", "none", "separate") for key in keys)


_ONEWAY = {"yes": 1, "1": 1, "true": 1, "-1": -1, "reverse": -1, "no": 0, "0": 0, "false": 0}


def _directions(tags: Tags, mode: Mode, highway: str) -> tuple[bool, bool]:
    way = 0
    if mode.oneway:
        implied = tags.get("junction") in ("roundabout", "circular") or highway in (
            "motorway",
            "motorway_link",
        )
        way = _ONEWAY.get(tags.get("oneway", ""), 1 if implied and "oneway" not in tags else 0)
        if mode.contraflow and _has_contraflow(tags):
            way = 0
    for key in mode.oneway_keys:
        way = _ONEWAY.get(tags.get(key, ""), way)
    return way >= 0, way <= 0


def _has_contraflow(tags: Tags) -> bool:
    keys = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    return any(tags.get(key, "").startswith("opposite") for key in keys)


def speed_limit_kmh(tags: Tags) -> float | None:
    """Read the posted limit in km/h, or None where there is none or it cannot be read; a limit of 0 is not believed.

    Examples
    --------
    >>> speed_limit_kmh({"maxspeed": "50"}), speed_limit_kmh({"maxspeed": "30 mph"})
    (50.0, 48.28032)
    >>> speed_limit_kmh({"maxspeed": "signals"}), speed_limit_kmh({"maxspeed": "0"})
    (None, None)
    """
    match = re.fullmatch(
        r"\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh)?\s*", tags.get("maxspeed", "").split(";")[0]
    )
    if not match:
        return None
    value = float(match[1]) * (1.609344 if match[2] == "mph" else 1.0)
    return value if value >= 1.0 else None


def _duration_minutes(tags: Tags) -> float | None:
    text = tags.get("duration", "").strip()
    if clock := re.fullmatch(r"(?:(\d+):)?(\d+):(\d\d)", text):
        # hours:minutes, or hours:minutes:seconds when three parts are given
        if clock[1] is None:
            return int(clock[2]) * 60.0 + int(clock[3]) or None
        return int(clock[1]) * 60.0 + int(clock[2]) + int(clock[3]) / 60 or None
    if iso := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", text):
        return int(iso[1] or 0) * 60.0 + int(iso[2] or 0) or None
    return float(text) or None if re.fullmatch(r"\d+", text) else None
