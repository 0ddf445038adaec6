"""Say in words what was put right or left out while a network was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.messages import mark, translator

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REPAIRS", "describe_repairs"]

_ = translator("geodata")

REPAIRS = {
    "ways_with_too_few_nodes": mark("roads with fewer than two nodes, left out"),
    "repeated_ways": mark("roads that stand in the file twice, taken once"),
    "nodes_without_coordinates": mark("nodes that roads name and the file lacks"),
    "segments_to_missing_nodes": mark("pieces of road to missing nodes, cut off there"),
    "segments_from_a_node_to_itself": mark("pieces of road from a node to itself, left out"),
    "segments_no_mode_may_use": mark("pieces of road that no mode may use, left out"),
    "segments_cut_at_barriers": mark("pieces of road closed at barriers"),
    "segments_cut_in_private_areas": mark("pieces of private road closed to through traffic"),
    "edges_without_a_line": mark("edges without a line, left out"),
    "lengths_missing": mark("missing lengths, measured on the line"),
    "lengths_negative": mark("negative lengths, measured on the line"),
    "lengths_shorter_than_the_line": mark("lengths shorter than the line, measured on it"),
}
"""What each count in ``RoadNetwork.repairs`` is about; those of one mode stand behind its name and a colon."""


def describe_repairs(repairs: Mapping[str, int]) -> list[str]:
    """Write the counts of a network as lines in the reader's language.

    Parameters
    ----------
    repairs
        ``RoadNetwork.repairs``.

    Returns
    -------
    list of str
        One line each, in the order of `REPAIRS`.

    Examples
    --------
    >>> describe_repairs({"walk:segments_cut_at_barriers": 4, "repeated_ways": 1})
    ['1 roads that stand in the file twice, taken once', '4 pieces of road closed at barriers (walk)']
    """
    order = list(REPAIRS)
    lines = []
    for key in sorted(repairs, key=lambda k: (order.index(k.split(":")[-1]), k)):
        mode, _colon, what = key.rpartition(":")
        line = _("{count} {what}").format(count=f"{repairs[key]:,}", what=_(REPAIRS[what]))
        lines.append(_("{line} ({mode})").format(line=line, mode=mode) if mode else line)
    return lines
