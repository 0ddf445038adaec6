"""Permissions and whole-decisecond costs of raw segments, quantised once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.modes import speed_factor
from geodata.roads.access import FERRY, NO, YES, highway_class, permit, stated_access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geodata.modes import Mode
    from geodata.roads.raw import Tags
    from geodata.roads.segments import Segments

__all__ = ["ModeSegments", "mode_segments", "rounded_along_runs", "travel_seconds"]

_PATH_CLASSES = frozenset(
    {"footway", "path", "cycleway", "pedestrian", "steps", "bridleway", "corridor"}
)


@dataclass(frozen=True, eq=False)
class ModeSegments:
    """What one mode may do on every segment, over shape (segments,).

    Parameters
    ----------
    forward, backward
        Whether it may go from ``a`` to ``b``, and back.
    trip_ends
        Whether only trips that start or end there may use it.
    cost_forward, cost_backward
        int32 deciseconds by period name (``all`` first); meaningless where the direction is closed.
    seconds, rounded
        By period: unrounded seconds without waits, and the whole deciseconds made of them.
    """

    mode: Mode
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    trip_ends: NDArray[np.bool_]
    cost_forward: Mapping[str, NDArray[np.int32]]
    cost_backward: Mapping[str, NDArray[np.int32]]
    seconds: Mapping[str, NDArray[np.float64]]
    rounded: Mapping[str, NDArray[np.int32]]

    def take(self, keep: NDArray[np.bool_]) -> ModeSegments:
        """Permissions and costs of the segments that are kept."""

        def kept(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            return {name: array[keep] for name, array in arrays.items()}

        return ModeSegments(
            mode=self.mode,
            forward=self.forward[keep],
            backward=self.backward[keep],
            trip_ends=self.trip_ends[keep],
            cost_forward=kept(self.cost_forward),
            cost_backward=kept(self.cost_backward),
            seconds=kept(self.seconds),
            rounded=kept(self.rounded),
        )


def mode_segments(
    pieces: Segments, mode: Mode, periods: Mapping[str, tuple[int, int]] | None = None
) -> ModeSegments:
    """Permissions and costs of one mode.

    Travel along a segment is length over speed. It is rounded to deciseconds along each way: every segment
    gets the difference of two rounded running sums, so any stretch of a way is off by less than one decisecond,
    however many segments it has. Waits at signals, crossings, gates and ferries are rounded apart and added to
    the arc that enters the node (for a ferry: that leaves the shore).

    Parameters
    ----------
    pieces
        Raw segments.
    mode
        Travel mode.
    periods
        Departure periods by name, as hours; the period ``all`` is always made.

    Returns
    -------
    ModeSegments
    """
    permits = [permit(tags, mode) for tags in pieces.profiles]
    forward = np.array([p.forward for p in permits], bool)[pieces.profile]
    backward = np.array([p.backward for p in permits], bool)[pieces.profile]
    ends = np.array([p.trip_ends for p in permits], bool)[pieces.profile]
    wait_forward, wait_backward = _waits(pieces, mode, forward | backward)
    seconds, rounded, cost_forward, cost_backward = {}, {}, {}, {}
    for name, hours in {"all": None, **(periods or {})}.items():
        seconds[name] = travel_seconds(pieces, mode, hours)
        rounded[name] = rounded_along_runs(seconds[name] * 10.0, pieces.run)
        cost_forward[name] = rounded[name] + wait_forward
        cost_backward[name] = rounded[name] + wait_backward
    return ModeSegments(
        mode, forward, backward, ends, cost_forward, cost_backward, seconds, rounded
    )


def travel_seconds(
    pieces: Segments, mode: Mode, hours: tuple[int, int] | None = None
) -> NDArray[np.float64]:
    """Seconds along each segment without waits, unrounded; 0 where the mode may not go."""
    pace, minutes = [], []
    for tags in pieces.profiles:
        leave = permit(tags, mode)
        kmh = leave.kmh * speed_factor(mode, highway_class(tags), hours)
        pace.append(3.6 / kmh if kmh else 0.0)
        minutes.append(leave.minutes or np.nan)
    seconds: NDArray[np.float64] = pieces.length_m * np.array(pace)[pieces.profile]
    stated = np.array(minutes)[pieces.profile]
    by_duration = np.isfinite(stated) & (pieces.run_length_m > 0)
    share = np.divide(
        pieces.length_m, pieces.run_length_m, where=by_duration, out=np.zeros_like(seconds)
    )
    seconds[by_duration] = share[by_duration] * stated[by_duration] * 60.0
    return seconds


def rounded_along_runs(values: NDArray[np.float64], run: NDArray[np.int32]) -> NDArray[np.int32]:
    """Whole numbers whose running sums along each run are the rounded running sums of ``values``.

    Examples
    --------
    >>> rounded_along_runs(np.array([0.4, 0.4, 0.4, 0.4, 9.6]), np.array([0, 0, 0, 0, 1])).tolist()
    [0, 1, 0, 1, 10]
    """
    if not len(values):
        return np.zeros(0, np.int32)
    total = np.cumsum(values)
    starts = np.flatnonzero(np.r_[True, run[1:] != run[:-1]])
    before = np.repeat((total - values)[starts], np.diff(np.r_[starts, len(values)]))
    whole = np.rint(total - before).astype(np.int64)
    previous = np.r_[0, whole[:-1]]
    previous[starts] = 0
    return np.asarray(np.maximum(whole - previous, 0), np.int32)


def _waits(
    pieces: Segments, mode: Mode, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    n = len(pieces.node_id)
    both, with_way, against = (np.zeros(n) for _ in range(3))
    gates = np.zeros(n)
    for node, tags in pieces.node_tags.items():
        if "barrier" in tags and not closes(tags, mode):
            gates[node] = mode.gate_delay_s
        wait = _node_wait(tags, mode)
        facing = tags.get("traffic_signals:direction", "both")
        target = {"forward": with_way, "backward": against}.get(facing, both)
        target[node] = wait
    kinds = [highway_class(tags) for tags in pieces.profiles]
    path = np.array([k in _PATH_CLASSES for k in kinds], bool)[pieces.profile]
    ferry = np.array([k == FERRY for k in kinds], bool)[pieces.profile]
    applies = path if mode.on_footway_only else ~ferry
    forward = np.where(applies, both[pieces.b] + with_way[pieces.b], 0.0) + gates[pieces.b]
    backward = np.where(applies, both[pieces.a] + against[pieces.a], 0.0) + gates[pieces.a]
    shore = _shore(pieces, ferry, usable, n)
    forward += np.where(ferry & shore[pieces.a], mode.ferry_wait_s, 0.0)
    backward += np.where(ferry & shore[pieces.b], mode.ferry_wait_s, 0.0)
    return np.rint(forward * 10).astype(np.int32), np.rint(backward * 10).astype(np.int32)


def _node_wait(tags: Tags, mode: Mode) -> float:
    kind = tags.get("highway")
    if kind == "traffic_signals":
        return mode.signal_delay_s
    if kind == "crossing":
        signals = tags.get("crossing") == "traffic_signals" or tags.get("crossing:signals") == "yes"
        return mode.signal_delay_s if signals else mode.crossing_delay_s
    return 0.0


def _shore(
    pieces: Segments, ferry: NDArray[np.bool_], usable: NDArray[np.bool_], n: int
) -> NDArray[np.bool_]:
    # One boards where a ferry meets land, or at its end; a stop in mid-route between two ferries is not a wait.
    land: NDArray[np.bool_] = np.zeros(n, bool)
    on_land = usable & ~ferry
    land[pieces.a[on_land]] = land[pieces.b[on_land]] = True
    degree = np.bincount(pieces.a[ferry], minlength=n) + np.bincount(pieces.b[ferry], minlength=n)
    land[degree == 1] = True
    return land


def closes(tags: Tags, mode: Mode) -> bool:
    """Whether a barrier at a node stops a mode: its own access tags decide, else the kind of barrier."""
    if "barrier" not in tags:
        return False
    stated = stated_access(tags, mode)
    if stated in NO:
        return True
    return stated not in YES and tags["barrier"] in mode.closed_barriers
