"""The reform's rules as data: every number lives in one TOML file, beside the clause it stems from."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_ = translator("planner")


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Range(_Rules):
    """Two inclusive limits."""

    least: float = Field(gt=0)
    """Smallest value."""
    most: float = Field(gt=0)
    """Largest value."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"least {self.least:g} is above most {self.most:g}")
        return self


class BandRule(_Rules):
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


class OrganisationRule(_Rules):
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


class FederationRule(_Rules):
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


class StaffingRule(_Rules):
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


class RateRule(_Rules):
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


class Hours(_Rules):
    """Whole hours of the day, both inclusive; 8-17 covers 8:00 to 17:59."""

    first_hour: int = Field(ge=0, le=23)
    """First hour."""
    last_hour: int = Field(ge=0, le=23)
    """Last hour."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first_hour > self.last_hour:
            raise ValueError("first_hour is after last_hour")
        return self


class Tier(_Rules):
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
    rule: Literal["one_per_district", "max_cover"]
    """How many open: exactly one per federation district, or the best ``per_district`` x districts."""
    per_district: float = Field(default=0.0, ge=0)
    """Sites per district on average, compulsory ones included; rounded up over the plan."""
    compulsory_carrier_workers: int | None = Field(default=None, ge=1)
    """A carrier with so many workers must have a site."""
    compulsory_enterprise_workers: int | None = Field(default=None, ge=1)
    """An enterprise with so many workers must have a site."""
    candidates: tuple[str, ...] = Field(min_length=1)
    """Kinds of premises that may carry a site, in order of preference."""
    preference_share: float = Field(default=0.0, ge=0, le=1)
    """What one step down the list of candidates must gain, as a share of the mean demand per site."""
    parent_cutoff_min: float | None = Field(default=None, gt=0)
    """A site must be within so many minutes of a site of its parent tier; none: anywhere."""
    capacity_note: str = ""
    """What people should know about premises."""


class Policy(_Rules):
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
    tiers: tuple[Tier, ...]
    """Kinds of sites, parents before children."""

    @model_validator(mode="after")
    def _tiers_hang_together(self) -> Self:
        seen: set[str] = set()
        for tier in self.tiers:
            if tier.name in seen:
                raise ValueError(f"tier {tier.name!r} is listed twice")
            if tier.parent and tier.parent not in seen:
                raise ValueError(
                    f"tier {tier.name!r} names parent {tier.parent!r}, which is not listed before it"
                )
            seen.add(tier.name)
        return self

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
    name: str, path: Path | None = None, override: dict[str, Any] | None = None
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
    return parse_policy(_overridden(values, override or {}, where), where)


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
