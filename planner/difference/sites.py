"""Sites of two plans: which stay open, open, close and move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import mark

if TYPE_CHECKING:
    from planner.plan import Plan

MOVES = {
    "kept": mark("stays"),
    "opened": mark("opens"),
    "closed": mark("closes"),
    "moved": mark("moves"),
}
"""What becomes of a site, in words."""


def site_changes(before: Plan, after: Plan, matched: pd.Series) -> pd.DataFrame:
    """Return one row per site of either plan; a site that closes and one that opens for it are one move.

    Within a tier and a pair of matched districts, closed and opened sites are paired so that the moves are shortest in
    sum (Hungarian method); what is left over opens or closes.

    Parameters
    ----------
    before, after
        The two plans.
    matched
        Earlier district that each later one carries on.

    Returns
    -------
    pandas.DataFrame
        ``tier``, ``change`` (a key of `MOVES`), ``site_before``, ``site_after`` (ids, absent where there is none),
        ``name_before``, ``name_after``, ``district_id`` (the later one where there is one), ``moved_m`` (straight-line
        metres of a move, absent otherwise). Sorted by tier, ``site_after``, ``site_before``.
    """
    old, new = _table(before), _table(after)
    old["cell"] = old["district_id"]
    new["cell"] = new["district_id"].map(matched)
    both = old.index.intersection(new.index)
    gone, come = old.drop(both), new.drop(both)
    moves = _moves(gone, come)
    closed = gone.index.difference(pd.Index(moves["before"]))
    opened = come.index.difference(pd.Index(moves["after"]))
    parts: list[pd.DataFrame] = [
        pd.DataFrame({"before": both, "after": both, "change": "kept", "moved_m": np.nan}),
        moves,
        pd.DataFrame({"before": closed, "after": None, "change": "closed", "moved_m": np.nan}),
        pd.DataFrame({"before": None, "after": opened, "change": "opened", "moved_m": np.nan}),
    ]
    pairs = pd.concat([part for part in parts if len(part)], ignore_index=True)
    was = old.reindex(pairs["before"]).reset_index(drop=True)
    now = new.reindex(pairs["after"]).reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "tier": now["tier"].fillna(was["tier"]),
            "change": pairs["change"],
            "site_before": was["site_id"],
            "site_after": now["site_id"],
            "name_before": was["name"],
            "name_after": now["name"],
            "district_id": now["district_id"].fillna(was["district_id"]),
            "moved_m": pairs["moved_m"],
        }
    )
    order = ["tier", "site_after", "site_before"]
    return rows.sort_values(order, na_position="last").reset_index(drop=True)


def _moves(gone: pd.DataFrame, come: pd.DataFrame) -> pd.DataFrame:
    """Pair what closes with what opens, tier by tier and district by district, over the least metres in sum."""
    from scipy.optimize import linear_sum_assignment

    found: list[tuple[str, str, float]] = []
    arrivals = come.groupby(["tier", "cell"]).indices
    for cell, starts in gone.groupby(["tier", "cell"]).indices.items():
        ends = arrivals.get(cell)
        if ends is None:
            continue
        a, b = gone.iloc[starts], come.iloc[ends]
        dx = a["x"].to_numpy()[:, None] - b["x"].to_numpy()[None, :]
        dy = a["y"].to_numpy()[:, None] - b["y"].to_numpy()[None, :]
        metres = np.hypot(dx, dy)
        at, to = linear_sum_assignment(metres)
        found += zip(a.index[at], b.index[to], metres[at, to].tolist(), strict=True)
    moves = pd.DataFrame(found, columns=["before", "after", "moved_m"])
    return moves.astype({"moved_m": float}).assign(change="moved")


def _table(plan: Plan) -> pd.DataFrame:
    """Return open sites with their place, indexed by ``facility_id``, in ascending order."""
    places = plan.layers["sites"].set_index("site_id")
    rows = plan.facilities[["facility_id", "tier", "site_id", "district_id"]].copy()
    spots = places.reindex(rows["site_id"])
    rows["name"] = spots["name"].to_numpy()
    rows["x"], rows["y"] = spots.geometry.x.to_numpy(), spots.geometry.y.to_numpy()
    return rows.set_index("facility_id").sort_index()
