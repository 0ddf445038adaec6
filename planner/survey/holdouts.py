"""Large long-term holdouts (一(四)): which enterprises they are, and the dated track of each one's case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from planner.survey.cases import is_open, told
from planner.survey.keys import yearly_keys

if TYPE_CHECKING:
    from datetime import date

COLUMNS: Final = (
    "place", "enterprise_id", "name", "street_town", "workers", "without_union_since", "years", "last_visit",
    "last_result", "step", "step_date", "steps",
)  # fmt: skip


@dataclass(frozen=True)
class Years:
    """One snapshot for the list: its day, and the keys of the enterprises in scope that have no union there."""

    as_of: date
    waiting: frozenset[str]


def holdouts(
    enterprises: pd.DataFrame,
    street_towns: pd.Series,
    history: list[Years],
    *,
    workers_least: int,
    years_least: float,
    visits: pd.DataFrame,
    cases: dict[str, list[dict[str, Any]]],
) -> pd.DataFrame:
    """List the enterprises that have long been large and without a union, the largest first.

    Parameters
    ----------
    enterprises, street_towns
        The newest snapshot, and the street_town of its rows.
    history
        Snapshots up to the newest, by day.
    workers_least
        Fewest workers of a large one, inclusive.
    years_least
        Years without a union, from the oldest snapshot in unbroken sequence to the newest, inclusive.
    visits
        Each enterprise's last visit; one that refused is listed whatever the years.
    cases
        Steps taken per enterprise, by date; one with an open case stays listed.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; ``step`` is the last step taken, ``steps`` all of them with their dates.
    """
    table = enterprises.assign(street_town=pd.Series(street_towns).to_numpy())
    table = table[table["in_scope"].to_numpy(bool) & ~table["unionised"].to_numpy(bool)]
    newest = history[-1].as_of
    keys = yearly_keys(table["enterprise_id"], table["name"]).to_numpy()
    since = dict.fromkeys(keys, newest)
    unbroken = set(keys)
    for one in reversed(history):
        unbroken &= one.waiting
        since |= dict.fromkeys(unbroken, one.as_of)
    table = table.assign(
        key=keys,
        without_union_since=[since[one].isoformat() for one in keys],
        years=[round((newest - since[one]).days / 365.25, 1) for one in keys],
    )
    seen = visits.set_index("enterprise_id")
    for column, source in (("last_visit", "date"), ("last_result", "result")):
        said = seen[source].to_dict()
        table[column] = [said.get(key, "") for key in table["key"]]
    open_cases = {one for one, steps in cases.items() if is_open(steps)}
    # A snapshot a year is due "about" each year: a tenth of a year early still counts.
    long = table["years"] >= years_least - 0.1
    large = table["workers"] >= workers_least
    listed = (large & (long | (table["last_result"] == "refused"))) | table["key"].isin(open_cases)  # fmt: skip
    table = table[listed].sort_values(["workers", "enterprise_id"], ascending=[False, True])
    taken = [cases.get(one, []) for one in table["key"]]
    table["step"] = [steps[-1]["step"] if steps else "" for steps in taken]
    table["step_date"] = [steps[-1]["date"] if steps else "" for steps in taken]
    table["steps"] = [told(steps) for steps in taken]
    table["place"] = range(1, len(table) + 1)
    return pd.DataFrame(table[list(COLUMNS)]).reset_index(drop=True)
