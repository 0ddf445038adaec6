"""Dues, budget lines and what a federation has to spend (四)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from geodata.messages import translator
from planner.rules.faults import contradiction, refuse, whole
from planner.rules.table import Rules

_ = translator("planner")

LEVELS = ("enterprise", "federation", "street_town", "borough", "city", "national")
"""Who dues are shared among, from below."""


class DatedShares(Rules):
    """How dues are shared from a day on; the shares add up to 1."""

    begins: date
    """First day they hold."""
    enterprise: float = Field(ge=0, le=1)
    """Kept by the enterprise's own or joint union."""
    federation: float = Field(ge=0, le=1)
    """Kept by the federation."""
    street_town: float = Field(ge=0, le=1)
    """Passed up to the street_town."""
    borough: float = Field(ge=0, le=1)
    """Passed up to the borough."""
    city: float = Field(ge=0, le=1)
    """Passed up to the city."""
    national: float = Field(ge=0, le=1)
    """Passed up to the national federation."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(getattr(self, level) for level in LEVELS)
        refuse([whole(_("shares of dues"), total)])
        return self


class Refund(Rules):
    """Dues given back to small enterprises between two days."""

    begins: date
    """First day."""
    ends: date
    """Last day."""
    workers_most: int = Field(ge=1)
    """Largest enterprise it holds for."""
    share: float = Field(ge=0, le=1)
    """Share of its dues given back; borne by all levels in their shares."""


class MoneyRule(Rules):
    """Expected dues, income of federations, lines of their budgets."""

    clause: str
    """Clause of the document."""
    dues_share: float = Field(ge=0, le=1)
    """Dues over payroll."""
    collection_share: float = Field(ge=0, le=1)
    """Dues collected over dues owed."""
    wage_yuan_year: int = Field(ge=0)
    """Mean wage where neither the register, a table of wages nor `wages` says."""
    wages: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Mean wage by section of GB/T 4754, yuan a year."""
    shares: tuple[DatedShares, ...] = Field(min_length=1)
    """Who keeps what."""
    refunds: tuple[Refund, ...] = ()
    """What is given back."""
    base_yuan_federation: int = Field(ge=0)
    """Base funds of a federation, yuan a year."""
    base_yuan_worker: int = Field(ge=0)
    """Base funds per worker, yuan a year."""
    project_yuan_organisation: int = Field(ge=0)
    """Project funds per organisation, yuan a year."""
    professional_yuan_year: int = Field(ge=0)
    """Cost of one posted professional, yuan a year."""
    chair_allowance_yuan_year: int = Field(ge=0)
    """Allowance of one part-time chair, yuan a year."""
    funded_share: float = Field(ge=0, le=1)
    """Share of a federation's yearly cost its own income must meet before its funds count as assured."""

    @model_validator(mode="after")
    def _dated(self) -> Self:
        days = [shares.begins for shares in self.shares]
        faults = []
        if days != sorted(set(days)):
            what = _("shares of dues need rising dates, each once")
            fix = _("put them in this order: {days}").format(
                days=", ".join(map(str, sorted(set(days))))
            )
            faults.append(contradiction(what, fix))
        for refund in self.refunds:
            if refund.ends < refund.begins:
                fix = _("the earliest {name} that would do is {limit}")
                fix = fix.format(name="ends", limit=refund.begins)
                faults.append(contradiction(_("a refund ends before it begins"), fix))
        refuse(faults)
        return self

    def shares_on(self, day: date) -> DatedShares:
        """Return the shares in force on a day; the first ones before they begin."""
        known = [shares for shares in self.shares if shares.begins <= day]
        return known[-1] if known else self.shares[0]

    def refund_share(self, workers: int, day: date) -> float:
        """Return the largest share of its dues an enterprise gets back on a day."""
        return max(
            (
                refund.share
                for refund in self.refunds
                if refund.begins <= day <= refund.ends and workers <= refund.workers_most
            ),
            default=0.0,
        )
