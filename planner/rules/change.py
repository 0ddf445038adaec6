"""How much a yearly re-planning may change: what switching and moving count, hard limits, people's pins."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from geodata.messages import translator
from planner.rules.table import Rules

_ = translator("planner")


class Term(Rules):
    """When a federation's committee ends its term."""

    federation: str
    """Id of the federation district in the parent plan."""
    ends: date
    """Last day of the term."""


class Lease(Rules):
    """What is known of the premises of a site that is open."""

    tier: str
    """Tier of the site."""
    site_id: str
    """Site."""
    ends: date | None = None
    """Last day of the lease, before the column `lease_end` of the premises; closing earlier costs the rest of the rent."""
    signed: bool = False
    """Whether the premises are signed for the coming year: the site stays open."""


class Pin(Rules):
    """What a person decided about a federation or an organisation; it wins over the program, and its cost is shown."""

    kind: Literal["federation", "organisation"]
    """What is pinned."""
    id: str
    """Its id in the parent plan."""
    decision: Literal["keep", "free"]
    """``keep``: its area, or its basic unit, stays in the federation; ``free``: leaving costs nothing."""
    by: str = Field(min_length=1)
    """Who decided."""
    reason: str = Field(min_length=1)
    """Why."""


class ChangeRule(Rules):
    """The change budget of a yearly re-planning."""

    parent: str = ""
    """Id of the plan this one goes on from; empty: nothing is carried on but federations of the list."""
    day: date | None = None
    """Day from which the changes hold; the first day of the programme when left out."""
    stance: Literal["keep", "adjust", "anew", "frozen"] = "adjust"
    """``keep``: every assignment and site stays while it can; ``adjust``: changes must be worth their cost; ``anew``: districts and sites are drawn from scratch; ``frozen``: nothing is decided, last year's network on this year's register, for comparison only."""
    switching_weight: float = Field(default=0.8, ge=0)
    """What switching every organisation of an average district counts, in districts out of band."""
    per_organisation: float = Field(default=1.0, ge=0)
    """What an organisation that switches counts."""
    per_worker: float = Field(default=0.01, ge=0)
    """What each of its workers counts."""
    mid_term_factor: float = Field(default=3.0, ge=1)
    """How many times as much leaving a federation in mid-term counts as at its term's end."""
    term_months: int = Field(default=6, ge=0)
    """A term that ends within so many months of the day is at its end; a federation without a date is too."""
    terms: tuple[Term, ...] = ()
    """Ends of terms, one table `[[change.terms]]` per federation."""
    people_per_closing: float = Field(default=300.0, ge=0)
    """Closing a site must bring so many people into reach; a site that moves closes one and opens another."""
    share_per_closing: float = Field(default=0.001, ge=0, le=1)
    """Nor need it bring more than this share of the people the tier serves: what is little in a city is much in a town."""
    broken_lease_factor: float = Field(default=2.0, ge=1)
    """How many times as much closing counts before a lease ends whose rent is not known; else the rest of the rent counts, in parts of `closing_yuan`."""
    leases: tuple[Lease, ...] = ()
    """Leases, one table `[[change.leases]]` per site."""
    closing_yuan: int = Field(default=30_000, ge=0)
    """What closing a site costs, yuan; the rest of a lease that it breaks comes on top."""
    moving_yuan: int = Field(default=20_000, ge=0)
    """What moving out of a closed site into a new one costs besides, yuan."""
    most_switched_share: float | None = Field(default=None, ge=0, le=1)
    """At most this share of the organisations both plans hold switch federation although they stay where they are; left out, no limit."""
    most_closings: dict[str, int] = Field(default_factory=dict)
    """Tier -> at most so many of its sites close or move although their premises are still there."""
    pins: tuple[Pin, ...] = ()
    """Pins, one table `[[change.pins]]` each."""

    @model_validator(mode="after")
    def _no_contradictions(self) -> Self:
        said: dict[tuple[str, str], str] = {}
        for pin in self.pins:
            if said.setdefault((pin.kind, pin.id), pin.decision) != pin.decision:
                raise ValueError(_("{id} is pinned both ways: keep one").format(id=pin.id))
        negative = sorted(tier for tier, most in self.most_closings.items() if most < 0)
        if negative:
            raise ValueError(
                _("most_closings below zero: {tiers}").format(tiers=", ".join(negative))
            )
        return self
