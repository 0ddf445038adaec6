"""How the web application is served: read from a TOML file and the command line, refused at the door."""

from __future__ import annotations

import os
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError
from planner.rules.faults import faults_of

_ = translator("webmap")

Role = Literal["reader", "staff"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class User(_Frozen):
    """Somebody who may sign in."""

    name: str = Field(min_length=1, max_length=60)
    """Name to sign in with."""
    role: Role
    """`staff` see enterprises, their unions and downloads; `reader` sees districts, sites, coverage."""
    password_hash: str = Field(pattern=r"^(scrypt|pbkdf2):")
    """As printed by `planner password`."""


class Proxy(_Frozen):
    """A server in front that signs people in and says who they are."""

    addresses: tuple[str, ...] = Field(min_length=1)
    """Where it asks from; from anywhere else its header is not believed."""
    header: str = Field("X-Remote-User", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    """Header with the name of whoever signed in; the proxy must set it or take it away on every request."""
    staff: tuple[str, ...] = ()
    """Names that are staff; whoever else the proxy names is a reader."""

    @field_validator("addresses")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(address)) for address in addresses)


class TileServer(_Frozen):
    """A server of map tiles, asked by this program and not by the reader's browser."""

    url: str
    """Address with `{z}`, `{x}`, `{y}` (WMTS: as TILEMATRIX, TILECOL, TILEROW) and, where needed, `{key}`."""
    key_env: str = ""
    """Environment variable that holds the key; it never reaches a page."""
    key_file: str = ""
    """File that holds the key, from the settings file's folder."""
    attribution: str = ""
    """Whom the map names as its source."""
    max_zoom: int = Field(18, ge=1, le=22)
    """Deepest zoom the server has."""
    datum: Literal["wgs84", "cgcs2000"] = "wgs84"
    """Tiles of another datum (GCJ-02, BD-09) would lie hundreds of metres beside the plan and are refused."""

    @field_validator("url")
    @classmethod
    def _is_template(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "{" in parts.netloc:
            raise ValueError(_("must be an http or https address with a fixed host"))
        if not all(mark in url for mark in ("{z}", "{x}", "{y}")):
            raise ValueError(_("must contain {{z}}, {{x}} and {{y}}").format())
        return url


class ServeSettings(_Frozen):
    """Settings of `planner serve`."""

    store: Path = Path("plans")
    """Folder of plans, from the settings file's folder."""
    host: str = "127.0.0.1"
    """Address to listen on; another than loopback needs `users` or a `proxy`."""
    port: int = Field(8765, ge=0, le=65535)
    """Port to listen on."""
    names: tuple[str, ...] = ()
    """Names readers reach the server by, where it does not listen on loopback."""
    https: bool = True
    """Whether readers come by https (through a proxy in front); cookies travel on https alone then."""
    users: tuple[User, ...] = ()
    """Who may sign in."""
    proxy: Proxy | None = None
    """A server in front that signs people in."""
    suppress_below: int = Field(10, ge=0, le=1000)
    """Counts of fewer people are withheld from readers who are not staff; 0 withholds none."""
    tiles: tuple[TileServer, ...] = ()
    """Servers of map tiles, from the bottom to the top."""
    folder: Path = Path()
    """Where relative paths start; set when the file is read."""

    @property
    def local(self) -> bool:
        """Whether only this machine is listened to."""
        return is_loopback(self.host)

    @property
    def guarded(self) -> bool:
        """Whether people are asked who they are; otherwise the reader is this machine's user and staff."""
        return bool(self.users) or self.proxy is not None

    def key(self, tile: TileServer) -> str:
        """Return a tile server's key, from its file or the environment."""
        if tile.key_file:
            return (self.folder / tile.key_file).read_text(encoding="utf-8").strip()
        return os.environ.get(tile.key_env, "") if tile.key_env else ""


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_settings(path: Path | None, **given: Any) -> ServeSettings:
    """Read the settings file, lay what the command line gave over it, and check both.

    Raises
    ------
    ConfigurationError
        For a file that cannot be read, unknown keys, wrong values, a key that is missing, and an address other than
        loopback without anybody who may sign in or a proxy that does it.
    """
    values: dict[str, Any] = {}
    where = str(path or "planner serve")
    folder = path.resolve().parent if path else Path.cwd()
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            what = _("the settings cannot be read: {error}").format(error=error)
            raise ConfigurationError(Fault(what, where)) from error
        if "store" in values:
            values["store"] = folder / str(values["store"])
    values |= {key: value for key, value in given.items() if value is not None}
    try:
        settings = ServeSettings.model_validate({**values, "folder": folder})
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, where, ServeSettings)) from error
    _refuse(settings, where)
    return settings


def _refuse(settings: ServeSettings, where: str) -> None:
    faults = []
    if not settings.local and not settings.guarded:
        fix = _("name users in the settings (docs/web.md), or listen on 127.0.0.1")
        what = _("{host} is reached from other machines and nobody is asked to sign in")
        faults.append(Fault(what.format(host=settings.host), where, fix=fix))
    names = [user.name for user in settings.users]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(Fault(_("users are named twice"), where, len(twice), twice))
    for tile in settings.tiles:
        try:
            lacking = "{key}" in tile.url and not settings.key(tile)
        except OSError:
            lacking = True
        if lacking:
            fix = _("set key_env or key_file")
            faults.append(Fault(_("the key of a tile server is missing"), tile.url, fix=fix))
    if faults:
        raise ConfigurationError(faults)
