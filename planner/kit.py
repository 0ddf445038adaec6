"""What a site's tier asks it to be equipped with, what it has, and what is missing (rest stations: 6 + X)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from planner.policy import Policy, Tier

COLUMNS = ("facility_id", "item", "state")
"""``state``: ``met``, ``lacking``, ``to_check`` (nobody said what a site of today has), ``to_buy`` (a new site), ``extra``."""


def has(item: str, things: list[str]) -> bool:
    """Return whether premises have a thing, by its own name or one that holds it or is held by it.

    Examples
    --------
    >>> has("饮水", ["饮水机", "空调"]), has("充电插座", ["插座"]), has("冰箱", ["空调"])
    (True, True, False)
    """
    return any(item in thing or thing in item for thing in things)


def things_of(kit: object) -> list[str] | None:
    """Return the things of a cell of the layer ``sites``; None where nobody said."""
    if not isinstance(kit, str):
        return None
    return [thing for thing in kit.split("、") if thing]


def lacking(kit: object, tier: Tier) -> list[str]:
    """Return the things of a tier's kit that premises are known to lack; none where nobody said."""
    things = things_of(kit)
    return [] if things is None else [item for item in tier.kit if not has(item, things)]


def kit_table(policy: Policy, facilities: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return each open site's kit thing by thing: the work list of what to check, to buy and to complete.

    Parameters
    ----------
    policy
        Tiers and their kit.
    facilities
        Open sites: ``facility_id``, ``tier``, ``site_id``.
    sites
        Candidates, indexed by ``site_id``, with ``kit`` and ``existing_tier``.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, by site, in the order of the policy's list; things beyond the list (the X) are ``extra``.
    """
    rows: list[tuple[str, str, str]] = []
    kits = sites["kit"] if "kit" in sites else pd.Series(dtype=object)
    order = facilities.sort_values("facility_id")
    for name, tier_name, site in zip(
        order["facility_id"], order["tier"], order["site_id"], strict=True
    ):
        tier = policy.tier(tier_name)
        things = things_of(kits.get(site))
        today = sites.loc[site, "existing_tier"] == tier_name
        for item in tier.kit:
            state = "to_check" if today else "to_buy"
            if things is not None:
                state = "met" if has(item, things) else "lacking" if today else "to_buy"
            rows.append((name, item, state))
        beyond = [one for one in things or [] if not any(has(item, [one]) for item in tier.kit)]
        rows += [(name, thing, "extra") for thing in dict.fromkeys(beyond)]
    return pd.DataFrame(rows, columns=list(COLUMNS))
