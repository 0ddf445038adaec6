"""Enterprises that refuse their dues (四(一)): what is expected of each, and the dated track of its case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from planner.survey.cases import is_open, told
from planner.survey.keys import yearly_keys

if TYPE_CHECKING:
    from planner.rules import MoneyRule

COLUMNS: Final = (
    "place", "enterprise_id", "name", "street_town", "workers", "owed_yuan_year", "step", "step_date", "steps",
)  # fmt: skip


def arrears(
    enterprises: pd.DataFrame,
    street_towns: pd.Series,
    cases: dict[str, list[dict[str, Any]]],
    rule: MoneyRule,
    *,
    everybody: bool = False,
) -> pd.DataFrame:
    """List the enterprises with a case of dues, those that owe most first.

    Parameters
    ----------
    enterprises, street_towns
        A snapshot, and the street_town of its rows.
    cases
        Steps of the track ``dues`` per enterprise, by date.
    rule
        Share of payroll that is due, and wages where a payroll is not stated.
    everybody
        Settled cases as well as open ones.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; ``owed_yuan_year`` is payroll x 2 %, whatever is collected of others; ``step`` is the last step taken.
    """
    from planner.budget import owed_yuan

    table = enterprises.assign(street_town=pd.Series(street_towns).to_numpy())
    table["key"] = yearly_keys(table["enterprise_id"], table["name"]).to_numpy()
    wanted = {one for one, steps in cases.items() if everybody or is_open(steps)}
    table = table[table["key"].isin(wanted)]
    table = table.assign(owed_yuan_year=owed_yuan(table, rule))
    table = table.sort_values(["owed_yuan_year", "enterprise_id"], ascending=[False, True])
    taken = [cases[one] for one in table["key"]]
    table["step"] = [steps[-1]["step"] for steps in taken]
    table["step_date"] = [steps[-1]["date"] for steps in taken]
    table["steps"] = [told(steps) for steps in taken]
    table["place"] = range(1, len(table) + 1)
    return pd.DataFrame(table[list(COLUMNS)]).reset_index(drop=True)
