"""City targets and the two-year programme (一(二), 五(四))."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geodata.messages import translator
from planner.rules.faults import refuse, whole
from planner.rules.table import Rules

_ = translator("planner")


class TargetRule(Rules):
    """The city's numbers and how they are handed down as integers (一(二), 二(二))."""

    clause: str
    """Clause of the document."""
    counts: dict[str, Annotated[int, Field(ge=0)]]
    """What is to be reached in the whole city: `federations`, `models`, or the name of a tier."""
    rule: Literal["largest_remainder"]
    """Largest remainder: each area gets its exact share rounded down, and the units left go to the largest remainders, ties by id."""
    basis: Literal["workers", "enterprises", "organisations"]
    """What an area's share is measured by."""
    city_basis: int = Field(ge=0)
    """That measure for the whole city, where the plan covers a part of it; 0: the plan covers the city."""


class ProgrammeRule(Rules):
    """Which districts and sites open in which half-year (一(二))."""

    clause: str
    """Clause of the document."""
    begins: date
    """First day of the first half-year."""
    half_years: int = Field(ge=1, le=10)
    """How many are planned."""
    weights: dict[str, Annotated[float, Field(ge=0)]]
    """What covering one person by a site of the tier counts; tiers not named count 0."""
    consent_half_years: int = Field(ge=0)
    """Half-years until premises without a signed consent can open."""
    to_find_half_years: int = Field(ge=0)
    """Half-years until premises that must still be found can open."""
    first_half_share: float = Field(gt=0, le=1)
    """Most of a year's ceiling that its first half may spend."""
    models_borough_least: int = Field(ge=0)
    """Models proposed in every borough that has a ready federation, as far as the number goes."""
    steps: tuple[Literal["people", "premises", "funds", "certificate", "account"], ...] = Field(
        min_length=1
    )
    """What a federation must have before it counts as built."""
    work: int = Field(ge=1)
    """Moves tried by the search for the order of opening."""
    bound_rounds: int = Field(ge=1)
    """Rounds of the search for a proved bound."""


class AssessmentRule(Rules):
    """Yearly assessment by four parties (五(四))."""

    clause: str
    """Clause of the document."""
    members: float = Field(ge=0, le=1)
    """Weight of the members' marks."""
    own: float = Field(ge=0, le=1)
    """Weight of the federation's own marks."""
    inspection: float = Field(ge=0, le=1)
    """Weight of the inspection's marks."""
    third_party: float = Field(ge=0, le=1)
    """Weight of a third party's marks."""
    readiness: float = Field(ge=0)
    """Marks a step done is worth when models are ranked."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.members + self.own + self.inspection + self.third_party
        refuse([whole(_("weights of the assessment"), total)])
        return self
