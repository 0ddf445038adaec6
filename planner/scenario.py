"""One run as one TOML file: inputs, policy, travel, seed, stopping rules, people's decisions, store."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_serializer,
    model_validator,
)

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError
from planner.policy import Policy, read_policy
from planner.rules.change import ChangeRule
from planner.rules.faults import faults_of

_ = translator("planner")


def _datum(text: str) -> str:
    """Return a declared datum in one spelling."""
    from geodata.datum import DATUMS, datum_named
    from geodata.sources.points import grid_named

    known = datum_named(text) or grid_named(text)
    if known is None:
        fault = _("{datum} is none of {names} and no projected grid named by its EPSG code")
        raise ValueError(fault.format(datum=repr(text), names=", ".join(DATUMS)))
    return known


Datum = Annotated[str, AfterValidator(_datum)]
"""``wgs84``, ``gcj02``, ``bd09``, ``cgcs2000``, or ``EPSG:<number>`` of a projected grid."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Input(_Table):
    """One file that is read, and what is known of it."""

    path: str
    """File, relative to the scenario file, or a table of a database: ``postgresql://user@host/database#schema.table``."""
    datum: Datum = "wgs84"
    """Datum of coordinates in the file: ``wgs84``, ``gcj02``, ``bd09``, ``cgcs2000``, or a grid such as ``EPSG:4549``; declared, never guessed."""
    sheet: str | None = None
    """Sheet of a workbook, layer of a map file or table of a database; those with a fitting header when left out."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our column name -> header in the file, for headers the program does not know."""
    owner: str = ""
    """Who supplies the data."""
    licence: str = ""
    """Under which terms."""
    as_of: date | None = None
    """Date the data describe."""

    @field_serializer("path")
    def _without_password(self, path: str) -> str:
        """Leave out the password of a database, because a plan keeps its scenario."""
        from geodata.sources.origin import without_password

        return without_password(path)


class RegisterInput(Input):
    """The enterprise register, and the editions its bare codes are of."""

    industry_vintage: Literal["2002", "2011", "2017"] = "2017"
    """Edition of GB/T 4754 that industry codes are of; names are known from all three."""
    ownership_codes: Literal["2011", "2023"] = "2011"
    """Edition of the registration types that bare codes are of."""


class Geocoder(_Table):
    """A map service that is asked for addresses nothing else places; nobody is asked without this table."""

    provider: Literal["amap", "tianditu"]
    """Amap (高德, answers in GCJ-02) or Tianditu (天地图, CGCS2000); both are turned into WGS 84."""
    city: str
    """City that every address is in."""
    key_variable: str = ""
    """Environment variable that holds the service's key; the key itself never stands in a file."""
    cache: str = "geocoder.sqlite"
    """File of answers, relative to the scenario file; a question is never sent twice."""
    most: int = Field(default=2000, ge=0)
    """Most questions sent in one run."""
    per_second: float = Field(default=3.0, gt=0, le=100)
    """Most questions in a second."""
    offline: bool = False
    """Answer from the cache alone."""
    url: str = ""
    """Another server that speaks the same, for example a city's own."""


class DensityInput(Input):
    """Where workers are by a map of their density: a GeoTIFF, points with counts, or zones with counts."""

    per_km2: bool = False
    """Whether a GeoTIFF holds workers per square kilometre; else workers in the cell."""
    non_public_share: float = Field(default=1.0, ge=0, le=1)
    """Share of the density's workers in non-public enterprises, where the census gives none by area."""


class OutdoorSamples(Input):
    """Positions of outdoor workers with times (GPS); who they are is not kept."""

    kind: Literal["courier", "cleaner", "driver"] | None = None
    """Kind of all of them, where the file has no column for it."""
    cell_m: float = Field(default=200.0, ge=20, le=5000)
    """Side of the cells they are gathered in, metres."""
    total: float | None = Field(default=None, gt=0)
    """People in the busiest hour, which the counts are scaled to; left out, they count as they are."""
    samples_an_hour: float = Field(default=1.0, gt=0, le=3600)
    """Positions of one person within an hour, where no column tells persons apart."""
    utc_offset_h: float = Field(default=8.0, ge=-12, le=14)
    """Hours of local time ahead of UTC, for times that name a zone or count seconds."""


