"""建会率 and 入会率 by street_town against what the policy asks (一(三))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.policy import RateRule

COLUMNS: Final = (
    "street_town", "enterprises", "unionised", "formation_share", "enterprises_missing", "workers", "members",
    "membership_share", "members_missing", "met",
)  # fmt: skip
WHOLE: Final = "*"
"""Name of the row that counts everything together."""


def survey_rates(
    enterprises: pd.DataFrame, street_towns: pd.Series, rule: RateRule
) -> pd.DataFrame:
    """Count both rates of the enterprises in scope.

    Parameters
    ----------
    enterprises
        Rows of a snapshot: ``in_scope``, ``jurisdiction``, ``workers``, ``members``, ``unionised``.
    street_towns
        Street_town of each row, ``""`` unknown; see `planner.survey.street_towns`.
    rule
        The shares asked for.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, by street_town, the whole last (``*``). ``formation_share`` (建会率) is the share of enterprises that
        have or belong to a union, ``membership_share`` (入会率) members over workers; ``enterprises_missing`` and
        ``members_missing`` are the fewest more that reach the share asked for; shares of nothing are 1.
    """
    scope = enterprises["in_scope"].to_numpy(bool)
    table = pd.DataFrame(
        {
            "street_town": np.asarray(street_towns, dtype=object)[scope],
            **{
                name: enterprises[name].to_numpy()[scope].astype(np.int64)
                for name in ("unionised", "workers", "members")
            },
        }
    )
    table["enterprises"] = np.ones(len(table), dtype=np.int64)
    counts = ["enterprises", "unionised", "workers", "members"]
    sums = table.groupby("street_town", sort=True)[counts].sum()
    sums.loc[WHOLE] = table[counts].sum()
    sums = sums.astype("int64")
    sums["formation_share"] = _share(sums["unionised"], sums["enterprises"])
    sums["membership_share"] = _share(sums["members"], sums["workers"])
    sums["enterprises_missing"] = missing(
        sums["unionised"], sums["enterprises"], rule.enterprises_share
    )
    sums["members_missing"] = missing(sums["members"], sums["workers"], rule.members_share)
    sums["met"] = (sums["enterprises_missing"] == 0) & (sums["members_missing"] == 0)
    return sums.reset_index()[list(COLUMNS)]


def missing(have: pd.Series, whole: pd.Series, share: float) -> pd.Series:
    """Return the fewest more that make ``have`` at least ``share`` of ``whole``."""
    needed = np.ceil(whole.to_numpy(float) * share - 1e-9)
    lack = np.maximum(needed - have.to_numpy(float), 0)
    return pd.Series(lack.astype(np.int64), index=have.index)


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part.div(whole.where(whole > 0, np.nan)).fillna(1.0)
