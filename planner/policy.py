"""The reform's rules as data: every number lives in one TOML file, beside the clause it stems from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads it at run time
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError
from planner.rules import (
    AssessmentRule,
    BargainingRule,
    Capacity,
    DisputeRule,
    EquityRule,
    Hours,
    HoursRule,
    MoneyRule,
    ProgrammeRule,
    Range,
    Rules,
    ServiceRule,
    SiteCosts,
    Stream,
    Style,
    TargetRule,
)

if TYPE_CHECKING:
    from pathlib import Path

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
            raise ValueError(
                f"needs least <= ideal <= most, got {self.least:g}, {self.ideal:g}, {self.most:g}"
            )
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
    neighbour_walk_min: float = Field(default=10.0, gt=0)
    """Longest walk between the middle of a joint union of neighbours and its members, inclusive."""
    count_self_employed: bool = True
    """Whether self-employed firms belong to organisations at all."""
    entity_workers_least: int = Field(default=0, ge=0)
    """An enterprise with fewer workers is no entity (实体型企业) and is left out; 0: no such test."""
    off_site_workers_least: int = Field(default=200, ge=1)
    """Headquarters, labour dispatch and construction firms of this size are flagged: their workers may be elsewhere."""


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
    undersize: Literal["keep", "merge", "refuse"]
    """What happens to a street_town too small for one district."""


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
        faults = []
        if self.demand != "outdoor" and (self.kinds or self.also):
            faults.append("kinds and also need demand 'outdoor'")
        kinds = [kind for way in self.streams for kind in way.kinds]
        if len(kinds) != len(set(kinds)):
            faults.append("a kind of outdoor worker comes in two ways")
        needs = {"max_cover": "per_district", "count": "count", "budget": "budget_yuan"}.get(
            self.rule
        )
        compulsory = self.compulsory_carrier_workers or self.compulsory_enterprise_workers
        if needs and not getattr(self, needs) and not (compulsory and needs == "per_district"):
            faults.append(f"the rule {self.rule} needs {needs} above 0")
        if self.objective == "p_median" and self.rule in {"budget", "cover_share", "target"}:
            faults.append(f"the objective p_median does not go with the rule {self.rule}")
        if self.candidates_most is not None and not self.rule.startswith("one_per_"):
            faults.append(f"candidates_most does not go with the rule {self.rule}")
        if self.parent_cutoff_min is not None and not self.parent:
            faults.append("parent_cutoff_min without a parent")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Policy(Rules):
    """All rules of one document, frozen."""

    name: str
    """Short name."""
    title_zh: str
    """Chinese title."""
    title_en: str
    """English title."""
    document: str
    """Document number."""
    dated: date
    """Date of the document."""
    organisations: OrganisationRule
    """Who forms which union."""
    federations: FederationRule
    """How large a federation is."""
    staffing: StaffingRule
    """How many professionals."""
    rates: RateRule
    """Rates to keep."""
    targets: TargetRule
    """What is to be reached in the whole city."""
    hours: HoursRule
    """When sites open."""
    money: MoneyRule
    """Dues, income and costs."""
    programme: ProgrammeRule
    """What opens in which half-year."""
    assessment: AssessmentRule
    """Yearly assessment."""
    bargaining: BargainingRule
    """Collective bargaining."""
    disputes: DisputeRule
    """Mediation and disputes."""
    services: ServiceRule
    """Services and standards of sites."""
    equity: EquityRule
    """Groups whose coverage is shown."""
    tiers: tuple[Tier, ...] = Field(min_length=1)
    """Kinds of sites, parents before children."""

    @model_validator(mode="after")
    def _tiers_hang_together(self) -> Self:
        faults = []
        seen: set[str] = set()
        for tier in self.tiers:
            if tier.name in seen:
                faults.append(f"tier {tier.name!r} is listed twice")
            if tier.parent and tier.parent not in seen:
                faults.append(
                    f"tier {tier.name!r} names parent {tier.parent!r}, which is not listed before it"
                )
            seen.add(tier.name)
        for tier in self.tiers:
            faults += [
                f"tier {tier.name!r} shares premises with {other!r}, which is no tier"
                for other in tier.shares
                if other not in seen
            ]
            faults += [
                f"tier {tier.name!r} lists the service {name!r}, which services.names does not"
                for name in tier.services
                if name not in self.services.names
            ]
            if tier.rule == "target" and tier.name not in self.targets.counts:
                faults.append(
                    f"tier {tier.name!r} follows a target that targets.counts does not give"
                )
        named = {
            "targets.counts": set(self.targets.counts) - {"federations", "models"},
            "hours.tiers": set(self.hours.tiers),
            "programme.weights": set(self.programme.weights),
            "services.special_tiers": set(self.services.special_tiers),
        }
        for key, names in named.items():
            faults += [f"{key} names {name!r}, which is no tier" for name in sorted(names - seen)]
        faults += [
            f"hours.tiers names {tier.name!r}, whose hours are {tier.hours!r}"
            for tier in self.tiers
            if tier.name in self.hours.tiers and tier.hours != "planned"
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def tier_words(self) -> dict[str, str]:
        """What people may call each tier in their files, written in full -> its name."""
        return {
            word: tier.name
            for tier in self.tiers
            for word in (tier.name, tier.label_zh, tier.label_en)
        }

    def tier(self, name: str) -> Tier:
        """Return the tier called ``name``; raises KeyError for an unknown one."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise KeyError(name)


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the program."""
    folder = resources.files("planner") / "policies"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


def read_policy(
    name: str,
    path: Path | None = None,
    override: dict[str, Any] | None = None,
    more_tiers: tuple[dict[str, Any], ...] = (),
) -> Policy:
    """Read a policy by shipped name or from a file, with single keys overridden.

    Parameters
    ----------
    name
        A shipped policy; ignored when ``path`` is given.
    path
        A policy file of the user's.
    override
        Nested keys that replace those of the file; a tier is named by its ``name``:
        ``{"tiers": {"station": {"cutoff_min": 10}}}``.
    more_tiers
        Further tiers, after those of the file.

    Raises
    ------
    ConfigurationError
        For a missing file, broken TOML, unknown keys or values out of range.
    """
    where = str(path) if path else name
    try:
        if path is not None:
            text = path.read_text(encoding="utf-8-sig")
        else:
            text = (resources.files("planner") / "policies" / f"{name}.toml").read_text(
                encoding="utf-8"
            )
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(shipped_policies())
        raise ConfigurationError(
            Fault(
                _("the policy cannot be read"),
                where,
                fix=_("name one of {names}, or give a path").format(names=shipped),
            )
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            Fault(_("not valid TOML: {error}").format(error=error), where)
        ) from error
    values = _overridden(values, override or {}, where)
    if more_tiers:
        values["tiers"] = [*values.get("tiers", []), *more_tiers]
    return parse_policy(values, where)


def parse_policy(values: dict[str, Any], where: str) -> Policy:
    """Check plain values against the schema; raises ConfigurationError with every fault."""
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, where, Policy)) from error


def faults_of(error: ValidationError, where: str, model: type[BaseModel]) -> list[Fault]:
    """Turn pydantic's errors into faults that name the key and, for unknown ones, the nearest known key."""
    from difflib import get_close_matches

    faults = []
    for item in error.errors(include_url=False, include_context=False):
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            known = sorted(_keys(model))
            near = get_close_matches(str(item["loc"][-1]), known, n=1)
            fix = (
                _("did you mean {name}?").format(name=near[0])
                if near
                else _("remove the key, or see docs/scenario.md")
            )
            faults.append(Fault(_("unknown key {key}").format(key=key), where, fix=fix))
        else:
            message = str(item["msg"]).removeprefix("Value error, ")
            faults.append(
                Fault(
                    f"{key}: {message}" if key else message,
                    where,
                    examples=_shown(item),
                    fix=_("see docs/scenario.md"),
                )
            )
    return faults