class OutdoorRoads(_Table):
    """Outdoor workers by classes of roads: weight times kilometres in each cell, scaled to a total."""

    kind: Literal["courier", "cleaner", "driver"]
    """Who they are."""
    total: float = Field(gt=0)
    """People in the busiest hour."""
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(min_length=1)
    """Class of road (``highway`` of OpenStreetMap) -> weight of a kilometre; a class left out has none."""
    hours: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=24, max_length=24)
    """24 numbers, one an hour; the largest stands for the total."""
    cell_m: float = Field(default=200.0, ge=20, le=5000)
    """Side of the cells, metres."""

    @model_validator(mode="after")
    def _somebody(self) -> OutdoorRoads:
        if max(self.hours) <= 0 or max(self.weights.values()) <= 0:
            raise ValueError(_("outdoor_roads: at least one hour and one weight must be over 0"))
        return self


class PresenceInput(Input):
    """Counts of people by zone and hour; they take the place of the policy's profiles of presence in their zones."""

    zones: Input | None = None
    """Polygons the zones' ids refer to; left out, the ids or names are those of street_towns or basic units."""
    series: int = Field(default=1, ge=1, le=99)
    """Which list of a JSON file of ``{zone: [[[hour, count], ...], ...]}``, from 1."""
    day: Literal["weekday", "weekend", "both"] = "weekday"
    """Kind of day the counts are of, where the file does not say."""
    peak_share: float = Field(default=0.95, gt=0, le=1)
    """Share of a zone's workers who are there in its busiest hour."""


def _several(given: Any) -> Any:
    """Return one table as a list of one."""
    return (given,) if isinstance(given, dict | Input) else given


class Inputs(_Table):
    """The files of one run."""

    roads: str
    """Road file: .osm.pbf, .osm, .osm.gz, .osm.bz2."""
    roads_owner: str = ""
    """Who supplies the road file; a file of OpenStreetMap keeps its own credit beside it."""
    roads_licence: str = ""
    """Under which terms; ODbL 1.0 for a file of OpenStreetMap when left out."""
    roads_as_of: date | None = None
    """Date the roads describe; left out, the one the file itself states, where it does."""
    enterprise_register: RegisterInput = Field(alias="register")
    """Enterprise register (key ``register`` in the file)."""
    boundaries: Input
    """Boroughs, street_towns and basic units."""
    sites: Annotated[tuple[Input, ...], BeforeValidator(_several)] = ()
    """Existing stations and premises that could carry a site: one table ``[inputs.sites]``, or one ``[[inputs.sites]]`` for each list; premises that several have count once, and the earlier list wins."""
    sites_from_roads: bool = False
    """Whether named places of the road file (offices, malls, business parks, schools, banks, pharmacies, convenience stores, petrol stations, metro exits) are premises as well, after all lists."""
    premises_book: Input | None = None
    """What owners said and people decided about premises, kept from year to year (`planner premises` writes it; [premises](premises.md))."""
    outdoor: Annotated[tuple[Input, ...], BeforeValidator(_several)] = ()
    """Outdoor workers by place and hour: one table ``[inputs.outdoor]``, or one ``[[inputs.outdoor]]`` for each file."""
    outdoor_samples: Annotated[tuple[OutdoorSamples, ...], BeforeValidator(_several)] = ()
    """Outdoor workers by positions with times, one table ``[[inputs.outdoor_samples]]`` for each file ([densities](densities.md))."""
    outdoor_roads: Annotated[tuple[OutdoorRoads, ...], BeforeValidator(_several)] = ()
    """Outdoor workers by classes of roads, one table ``[[inputs.outdoor_roads]]`` for each kind of them."""
    addresses: Input | None = None
    """Buildings and addresses with coordinates, by which rows of the register without any are placed."""
    divisions: Input | None = None
    """Dated table of administrative codes, with former names and successors."""
    geocoder: Geocoder | None = None
    """Map service for addresses; left out, nobody is asked."""
    density: DensityInput | None = None
    """Worker density; workers whom no row of the register explains become demand of the tiers that serve workers ([densities](densities.md))."""
    census: Input | None = None
    """Totals of workers by street_town or borough that the density is scaled to."""
    buildings: Input | None = None
    """Buildings the density is spread over by floor area; those of the road file when left out."""
    presence: Annotated[tuple[PresenceInput, ...], BeforeValidator(_several)] = ()
    """Hourly presence by zone, one table ``[[inputs.presence]]`` for each file; the earlier one wins in a zone ([densities](densities.md))."""
    platform_workers: Input | None = None
    """Workers of platforms by where they gather; they have no employer in the register, so they are demand of the tiers that serve workers and belong to no organisation of a federation (一(四); [densities](densities.md))."""
    disputes: Input | None = None
    """Labour disputes; they weigh priorities and give a watch list."""
    workplaces: Input | None = None
    """Where the workers of headquarters, labour dispatch and construction firms really work."""
    links: Input | None = None
    """Links between basic units that people add or cut, with their name and reason."""
    federations: Input | None = None
    """Existing federations as a list: organisation, federation."""
    sub_areas: Input | None = None
    """Sub-areas that districts had better keep whole (party-building areas, governance grids, park blocks; 一(一)): polygons with a name, or a table of basic units with their sub-area (``unit_id``, ``sub_area``); ``sheet`` may be a layer of the boundaries file."""

    @model_validator(mode="after")
    def _with_premises(self) -> Inputs:
        if not self.sites and not self.sites_from_roads:
            raise ValueError(
                _("no premises: give a table [inputs.sites] or sites_from_roads = true")
            )
        if not self.outdoor and not self.outdoor_samples and not self.outdoor_roads:
            raise ValueError(
                _("no outdoor workers: give a table [inputs.outdoor], [[inputs.outdoor_samples]] or [[inputs.outdoor_roads]]")
            )  # fmt: skip
        return self


