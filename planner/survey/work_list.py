"""The work list that closes each street_town's gap to both rates, the largest enterprise first (一(三))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from planner.survey.keys import yearly_keys
from planner.survey.rates import missing

if TYPE_CHECKING:
    from planner.policy import RateRule

COLUMNS: Final = (
    "street_town", "place", "enterprise_id", "name", "address", "workers", "members", "could_join", "closes",
    "last_visit", "last_result",
)  # fmt: skip
GONE: Final = ("closed", "moved_away", "not_found")
"""Results of a visit after which an enterprise is no longer on the list; the register should be mended."""


def work_list(
    enterprises: pd.DataFrame,
    street_towns: pd.Series,
    rule: RateRule,
    last_visits: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List the enterprises to visit.

    In each street_town the largest enterprises without a union come first, as many as 建会率 lacks; their workers count as
    joining. What 入会率 still lacks is then closed by the enterprises with the most workers who are no members.

    Parameters
    ----------
    enterprises, street_towns, rule
        As in `planner.survey.rates.survey_rates`.
    last_visits
        ``enterprise_id`` (its key over the years), ``date``, ``result`` of each enterprise's last visit. One found closed, moved away or not
        there is left out, and counts neither for nor against a rate.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`: ``place`` 1 is visited first; ``could_join`` workers who are no members; ``closes`` says which gap:
        ``formation``, ``membership`` or ``both``.
    """
    table = enterprises[
        ["enterprise_id", "name", "address", "workers", "members", "unionised", "in_scope"]
    ].assign(street_town=np.asarray(street_towns, dtype=object))
    table = pd.DataFrame(table[table["in_scope"].to_numpy(bool)])
    seen = pd.DataFrame({"enterprise_id": [], "date": [], "result": []}, dtype="str")
    if last_visits is not None and len(last_visits):
        seen = last_visits[["enterprise_id", "date", "result"]]
    seen = seen.set_index("enterprise_id")
    keys = yearly_keys(table["enterprise_id"], table["name"])
    for column, source in (("last_visit", "date"), ("last_result", "result")):
        said = seen[source].to_dict()
        table[column] = [said.get(key, "") for key in keys]
    table = table[~table["last_result"].isin(GONE)]
    table["could_join"] = (table["workers"] - table["members"]).clip(lower=0)
    chosen = [_of_town(town, rule) for _name, town in table.groupby("street_town", sort=True)]
    whole = pd.concat(chosen, ignore_index=True) if chosen else table.assign(closes="", place=0)
    return whole[list(COLUMNS)]


def _of_town(town: pd.DataFrame, rule: RateRule) -> pd.DataFrame:
    one = pd.Series([0])
    lack = int(missing(one + int(town["unionised"].sum()), one + len(town), rule.enterprises_share)[0])  # fmt: skip
    people = int(missing(one + int(town["members"].sum()), one + int(town["workers"].sum()), rule.members_share)[0])  # fmt: skip
    waiting = town[~town["unionised"].to_numpy(bool)]
    waiting = waiting.sort_values(["workers", "enterprise_id"], ascending=[False, True])
    to_form = waiting.head(lack)
    rest = town[~town["enterprise_id"].isin(to_form["enterprise_id"])]
    rest = rest[rest["could_join"] > 0]
    rest = rest.sort_values(["could_join", "enterprise_id"], ascending=[False, True])
    left = people - int(to_form["could_join"].sum())
    reached_before = rest["could_join"].cumsum() - rest["could_join"]
    to_join = rest[reached_before < left]
    # A newly formed union closes the second gap too, as long as that is open when its turn comes.
    before = to_form["could_join"].cumsum() - to_form["could_join"]
    both = (before < people) & (to_form["could_join"] > 0)
    formed = to_form.assign(closes=np.where(both, "both", "formation"))
    chosen = pd.concat([formed, to_join.assign(closes="membership")], ignore_index=True)
    chosen = chosen.sort_values(["workers", "enterprise_id"], ascending=[False, True])
    return chosen.assign(place=np.arange(1, len(chosen) + 1))
