"""Every source of a run, read and validated in one call, with every fault in one message."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault, GeodataError, InputMissingError
from geodata.layers import validate
from geodata.layers.divisions import Divisions
from geodata.layers.outdoor import Positions
from geodata.layers.validation import stacked_entries
from geodata.messages import translator
from geodata.provenance import Read
from geodata.sources.addresses import read_addresses
from geodata.sources.boundaries import read_boundaries
from geodata.sources.disputes import read_disputes
from geodata.sources.divisions import read_divisions
from geodata.sources.origin import Origin, origin_of
from geodata.sources.outdoor import read_outdoor
from geodata.sources.premises_book import read_premises_book
from geodata.sources.reading import raise_together
from geodata.sources.register import read_register
from geodata.sources.road_premises import read_road_premises
from geodata.sources.samples import read_samples
from geodata.sources.sites import read_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geodata.layers import Layers
    from geodata.layers.placing import Locator

_ = translator("geodata")


@dataclass(frozen=True)
class Source:
    """One file and what is known of it.

    Parameters
    ----------
    path
        The file, or a database as in :func:`geodata.sources.origin.origin_of`.
    datum
        Datum of its coordinates, or ``EPSG:<number>`` of a projected grid.
    columns
        Our column name -> header in the file.
    sheet
        Sheet of a workbook.
    owner, licence, as_of
        Kept in the source's record.
    options
        Further arguments of the layer's reader, such as ``industry_vintage`` of a register.
    """

    path: Origin
    datum: str = "wgs84"
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    owner: str = ""
    licence: str = ""
    as_of: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def read_layers(
    *,
    register: Source | Read | str | Path,
    boundaries: Source | str | Path,
    sites: Source | str | Path | Sequence[Source | str | Path] = (),
    outdoor: Source | str | Path | Sequence[Source | str | Path] | None = None,
    positions: Sequence[Source] = (),
    disputes: Source | str | Path | None = None,
    crs: str | None = None,
    addresses: Source | str | Path | None = None,
    divisions: Source | str | Path | None = None,
    locator: Locator | None = None,
    premises_roads: Path | None = None,
    premises_book: Source | str | Path | None = None,
) -> Layers:
    """Read and validate the layers of a run.

    Parameters
    ----------
    register, boundaries, sites, outdoor, disputes
        The sources; a path stands for a source in WGS 84 whose headers are known, a register may have been read,
        and premises and outdoor workers may be several lists: of premises the earlier one wins.
    positions
        Positions of outdoor workers with times (:mod:`geodata.sources.samples`); the options ``cell_m`` and ``total`` say
        how they are gathered.
    crs
        Projected working CRS; by default the UTM zone of the street_towns.
    addresses
        A table of buildings and addresses, for rows without coordinates.
    divisions
        A dated table of administrative codes; the day asked for is that of the boundaries, else of the table.
    locator
        A map service behind a cache (:class:`geodata.sources.remote.geocoder.Geocoder`); None asks nobody.
    premises_roads
        OSM road file whose named places (:mod:`geodata.sources.road_premises`) are premises after all lists; None takes
        none.
    premises_book
        What owners said and people decided about premises (:mod:`geodata.sources.premises_book`).

    Returns
    -------
    Layers
        The checked bundle.

    Raises
    ------
    GeodataError
        Once, with the faults of all sources.
    """
    errors: list[GeodataError] = []

    def attempt(
        read: Callable[..., Any],
        source: Source | str | Path,
        *,
        table: bool = True,
        datum: bool = True,
    ) -> Any:
        given = source if isinstance(source, Source) else Source(origin_of(source))
        options = dict(given.options) | ({"sheet": given.sheet} if table else {})
        options |= {"datum": given.datum} if datum else {}
        try:
            return read(
                given.path,
                columns=given.columns,
                owner=given.owner,
                licence=given.licence,
                as_of=given.as_of,
                **options,
            )
        except GeodataError as error:
            errors.append(error)
            return None

    areas = attempt(read_boundaries, boundaries, table=False)
    # A snapshot of a register store was read before.
    enterprises = register if isinstance(register, Read) else attempt(read_register, register)
    lists = [sites] if isinstance(sites, Source | str | Path) else list(sites)
    premises = [attempt(read_sites, one) for one in lists]
    of_roads = None
    if premises_roads is not None:
        try:
            of_roads = read_road_premises(premises_roads)
        except GeodataError as error:
            errors.append(error)
    counted = [outdoor] if isinstance(outdoor, Source | str | Path) else list(outdoor or ())
    people: list[Read | Positions] = [attempt(read_outdoor, one) for one in counted]
    for one in positions:
        options = dict(one.options)
        side, total = options.pop("cell_m", 200.0), options.pop("total", None)
        people.append(Positions(attempt(read_samples, replace(one, options=options)), side, total))
    places = None if addresses is None else attempt(read_addresses, addresses)
    codes = None if divisions is None else attempt(read_divisions, divisions, datum=False)
    said = None if premises_book is None else attempt(read_premises_book, premises_book)
    cases = None if disputes is None else attempt(read_disputes, disputes)
    if areas is not None and areas.street_towns is None:
        errors.append(
            InputMissingError(
                Fault(
                    _("the boundaries have no layer street_towns"),
                    where=boundaries.path.name
                    if isinstance(boundaries, Source)
                    else str(boundaries),
                    fix=_("name the layers boroughs, street_towns and units"),
                )
            )
        )
    raise_together(errors)
    layers = validate(
        enterprises=enterprises,
        boroughs=areas.boroughs,
        street_towns=areas.street_towns,
        units=areas.units,
        outdoor=people,
        disputes=cases,
        sites=premises,
        crs=crs,
        addresses=places,
        divisions=None if codes is None else Divisions(codes.frame, _day(boundaries, divisions)),
        locator=locator,
        road_premises=of_roads,
        premises_book=said,
    )
    return layers if codes is None else _with_source(layers, codes)


def _day(*sources: Source | str | Path | None) -> str:
    """Return the first date that a source describes."""
    return next((one.as_of for one in sources if isinstance(one, Source) and one.as_of), "")


def _with_source(layers: Layers, read: Read) -> Layers:
    """Return the bundle with the record and the refused rows of a source that is no layer."""
    return replace(
        layers,
        records=(*layers.records, read.record),
        rejected=stacked_entries([(None, layers.rejected), (read.record.layer, read.rejected)]),
        repaired=stacked_entries([(None, layers.repaired), (read.record.layer, read.repaired)]),
    )