class Units(_Table):
    """What basic units are: what districts are made of."""

    source: Literal["given", "blocks", "hexagons"] = "given"
    """Those of the boundaries; blocks between main roads, water and railways; or hexagons."""
    block_least_m2: float = Field(default=40_000.0, gt=0)
    """Smallest block, square metres."""
    hexagon_width_m: float = Field(default=400.0, ge=50, le=20_000)
    """Distance between two parallel sides of a hexagon."""
    footprints: bool = True
    """Whether building footprints and named places of the road file make carriers."""


class PolicyChoice(_Table):
    """Which rules apply."""

    name: str = "shanghai-2018"
    """A policy that comes with the program."""
    path: str | None = None
    """A policy file of the user's instead."""
    override: dict[str, Any] = Field(default_factory=dict)
    """Single keys laid over the policy; tiers are addressed by name."""
    tiers: tuple[dict[str, Any], ...] = ()
    """Further tiers, one block each with the keys of `[[tiers]]`, sited after those of the policy."""


class Travel(_Table):
    """How people move."""

    mode: str = "walk"
    """Mode of adjacency and compactness; each tier names its own."""
    max_snap_m: float = Field(default=300.0, gt=0, le=5000)
    """Points farther from a usable road than this are reported and not served."""
    access_grid_m: float = Field(default=20.0, gt=0, le=200)
    """Demand on the same edge within this length is one network access point."""
    modes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Numbers of a mode laid over the defaults of docs/modes.md."""


class Stopping(_Table):
    """When searches stop: counted work first, wall clock only as a fuse."""

    siting_work: int = Field(default=6_000, ge=1)
    """Most work units of one tier's search for each thousand of its candidate sites, begun thousands counted whole."""
    siting_stalled_work: int = Field(default=2_000, ge=1)
    """Work units without a better answer after which a tier's search ends, for each thousand candidate sites."""
    siting_gap_share: float = Field(default=0.003, ge=0, lt=1)
    """A tier whose certified gap is at most this is not searched further."""
    districting_work: int = Field(default=400_000, ge=1)
    """Most moves tried per street_town."""
    fuse_s: float = Field(default=1800.0, gt=0)
    """Wall-clock fuse of each search; a plan that needed it is marked not reproducible."""


class Decision(_Table):
    """What a person decided about a site; it wins over the program, and its cost is shown."""

    tier: str
    """Tier the decision is about."""
    site_id: str
    """Site."""
    decision: Literal["open", "closed"]
    """Pinned open or vetoed."""
    by: str
    """Who decided."""
    reason: str
    """Why."""


