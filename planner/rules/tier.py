"""One kind of site: whom it serves, how near it must be, what may carry it, how many open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from planner.rules.contradictions import tier_contradictions
from planner.rules.faults import refuse
from planner.rules.table import Hours, Rules
from planner.rules.tier_parts import Capacity, SiteCosts, Stream, Style

OUTDOOR_KINDS = ("courier", "cleaner", "driver")
"""Kinds of outdoor workers."""


@dataclass(frozen=True)
class Way:
    """One way people come to a tier's sites.

    Parameters
    ----------
    number
        0 for the tier's own, then in the order of `Tier.also`.
    demand
        Layer.
    kinds
        Kinds of outdoor workers; empty for the layer of workers.
    mode, cutoff_min
        How they travel and how long at most, minutes, inclusive.
    needs_parking
        Whether they come only where e-bikes can be parked.
    """

    number: int
    demand: str
    kinds: tuple[str, ...]
    mode: str
    cutoff_min: float
    needs_parking: bool


class Tier(Rules):
    """One kind of site: whom it serves, how near it must be, what may carry it and how many open."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Key of the tier in tables and files."""
    label_zh: str
    """Chinese name."""
    label_en: str
    """English name."""
    clause: str
    """Clause of the document."""
    parent: str
    """Tier this one hangs under; empty for none."""
    demand: Literal["workers", "outdoor"]
    """Layer that must be reached."""
    period: Hours
    """Hours the demand is counted in."""
    mode: str
    """Travel mode."""
    cutoff_min: float = Field(gt=0, le=180)
    """Longest acceptable trip in minutes, inclusive."""
    kinds: tuple[Literal["courier", "cleaner", "driver"], ...] = ()
    """Kinds of outdoor workers who come by `mode`; empty for all that no entry of `also` names."""
    also: tuple[Stream, ...] = ()
    """Outdoor workers who come by another mode."""
    rule: Literal[
        "one_per_district", "one_per_street_town", "one_per_borough", "one_per_city",
        "max_cover", "count", "target", "budget", "cover_share",
    ]  # fmt: skip
    """How many open: one per area (where anybody works), the best ``per_district`` x districts, the best ``count``, the
    best that the tier's target allows in each street_town, the best that ``budget_yuan`` pays, or the fewest that reach
    ``cover_share``."""
    objective: Literal["max_cover", "p_median"] = "max_cover"
    """What is best: most people within the cutoff, or the least total time (people out of the cutoff count twice it)."""
    per_district: float = Field(default=0.0, ge=0)
    """Sites per district on average, compulsory ones included; rounded up over the plan."""
    count: int = Field(default=0, ge=0)
    """Sites in the plan, for the rule `count`."""
    budget_yuan: int = Field(default=0, ge=0)
    """Most that opening them may cost, for the rule `budget`."""
    cover_share: float = Field(default=1.0, gt=0, le=1)
    """Share of the demand to reach, for the rule `cover_share`."""
    compulsory_carrier_workers: int | None = Field(default=None, ge=1)
    """A carrier with so many workers must have a site."""
    compulsory_enterprise_workers: int | None = Field(default=None, ge=1)
    """An enterprise with so many workers must have a site."""
    keep_existing: bool = False
    """Whether sites that serve the tier today stay open, as far as the rule leaves room."""
    candidates: tuple[str, ...] = Field(min_length=1)
    """Kinds of premises that may carry a site, in order of preference."""
    carrier_kinds: tuple[str, ...] = ()
    """Kinds of carrier that count as candidates of the kind `carrier`; empty for all."""
    candidates_most: int | None = Field(default=None, ge=1)
    """Most candidates of each kind that are weighed in each area of a rule ``one_per_...``: those nearest to the middle of
    its workers, beside what must open or serves the tier today; none: all. For tiers that reach far."""
    preference_share: float = Field(default=0.0, ge=0, le=1)
    """What one step down the list of candidates must gain, as a share of the mean demand per site."""
    parent_cutoff_min: float | None = Field(default=None, gt=0)
    """A site must be within so many minutes of a site of its parent tier; none: anywhere."""
    shares: tuple[str, ...] = ()
    """Tiers in whose premises a site may stand, whatever kind those are; with all others it shares none."""
    houses: tuple[str, ...] = ()
    """What else sits in the premises, such as the federation's office."""
    floor_area_least_m2: float = Field(default=0.0, ge=0)
    """Premises known to be smaller carry no site."""
    ground_floor: bool = False
    """Whether premises known to have no entry at ground level carry no site."""
    open_access: bool = False
    """Whether premises known to lie behind a gate carry no site."""
    hours: Literal["host", "planned", "always"] = "planned"
    """Whose hours a site keeps: its host's, planned ones, or none of its own."""
    capacity: Capacity | None = None
    """How many people a site can take; none: as many as come."""
    costs: SiteCosts
    """What a site costs."""
    kit: tuple[str, ...] = ()
    """What a site is equipped with."""
    services: tuple[str, ...] = ()
    """Basic services, by name."""
    capacity_note: str = ""
    """What people should know about premises."""
    style: Style | None = None
    """How its sites look on maps; none: a shape and colour no other tier has."""

    @property
    def streams(self) -> tuple[Way, ...]:
        """All ways people come to the tier's sites, the tier's own first; each kind comes one way."""
        own: tuple[str, ...] = self.kinds
        if self.demand == "outdoor" and not own:
            named = {kind for stream in self.also for kind in stream.kinds}
            own = tuple(kind for kind in OUTDOOR_KINDS if kind not in named)
        first = Way(0, self.demand, own, self.mode, self.cutoff_min, needs_parking=False)
        rest = [
            Way(k, "outdoor", s.kinds, s.mode, s.cutoff_min, needs_parking=s.needs_parking)
            for k, s in enumerate(self.also, start=1)
        ]
        return (first, *rest)

    @property
    def minimises(self) -> bool:
        """Whether a smaller value is better: total time, or the number of sites that reach a share."""
        return self.objective == "p_median" or self.rule == "cover_share"

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes people come by, the tier's own first."""
        return tuple(dict.fromkeys(way.mode for way in self.streams))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(tier_contradictions(self))
        return self
