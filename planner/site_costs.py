"""What opening and running a site costs, whole yuan, by its tier's rule and its premises' rent (四(二))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.kit import lacking

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from planner.policy import Tier


def opening_yuan(sites: pd.DataFrame, tier: Tier) -> NDArray[np.int64]:
    """Return what opening each site costs once, without its kit; a site that serves the tier today costs nothing.

    Parameters
    ----------
    sites
        ``existing_tier`` and ``floor_area_m2`` (absent where unknown: then nothing is known to be fitted out but what
        the rule's most allows).
    tier
        Its costs.
    """
    costs = tier.costs
    area = sites["floor_area_m2"].to_numpy(float)
    fitted = np.where(np.isnan(area), costs.fitted_m2_most, np.minimum(area, costs.fitted_m2_most))
    whole = costs.opening_yuan + np.floor(fitted).astype(np.int64) * costs.fitting_yuan_m2
    return np.where(serves_today(sites, tier), 0, whole).astype(np.int64)


def kit_yuan(sites: pd.DataFrame, tier: Tier) -> NDArray[np.int64]:
    """Return what the kit of each site costs once: the whole, or of a site that serves the tier today the part it lacks.

    A part costs its share of the things of the kit; a site of today of which nobody said what it has costs nothing.
    """
    kits = sites["kit"] if "kit" in sites else [None] * len(sites)
    parts = max(len(tier.kit), 1)
    lacked = np.array([tier.costs.kit_yuan * len(lacking(kit, tier)) // parts for kit in kits])
    return np.where(serves_today(sites, tier), lacked, tier.costs.kit_yuan).astype(np.int64)


def running_yuan_year(sites: pd.DataFrame, tier: Tier) -> NDArray[np.int64]:
    """Return what each site costs a year: upkeep, and the rent of premises that are not lent."""
    rent = np.nan_to_num(sites["rent_yuan_month"].to_numpy(float)) * 12
    return np.asarray(np.rint(rent).astype(np.int64) + tier.costs.running_yuan_year)


def serves_today(sites: pd.DataFrame, tier: Tier) -> NDArray[np.bool_]:
    """Return which sites serve the tier today."""
    return np.asarray((sites["existing_tier"] == tier.name).fillna(value=False), dtype=np.bool_)