class Resources(_Table):
    """What there is to plan with; a key left out is no limit."""

    professionals: int | None = Field(default=None, ge=0)
    """Professionals that can be posted to federations."""
    professionals_above: int = Field(default=0, ge=0)
    """Professionals who serve above the street_towns' federations; with those posted they are the whole pool."""
    recruits_half_year: tuple[int, ...] = ()
    """Professionals who start in each half-year; the last number holds for the rest."""
    ceilings_yuan_year: tuple[int, ...] = ()
    """Most that may be spent on opening and running in each year; the last number holds for the rest."""
    day: date | None = None
    """Day for which shares of dues and refunds are read; the programme's first day when left out."""


class Store(_Table):
    """Where plans are kept."""

    path: str = "plans"
    """Folder, relative to the scenario file."""


class Scenario(_Table):
    """Everything that determines one plan."""

    name: str
    """What people call this run."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Seed of every random choice."""
    inputs: Inputs
    """Files."""
    policy: PolicyChoice = PolicyChoice()
    """Rules."""
    units: Units = Units()
    """Basic units and carriers."""
    travel: Travel = Travel()
    """Movement."""
    resources: Resources = Resources()
    """What there is to plan with."""
    stopping: Stopping = Stopping()
    """Stopping rules."""
    decisions: tuple[Decision, ...] = ()
    """Pins and vetoes of people."""
    change: ChangeRule = ChangeRule()
    """Which plan this one goes on from, and how much may change."""
    store: Store = Store()
    """Plan store."""

    _folder: Path = PrivateAttr(default=Path())
    _rules: Policy | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path:
        """Folder that relative paths start from."""
        return self._folder

    @property
    def rules(self) -> Policy:
        """The policy in force, with overrides."""
        if self._rules is None:
            raise ConfigurationError(_("the scenario was not made by read_scenario"))
        return self._rules

    def located(self, folder: Path, rules: Policy) -> Scenario:
        """Return this scenario bound to the folder its paths start from and the rules in force."""
        bound = self.model_copy()
        bound._folder = folder  # noqa: SLF001 - the copy is this class's own
        bound._rules = rules  # noqa: SLF001
        return bound

    def resolve(self, path: str) -> Path:
        """Return ``path`` resolved from the scenario file's folder."""
        return (self._folder / path).resolve()


def read_scenario(path: Path | str) -> Scenario:
    """Read a scenario and the policy it names.

    Parameters
    ----------
    path
        TOML file; its relative paths start from the folder it lies in.

    Raises
    ------
    ConfigurationError
        For a missing file, broken TOML, unknown keys (with the nearest known one), wrong values,
        or decisions about tiers the policy does not have. All faults are listed at once.
    InfeasibleError
        For rules of the policy that contradict each other.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fix = _("give the path of a scenario file; `planner sample DIR` writes one")
        raise ConfigurationError(
            Fault(_("the scenario cannot be read"), str(path), fix=fix)
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            Fault(_("not valid TOML: {error}").format(error=error), str(path))
        ) from error
    return parse_scenario(values, path.resolve().parent, where=str(path))


def parse_scenario(values: dict[str, Any], folder: Path, *, where: str = "scenario") -> Scenario:
    """Check plain values against the schema and read the policy; see `read_scenario`."""
    try:
        scenario = Scenario.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, where, Scenario, values)) from error
    choice = scenario.policy
    path = folder / choice.path if choice.path else None
    rules = read_policy(choice.name, path, choice.override, choice.tiers)
    _check_decisions(scenario, rules, where)
    return scenario.located(folder, rules)


def _check_decisions(scenario: Scenario, rules: Policy, where: str) -> None:
    tiers = {tier.name for tier in rules.tiers}
    change = scenario.change
    named = [
        *(decision.tier for decision in scenario.decisions),
        *change.most_closings,
        *(lease.tier for lease in change.leases),
    ]
    unknown = [tier for tier in named if tier not in tiers]
    said: dict[tuple[str, str], str] = {}
    contradicted = []
    for decision in scenario.decisions:
        key = (decision.tier, decision.site_id)
        if said.setdefault(key, decision.decision) != decision.decision:
            contradicted.append(decision.site_id)
    faults = []
    if unknown:
        fix = _("known are {names}").format(names=", ".join(sorted(tiers)))
        faults.append(
            Fault(
                _("decisions, limits or leases of unknown tiers"), where, len(unknown), unknown, fix
            )
        )
    if contradicted:
        fix = _("keep one of the two")
        faults.append(
            Fault(_("sites both pinned and vetoed"), where, len(contradicted), contradicted, fix)
        )
    if faults:
        raise ConfigurationError(faults)
