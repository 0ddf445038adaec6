"""Travel modes as rows of numbers: speeds per road class, delays, and which tags open or close a road.

Every number can be replaced from the scenario; `docs/modes.md` names the source of each default.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault, NetworkError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MODES", "PERIODS", "Mode", "modes_from", "speed_factor"]

_ = translator("geodata")

HOURS = 24
FASTEST_KMH = 200.0

PERIODS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"am_peak": (7, 9), "midday": (10, 16), "pm_peak": (17, 19), "night": (22, 6)}
)
"""Departure periods by name: first hour, and the hour at which they end (past midnight when smaller)."""


@dataclass(frozen=True)
class Mode:
    """How one kind of traveller uses the roads.

    Parameters
    ----------
    name
        Name in scenarios and results.
    speeds_kmh
        Speed per OSM highway class (``ferry`` too). A class that is not named is closed,
        unless a tag of ``access_keys`` opens it and ``tagged_speed_kmh`` is given.
    tagged_speed_kmh
        Speed on a closed class that a tag opens to this mode by name; None keeps it closed.
    hour_factors
        24 factors on the speed, one per hour of departure; ``speeds_kmh`` hold where it is 1.
    hour_factor_classes
        Classes the factors apply to; empty for all.
    access_keys
        OSM keys that open or close a road to this mode, the most general first; the last one set decides.
    oneway
        Whether one-way streets bind the mode.
    oneway_keys
        Keys that override ``oneway`` for this mode, such as ``oneway:bicycle``.
    contraflow
        Whether ``cycleway=opposite`` and its like open a one-way street against its direction.
    obeys_maxspeed
        Whether a posted limit below the class speed is taken.
    signal_delay_s, crossing_delay_s
        Seconds at a traffic signal; seconds at a marked crossing without signals.
    on_footway_only
        Whether delays hold only where the road is a path that crosses a street, as for walking.
    ferry_wait_s
        Seconds before boarding.
    gate_delay_s
        Seconds at a barrier that may be passed.
    closed_barriers
        Values of ``barrier`` at a point that stop the mode unless a tag lets it through.
    closed_in_tunnels, closed_when_elevated
        Classes closed in tunnels and on elevated roads unless tagged open, with ``motorroad=yes`` as well.
    no_snap
        Classes no point may join, such as motorways.
    access_speed_kmh
        Speed between a point and its edge.
    """

    name: str
    speeds_kmh: Mapping[str, float]
    access_keys: tuple[str, ...]
    tagged_speed_kmh: float | None = None
    hour_factors: tuple[float, ...] = (1.0,) * HOURS
    hour_factor_classes: tuple[str, ...] = ()
    oneway: bool = True
    oneway_keys: tuple[str, ...] = ()
    contraflow: bool = False
    obeys_maxspeed: bool = False
    signal_delay_s: float = 0.0
    crossing_delay_s: float = 0.0
    on_footway_only: bool = False
    ferry_wait_s: float = 600.0
    gate_delay_s: float = 0.0
    closed_barriers: tuple[str, ...] = ()
    closed_in_tunnels: tuple[str, ...] = ()
    closed_when_elevated: tuple[str, ...] = ()
    no_snap: tuple[str, ...] = ()
    access_speed_kmh: float = 4.8

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise NetworkError(faults)


def _faults(mode: Mode) -> list[Fault]:
    where = _("travel mode {name}").format(name=mode.name)
    faults = []
    speeds = {**mode.speeds_kmh, "access_speed_kmh": mode.access_speed_kmh}
    if mode.tagged_speed_kmh is not None:
        speeds["tagged_speed_kmh"] = mode.tagged_speed_kmh
    wrong = [f"{key} = {value}" for key, value in speeds.items() if not _within(value, FASTEST_KMH)]
    if wrong:
        faults.append(
            Fault(
                _("a speed must be above 0 and at most {most} km/h").format(most=FASTEST_KMH),
                where=where,
                count=len(wrong),
                examples=wrong,
                fix=_("Leave a class out to close it to the mode."),
            )
        )
    if not mode.speeds_kmh:
        faults.append(Fault(_("no road class has a speed"), where=where))
    if len(mode.hour_factors) != HOURS or not all(_within(f, 10.0) for f in mode.hour_factors):
        faults.append(
            Fault(_("hour_factors must be 24 numbers above 0 and at most 10"), where=where)
        )
    delays = {
        key: getattr(mode, key)
        for key in ("signal_delay_s", "crossing_delay_s", "ferry_wait_s", "gate_delay_s")
    }
    wrong = [f"{key} = {value}" for key, value in delays.items() if not 0 <= value <= 86_400]
    if wrong:
        faults.append(
            Fault(
                _("a delay must be 0 to 86400 seconds"),
                where=where,
                count=len(wrong),
                examples=wrong,
            )
        )
    return faults


def _within(value: float, most: float) -> bool:
    return math.isfinite(value) and 0 < value <= most


# Same speed for a road and its slip road.
def _linked(speeds: Mapping[str, float]) -> dict[str, float]:
    links = {f"{key}_link": value for key, value in speeds.items() if key in _WITH_LINK}
    return {**speeds, **links}


_WITH_LINK = ("motorway", "trunk", "primary", "secondary", "tertiary")
_LOCAL = ("residential", "living_street", "unclassified", "road", "service")
_PATHS = ("pedestrian", "footway", "path", "track", "bridleway", "cycleway", "corridor", "platform")
_STREETS = (*_WITH_LINK[1:], *(f"{c}_link" for c in _WITH_LINK[1:]), *_LOCAL)
_BIG = ("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link")
_BIGGER = (*_BIG, "secondary", "secondary_link")
_WALLS = (
    "wall", "fence", "hedge", "retaining_wall", "ditch", "city_wall", "debris", "log",
)  # fmt: skip
_BIKE_STOPS = (*_WALLS, "turnstile", "full-height_turnstile", "stile", "kissing_gate")
_CAR_STOPS = (
    *_BIKE_STOPS, "bollard", "block", "chain", "jersey_barrier", "cycle_barrier",
    "motorcycle_barrier", "planter", "horse_stile", "bus_trap", "sump_buster", "rope", "bar", "barrier_board",
)  # fmt: skip

_WALK = Mode(
    name="walk",
    speeds_kmh={
        **dict.fromkeys((*_STREETS, *_PATHS), 4.8),
        "steps": 2.4,
        "elevator": 1.0,
        "ferry": 12.0,
    },
    tagged_speed_kmh=4.8,
    access_keys=("access", "foot"),
    oneway=False,
    oneway_keys=("oneway:foot",),
    signal_delay_s=20.0,
    crossing_delay_s=5.0,
    on_footway_only=True,
    closed_barriers=_WALLS,
    closed_in_tunnels=_BIGGER,
    closed_when_elevated=_BIGGER,
    no_snap=("motorway", "motorway_link"),
)

_BICYCLE = Mode(
    name="bicycle",
    speeds_kmh={
        **dict.fromkeys(_STREETS, 14.0),
        "cycleway": 15.0,
        "path": 10.0,
        "track": 10.0,
        "pedestrian": 6.0,
        "ferry": 12.0,
    },
    tagged_speed_kmh=8.0,
    access_keys=("access", "vehicle", "bicycle"),
    oneway_keys=("oneway:bicycle",),
    contraflow=True,
    signal_delay_s=15.0,
    crossing_delay_s=0.0,
    closed_barriers=_BIKE_STOPS,
    closed_in_tunnels=_BIGGER,
    closed_when_elevated=_BIGGER,
    no_snap=("motorway", "motorway_link"),
)

_EBIKE = replace(
    _BICYCLE,
    name="ebike",
    speeds_kmh={
        **dict.fromkeys(_STREETS, 17.0),
        "living_street": 12.0,
        "service": 12.0,
        "cycleway": 17.0,
        "path": 10.0,
        "track": 10.0,
        "pedestrian": 6.0,
        "ferry": 12.0,
    },
    access_keys=("access", "vehicle", "bicycle", "electric_bicycle"),
)

_DRIVE = Mode(
    name="drive",
    speeds_kmh={
        **_linked(
            {"motorway": 40.0, "trunk": 22.0, "primary": 22.0, "secondary": 20.0, "tertiary": 18.0}
        ),
        "unclassified": 15.0,
        "residential": 15.0,
        "road": 15.0,
        "living_street": 10.0,
        "service": 10.0,
        "ferry": 12.0,
    },
    access_keys=("access", "vehicle", "motor_vehicle", "motorcar"),
    # by night free flow, at midday between
    hour_factors=(
        *(1.9,) * 5,
        *(1.8, 1.4, 1.0, 1.0, 1.1, 1.2),
        *(1.25,) * 4,
        *(1.2, 1.1, 1.0, 1.0, 1.2, 1.4, 1.6, 1.7, 1.8),
    ),
    oneway_keys=("oneway:motor_vehicle", "oneway:motorcar"),
    obeys_maxspeed=True,
    signal_delay_s=12.0,
    crossing_delay_s=0.0,
    gate_delay_s=10.0,
    closed_barriers=_CAR_STOPS,
    no_snap=("motorway", "motorway_link"),
)

MODES: Mapping[str, Mode] = MappingProxyType(
    {mode.name: mode for mode in (_WALK, _EBIKE, _BICYCLE, _DRIVE)}
)
"""The modes that come with the program."""


def modes_from(
    names: Sequence[str | Mode], overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Mode, ...]:
    """Modes by name with the scenario's numbers in place of the defaults.

    Parameters
    ----------
    names
        Modes wanted: names, or `Mode` rows already made.
    overrides
        Per mode the fields to replace. The table ``speeds_kmh`` is merged into the mode's own, and ``false``
        closes a class there. ``like`` names the mode a new one starts from.

    Raises
    ------
    NetworkError
        For an unknown mode or field, or a number that cannot be used.

    Examples
    --------
    >>> (slow,) = modes_from(["walk"], {"walk": {"speeds_kmh": {"steps": 1.8}, "signal_delay_s": 30}})
    >>> slow.speeds_kmh["steps"], slow.speeds_kmh["footway"], slow.signal_delay_s
    (1.8, 4.8, 30.0)
    >>> modes_from(["barrow"], {"barrow": {"like": "walk", "access_speed_kmh": 3}})[0].name
    'barrow'
    """
    changes = dict(overrides or {})
    made = []
    for name in names:
        if isinstance(name, Mode):
            made.append(_changed(name, changes.get(name.name, {})))
            continue
        change = dict(changes.get(name, {}))
        model = str(change.pop("like", name))
        if model not in MODES:
            raise NetworkError(
                Fault(
                    _("there is no travel mode {name}").format(name=model),
                    examples=sorted(MODES),
                    fix=_("Use one of these, or name one of them as `like`."),
                )
            )
        made.append(_changed(replace(MODES[model], name=name), change))
    if not made or len({mode.name for mode in made}) < len(made):
        raise NetworkError(Fault(_("name at least one travel mode, and each of them once")))
    return tuple(made)


def _changed(mode: Mode, change: Mapping[str, Any]) -> Mode:
    known = {f.name for f in fields(Mode)} - {"name"}
    unknown = sorted(set(change) - known)
    where = _("travel mode {name}").format(name=mode.name)
    if unknown:
        raise NetworkError(
            Fault(
                _("there is no such setting"),
                where=where,
                count=len(unknown),
                examples=unknown,
                fix=_("Settings are: {known}").format(known=", ".join(sorted(known))),
            )
        )
    values: dict[str, Any] = {}
    for key, value in change.items():
        try:
            values[key] = _typed(getattr(mode, key), value, key)
        except (TypeError, ValueError) as error:
            raise NetworkError(
                Fault(
                    _("{key} cannot take this value").format(key=key),
                    where=where,
                    examples=(value,),
                )
            ) from error
    return replace(mode, **values)


def _typed(old: object, value: Any, key: str) -> object:
    if key == "speeds_kmh":
        # `false` closes a class; a speed of zero is a mistake, and is refused with the other ones
        merged: dict[str, float] = {**old}  # type: ignore[dict-item]
        for highway, speed in dict(value).items():
            merged.pop(str(highway), None)
            if speed is not False:
                merged[str(highway)] = float(speed)
        return merged
    if isinstance(old, bool):
        if not isinstance(value, bool):
            raise TypeError(key)
        return value
    if isinstance(old, tuple):
        if isinstance(value, str):
            raise TypeError(key)
        return tuple(float(v) if key == "hour_factors" else str(v) for v in value)
    return None if value is None and key == "tagged_speed_kmh" else float(value)


def speed_factor(mode: Mode, highway: str, hours: tuple[int, int] | None) -> float:
    """Mean factor on the speed of a class over the hours of a period; 1 without a period.

    Parameters
    ----------
    mode
        Travel mode.
    highway
        OSM highway class.
    hours
        First hour and the hour at which the period ends (past midnight when not larger), or None.

    Examples
    --------
    >>> speed_factor(MODES["drive"], "primary", (7, 9))
    1.0
    >>> speed_factor(MODES["drive"], "primary", (23, 1))
    1.85
    """
    if hours is None or (mode.hour_factor_classes and highway not in mode.hour_factor_classes):
        return 1.0
    first, end = hours
    span = (end - first) % HOURS or HOURS
    chosen = [mode.hour_factors[(first + k) % HOURS] for k in range(span)]
    return sum(chosen) / len(chosen)