def _shown(item: Any) -> tuple[object, ...]:
    value = item.get("input")
    return (repr(value),) if isinstance(value, str | int | float | bool) else ()


def _keys(model: type[BaseModel]) -> set[str]:
    """All key names of a model and of the models inside it."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(field.alias or name)
        for inner in _models_in(field.annotation):
            names |= _keys(inner)
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _overridden(values: dict[str, Any], override: dict[str, Any], where: str) -> dict[str, Any]:
    """Lay ``override`` over ``values``; lists of named tables are addressed by name."""
    merged = dict(values)
    for key, new in override.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            merged[key] = _overridden(old, new, where)
        elif isinstance(old, list) and isinstance(new, dict):
            merged[key] = _named_rows(old, new, f"{where} [policy.override.{key}]")
        else:
            merged[key] = new
    return merged


def _named_rows(
    rows: list[dict[str, Any]], override: dict[str, Any], where: str
) -> list[dict[str, Any]]:
    names = [row.get("name") for row in rows]
    unknown = sorted(set(override) - set(names))
    if unknown:
        known = ", ".join(str(name) for name in names)
        raise ConfigurationError(
            Fault(
                _("unknown tier"),
                where,
                len(unknown),
                unknown,
                _("known are {names}").format(names=known),
            )
        )
    return [_overridden(row, override.get(str(row.get("name")), {}), where) for row in rows]
