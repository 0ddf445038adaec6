"""Existing federations as people keep them: a list of organisations, each with its federation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from geodata.cleaning.text import clean_text
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.aliases import FEDERATIONS
from geodata.sources.origin import origin_of
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

NO_ORGANISATION: Final = Reason(
    mark("no organisation is named"), mark("give the name or id of the grass-roots union")
)
NO_FEDERATION: Final = Reason(
    mark("no federation is named"), mark("give the federation, or delete the row")
)

UNKNOWN: Final = Reason(
    mark("the register has no such organisation"),
    mark("write the name as in the register, or delete the row if the union was withdrawn"),
)
SEVERAL: Final = Reason(
    mark("several organisations have this name"), mark("give the id of the organisation")
)


def read_federation_list(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read a list organisation -> federation.

    Parameters
    ----------
    path
        Table with ``organisation_name`` (or ``organisation_id``) and ``federation``; Chinese headers are recognised.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``organisation_id``, ``organisation_name`` (one of them may be missing in a row), ``federation_id``,
        ``source_row``.
    """
    import geopandas as gpd

    origin = origin_of(path)
    needed = (("organisation_name", "organisation_id"), ("federation",))
    table = read_table(origin, FEDERATIONS, needed=needed, columns=columns, sheet=sheet)
    ledger = Ledger(table.source_row, table.sheet)
    ids = clean_text(table.column("organisation_id"))
    names = clean_text(table.column("organisation_name"))
    federation = clean_text(table.column("federation"))
    nameless = (ids.isna() & names.isna()).to_numpy(bool)
    ledger.reject(nameless, table.header("organisation_name"), "", NO_ORGANISATION)
    ledger.reject(federation.isna().to_numpy(bool), table.header("federation"), "", NO_FEDERATION)
    frame = pd.DataFrame(
        {"organisation_id": ids, "organisation_name": names, "federation_id": federation}
    )
    return finished(
        "federations",
        origin,
        table,
        frame=gpd.GeoDataFrame(frame),
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
