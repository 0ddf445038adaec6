"""Who forms which union, how large federations are, who serves in them, which rates are kept (一)."""

from __future__ import annotations

from math import ceil, floor
from typing import Literal, Self

from pydantic import Field, model_validator

from geodata.messages import translator
from planner.rules.faults import contradiction, not_above, refuse
from planner.rules.table import Range, Rules

_ = translator("planner")


class BandRule(Rules):
    """What a federation should hold of one count, both limits inclusive."""

    least: float = Field(ge=0)
    """Smallest count in band."""
    ideal: float = Field(gt=0)
    """Count aimed at."""
    most: float = Field(gt=0)
    """Largest count in band."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.least <= self.ideal <= self.most:
            what = _("needs least <= ideal <= most, got {least:g}, {ideal:g}, {most:g}").format(
                least=self.least, ideal=self.ideal, most=self.most
            )
            fix = _("least = {least:g}, most = {most:g} would do").format(
                least=min(self.least, self.ideal), most=max(self.most, self.ideal)
            )
            refuse([contradiction(what, fix)])
        return self


class OrganisationRule(Rules):
    """Who forms a union of its own and who joins one (一(一))."""

    clause: str
    """Clause of the document."""
    own_union_threshold: int = Field(ge=1)
    """Enterprises of this size and more form their own union."""
    threshold_basis: Literal["workers", "members"]
    """What the threshold counts."""
    self_employed_in_street_union: bool
    """Whether self-employed firms count in street-front unions."""
    level: Literal["today", "at_85", "full"]
    """Which organisations are counted: those of today, at 85 % formation, or at full formation."""
    joint_enterprises_ideal: int = Field(ge=1)
    """Enterprises a joint union should cover."""
    joint_enterprises_most: int = Field(ge=1)
    """Most enterprises of one joint union."""
    joint_workers_most: int = Field(ge=1)
    """Most workers of one joint union."""
    joint_enterprises_least: int = Field(default=10, ge=1)
    """Fewest enterprises for which a carrier or a group of neighbours has a joint union of its own."""
    resize_joint_unions: bool = True
    """Whether new joint unions of a street_town that cannot have all its districts in band are formed larger or smaller, within the limits above, where more districts can be in band then (一(二))."""
    neighbour_walk_min: float = Field(default=10.0, gt=0)
    """Longest walk between the middle of a joint union of neighbours and its members, inclusive."""
    count_self_employed: bool = True
    """Whether self-employed firms belong to organisations at all."""
    entity_workers_least: int = Field(default=0, ge=0)
    """An enterprise with fewer workers is no entity (实体型企业) and is left out; 0: no such test."""
    off_site_workers_least: int = Field(default=200, ge=1)
    """Headquarters, labour dispatch and construction firms of this size are flagged: their workers may be elsewhere."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        refuse(
            [
                not_above("joint_enterprises_least", self.joint_enterprises_least, "joint_enterprises_most", self.joint_enterprises_most),
                not_above("joint_enterprises_ideal", self.joint_enterprises_ideal, "joint_enterprises_most", self.joint_enterprises_most),
            ]
        )  # fmt: skip
        return self


class FederationRule(Rules):
    """How large a federation is (一(二))."""

    clause: str
    """Clause of the document."""
    count: Literal["organisations", "covered_units"]
    """What the first band counts."""
    organisations: BandRule
    """Band of organisations (or covered units)."""
    workers: BandRule
    """Band of workers."""
    maximum_share: float = Field(ge=1)
    """Hard maximum as a share of ideal, unless one basic unit alone exceeds it."""
    hard_bands: bool = False
    """Whether a map in which some district misses a band is refused; else missing one only counts against the map."""
    undersize: Literal["keep", "merge", "refuse"]
    """What happens to a street_town too small for one district."""
    sub_area_weight: float = Field(default=0.1, ge=0)
    """What each further district that cuts a sub-area counts, in districts out of band (一(一)); 0: sub-areas do not count."""
    industry_weight: float = Field(default=0.0, ge=0)
    """What workers outside their district's largest industry cost once balance is settled: all of a street_town's weigh as
    much as so many districts out of band per district."""

    @model_validator(mode="after")
    def _under_the_maximum(self) -> Self:
        for name, band in (("organisations", self.organisations), ("workers", self.workers)):
            if band.most > band.ideal * self.maximum_share + 1e-9:
                what = _("{name}: most {most:g} is above the hard maximum, {share:g} x ideal {ideal:g}").format(
                    name=name, most=band.most, share=self.maximum_share, ideal=band.ideal
                )  # fmt: skip
                fix = _("maximum_share = {share:g}, or most = {most:g}, would do").format(
                    share=ceil(band.most / band.ideal * 100 - 1e-9) / 100,
                    most=floor(band.ideal * self.maximum_share + 1e-9),
                )
                refuse([contradiction(what, fix)])
        return self


class StaffingRule(Rules):
    """How many professionals a federation needs and is posted (一(二))."""

    clause: str
    """Clause of the document."""
    organisations_per_professional: Range
    """One professional per so many organisations."""
    workers_per_professional: Range
    """One professional per so many workers."""
    rule: Literal["either", "max", "min"]
    """How the document's "or" is read: either ratio suffices, the stricter one, or the looser one."""
    posted_least: int = Field(ge=0)
    """Fewest posted full time."""
    posted_most: int = Field(ge=0)
    """Most posted full time."""
    allocation: Literal["largest_shortfall", "proportional"]
    """How posts are shared out when there are too few: one by one to the federation with the largest share unfilled, or in
    proportion to need by largest remainder."""
    below_share: float = Field(ge=0, le=1)
    """Share of the whole professional pool that serves in street_towns' federations and below (一(五))."""
    below_clause: str
    """Clause of that share."""
    part_time_chairs: int = Field(ge=0)
    """Part-time chairs of a federation, counted apart."""
    workers_per_volunteer: int = Field(ge=1)
    """One volunteer per so many workers, counted apart."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        refuse([not_above("posted_least", self.posted_least, "posted_most", self.posted_most)])
        return self


class RateRule(Rules):
    """The two rates kept at 85 % (一(三))."""

    clause: str
    """Clause of the document."""
    enterprises_share: float = Field(ge=0, le=1)
    """建会率: enterprises covered by an own or joint union over enterprises in scope."""
    members_share: float = Field(ge=0, le=1)
    """入会率: members over workers."""
    holdout_workers_least: int = Field(default=100, ge=1)
    """Workers from which an enterprise long without a union is a holdout (一(四))."""
    holdout_years_least: float = Field(default=2.0, ge=0)
    """Years without a union that make a large enterprise a holdout (一(四))."""
