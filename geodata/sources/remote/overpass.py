"""Roads from an Overpass server through osmnx: by place name, polygon or box. Cached; the server is a setting."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import CrsError, EmptyLayerError, Fault, RemoteError
from geodata.messages import translator
from geodata.modes import modes_from
from geodata.roads.build import build_from_roads
from geodata.roads.graph_exchange import roads_from_graph
from geodata.roads.osm_file import NODE_KEYS
from geodata.roads.raw import TAG_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shapely import MultiPolygon, Polygon

    from geodata.modes import Mode
    from geodata.roads.network import RoadNetwork

__all__ = ["Server", "network_from_box", "network_from_place", "network_from_polygon"]

_ = translator("geodata")

# Everything a mode may ever use; which of it each mode may use is decided here and not by the server.
ROAD_FILTERS = [
    '["highway"]["highway"!~"proposed|construction|abandoned|razed"]',
    '["route"="ferry"]',
]


@dataclass(frozen=True)
class Server:
    """Where road data come from and how gently they are asked for.

    Parameters
    ----------
    overpass_url
        Overpass endpoint; a city's own server, say.
    nominatim_url
        Geocoder for place names.
    cache_folder
        Folder of answers; a question is never sent twice.
    rate_limit
        Whether to wait as long as the server's status page asks for. Turn off only for one's own server.
    timeout_s
        Seconds to wait for an answer.
    user_agent
        How the program introduces itself.
    """

    overpass_url: str = "https://overpass-api.de/api"
    nominatim_url: str = "https://nominatim.openstreetmap.org/"
    cache_folder: str | Path = "cache/overpass"
    rate_limit: bool = True
    timeout_s: int = 180
    user_agent: str = "union-service-planner"


def network_from_place(
    place: str,
    *,
    modes: Sequence[str | Mode] = ("walk",),
    server: Server | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
) -> RoadNetwork:
    """Build the network of a named place, such as ``"黄浦区, 上海市"``.

    Parameters
    ----------
    place
        Name the geocoder knows as an area.
    modes, overrides, periods
        As in `geodata.roads.build_network`.
    server
        Where to ask; None takes the public servers.

    Returns
    -------
    RoadNetwork

    Raises
    ------
    RemoteError
        When no answer can be had and none is in the cache.
    EmptyLayerError
        When there is no such place or no road in it.
    """

    def ask(osmnx: Any) -> Any:
        return osmnx.graph_from_place(place, **_wanted())

    return _build(ask, place, server, modes, overrides=overrides, periods=periods)


def network_from_polygon(
    polygon: Polygon | MultiPolygon,
    *,
    modes: Sequence[str | Mode] = ("walk",),
    server: Server | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
) -> RoadNetwork:
    """Build the network inside a polygon in degrees of WGS 84; the rest as `network_from_place`.

    Raises
    ------
    CrsError
        When the polygon is not in degrees.
    RemoteError, EmptyLayerError
        As `network_from_place`.
    """
    west, south, east, north = polygon.bounds
    _refuse_metres(west, south, east, north)

    def ask(osmnx: Any) -> Any:
        return osmnx.graph_from_polygon(polygon, **_wanted())

    return _build(ask, _("polygon"), server, modes, overrides=overrides, periods=periods)


def network_from_box(
    west: float,
    south: float,
    east: float,
    north: float,
    *,
    modes: Sequence[str | Mode] = ("walk",),
    server: Server | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
) -> RoadNetwork:
    """Build the network inside a box in degrees of WGS 84; the rest as `network_from_polygon`."""
    import shapely

    _refuse_metres(west, south, east, north)
    return network_from_polygon(
        shapely.box(west, south, east, north),
        modes=modes,
        server=server,
        overrides=overrides,
        periods=periods,
    )


def _wanted() -> dict[str, Any]:
    return {
        "simplify": False,
        "retain_all": True,
        "truncate_by_edge": True,
        "custom_filter": ROAD_FILTERS,
    }


def _refuse_metres(west: float, south: float, east: float, north: float) -> None:
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise CrsError(
            Fault(
                _("the area is not in degrees of longitude and latitude"),
                examples=((west, south, east, north),),
                fix=_("Give west, south, east, north in WGS 84."),
            )
        )


def _build(
    ask: Callable[[Any], Any],
    where: str,
    server: Server | None,
    modes: Sequence[str | Mode],
    *,
    overrides: Mapping[str, Mapping[str, Any]] | None,
    periods: Mapping[str, tuple[int, int]] | None,
) -> RoadNetwork:
    rows = modes_from(modes, overrides)
    graph = _answered(ask, where, server or Server())
    roads = roads_from_graph(graph, where=where)
    return build_from_roads(roads, modes=rows, periods=periods, where=where)


def _answered(ask: Callable[[Any], Any], where: str, server: Server) -> Any:
    import osmnx
    import requests
    from osmnx import _errors

    with _settings(osmnx.settings, server):
        try:
            return ask(osmnx)
        except _errors.InsufficientResponseError as error:
            raise EmptyLayerError(
                Fault(
                    _("the server knows no such place, or no road in it"),
                    where=where,
                    examples=(str(error),),
                    fix=_("Check the name or the area, or give a road file instead."),
                )
            ) from error
        except (_errors.ResponseStatusCodeError, requests.RequestException, OSError) as error:
            raise RemoteError(
                Fault(
                    _("no road data could be fetched from {server}").format(
                        server=server.overpass_url
                    ),
                    where=where,
                    examples=(str(error),),
                    fix=_(
                        "Check the network, set another server, or give a road file (.osm.pbf) instead: "
                        "everything else works offline."
                    ),
                )
            ) from error


@contextmanager
def _settings(settings: Any, server: Server) -> Iterator[None]:
    """Set osmnx's global settings for one question, and put them back."""
    wanted = {
        "overpass_url": server.overpass_url,
        "nominatim_url": server.nominatim_url,
        "cache_folder": Path(server.cache_folder),
        "use_cache": True,
        "overpass_rate_limit": server.rate_limit,
        "requests_timeout": server.timeout_s,
        "http_user_agent": server.user_agent,
        # osmnx would ask a public resolver for addresses; the machine's own must do
        "doh_url_template": None,
        "useful_tags_way": sorted({*TAG_KEYS, "name"}),
        "useful_tags_node": sorted(NODE_KEYS),
    }
    before = {name: getattr(settings, name) for name in wanted}
    # osmnx also replaces the resolver of the whole process while it asks
    resolver = socket.getaddrinfo
    for name, value in wanted.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        socket.getaddrinfo = resolver
        for name, value in before.items():
            setattr(settings, name, value)
