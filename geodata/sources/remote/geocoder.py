"""Addresses looked up by a map service: one interface, answers kept on disk, asked only when a scenario says so.

A service's raw answer is kept, so that a better reading of it needs no second question; its key is never kept.
Amap answers in GCJ-02 and Tianditu in CGCS2000; both become WGS 84 here.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from geodata.datum import to_wgs84
from geodata.errors import Fault, InputFormatError, RemoteError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["PROVIDERS", "Amap", "Answer", "Geocoder", "Provider", "Tianditu"]

_ = translator("geodata")

Answer = tuple[float, float, str]
"""Longitude and latitude in the service's own datum, and the kind of place it found."""

_BUILDING: Final = "building"
_STREET: Final = "street"
_COARSE: Final = "street_town"
# Levels as the services name them; what is not here is coarser than a street_town and places nothing.
_LEVELS: Final = {
    "门牌号": _BUILDING, "门址": _BUILDING, "单元号": _BUILDING, "兴趣点": _BUILDING, "楼号": _BUILDING, "地名地址": _BUILDING,
    "房屋建筑": _BUILDING, "道路": _STREET, "道路交叉路口": _STREET, "交叉口": _STREET, "公交地铁站点": _STREET,
    "村庄": _COARSE, "热点商圈": _COARSE, "乡镇": _COARSE, "街道": _COARSE, "开发区": _COARSE,
}  # fmt: skip


class Provider(Protocol):
    """One map service: how it is asked, and how its answer is read."""

    name: str
    datum: str
    url: str

    def question(self, address: str, city: str, key: str) -> dict[str, str]:
        """Return the parameters of the request."""
        ...

    def read(self, answer: Mapping[str, Any]) -> Answer | None:
        """Return what an answer says, None where nothing was found.

        Raises
        ------
        RemoteError
            When the answer is a refusal.
        """
        ...


class Amap:
    """Geocoding of Amap (高德), version 3; coordinates in GCJ-02."""

    name = "amap"
    datum = "gcj02"
    url = "https://restapi.amap.com/v3/geocode/geo"

    def question(self, address: str, city: str, key: str) -> dict[str, str]:
        """Return the parameters of the request."""
        return {"address": address, "city": city, "output": "JSON", "key": key}

    def read(self, answer: Mapping[str, Any]) -> Answer | None:
        """Return what an answer says, None where nothing was found."""
        if str(answer.get("status")) != "1":
            # 30001: the service could not read the address, which says something of the address alone.
            if str(answer.get("infocode")) in {"30001", "20800"}:
                return None
            raise _refused(self.name, f"{answer.get('infocode', '')} {answer.get('info', '')}")
        found = answer.get("geocodes") or []
        if not found:
            return None
        lon, _comma, lat = str(found[0]["location"]).partition(",")
        return float(lon), float(lat), _LEVELS.get(str(found[0].get("level")), "")


class Tianditu:
    """Geocoding of Tianditu (天地图); coordinates in CGCS2000."""

    name = "tianditu"
    datum = "cgcs2000"
    url = "https://api.tianditu.gov.cn/geocoder"

    def question(self, address: str, city: str, key: str) -> dict[str, str]:
        """Return the parameters of the request."""
        whole = address if city in address else f"{city}{address}"
        return {"ds": json.dumps({"keyWord": whole}, ensure_ascii=False), "tk": key}

    def read(self, answer: Mapping[str, Any]) -> Answer | None:
        """Return what an answer says, None where nothing was found."""
        status = str(answer.get("status"))
        if status not in {"0", "101", "404"}:
            raise _refused(self.name, f"{status} {answer.get('msg', '')}")
        found = answer.get("location")
        if status != "0" or not found:
            return None
        return float(found["lon"]), float(found["lat"]), _LEVELS.get(str(found.get("level")), "")


PROVIDERS: Final[dict[str, Provider]] = {"amap": Amap(), "tianditu": Tianditu()}


def _refused(name: str, why: str) -> RemoteError:
    return RemoteError(
        Fault(
            _("the map service {name} refused: {why}").format(name=name, why=why.strip()[:200]),
            fix=_("check the key, its quota and its permitted addresses; answers so far are kept"),
        )
    )


@dataclass
class Geocoder:
    """A map service behind a cache on disk.

    Parameters
    ----------
    provider
        Which service.
    cache
        SQLite file of answers; a question is never sent twice.
    city
        City that every address is in.
    key_variable
        Environment variable that holds the service's key.
    most
        Most questions sent in one run; addresses beyond are left, and counted in ``notes``.
    per_second
        Most questions in a second.
    offline
        Whether only the cache is asked.
    url
        Where to ask, for example a city's own server that speaks the same.
    timeout_s
        Seconds to wait for an answer.
    """

    provider: Provider
    cache: Path
    city: str
    key_variable: str = ""
    most: int = 2000
    per_second: float = 3.0
    offline: bool = False
    url: str = ""
    timeout_s: float = 20.0
    notes: list[str] = field(default_factory=list)

    def locate(self, addresses: Sequence[str]) -> list[tuple[float, float, str] | None]:
        """Return longitude, latitude (WGS 84) and accuracy (``building``, ``street``, ``street_town``) of each address.

        None where the service finds nothing, or nothing finer than a street_town.

        Raises
        ------
        RemoteError
            When the service does not answer or refuses; answers so far are kept.
        InputFormatError
            When the cache is no file of this program.
        """
        raw = self._raw(list(dict.fromkeys(addresses)))
        answers: list[tuple[float, float, str] | None] = []
        for address in addresses:
            found = self._read(raw[address]) if address in raw else None
            if found is None or not found[2]:
                answers.append(None)
                continue
            lon, lat = to_wgs84(np.array([found[0]]), np.array([found[1]]), self.provider.datum)
            answers.append((float(lon[0]), float(lat[0]), found[2]))
        return answers

    def _read(self, text: str) -> Answer | None:
        try:
            return self.provider.read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            # An answer in a shape nobody expects finds nothing; the row is placed by its area.
            return None

    def _raw(self, addresses: list[str]) -> dict[str, str]:
        """Return address -> the service's answer, from the cache first."""
        self.cache.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.cache)) as base:
                base.execute(
                    "CREATE TABLE IF NOT EXISTS answers (provider TEXT, city TEXT, address TEXT, answer TEXT,"
                    " PRIMARY KEY (provider, city, address))"
                )
                rows = base.execute(
                    "SELECT address, answer FROM answers WHERE provider = ? AND city = ?",
                    (self.provider.name, self.city),
                ).fetchall()
                known = dict(rows)
                left = [address for address in addresses if address not in known]
                self._note_left(left)
                if left and not self.offline:
                    known |= self._ask(left[: self.most], base)
        except sqlite3.Error as error:
            what = _("the cache of the map service cannot be used: {why}").format(why=str(error))
            fix = _("delete it, or name another file")
            raise InputFormatError(Fault(what, self.cache.name, fix=fix)) from error
        return known

    def _note_left(self, left: list[str]) -> None:
        count = len(left) if self.offline else len(left) - self.most
        if count > 0:
            self.notes.append(
                _("{count} addresses were not asked of the map service").format(count=f"{count:,}")
            )

    def _ask(self, addresses: list[str], base: sqlite3.Connection) -> dict[str, str]:
        import requests

        key = os.environ.get(self.key_variable, "") if self.key_variable else ""
        if self.key_variable and not key:
            what = _("the environment variable {name} with the map service's key is not set")
            fix = _("set it, or remove the geocoder from the scenario")
            raise RemoteError(
                Fault(what.format(name=self.key_variable), self.provider.name, fix=fix)
            )
        answers: dict[str, str] = {}
        with requests.Session() as session:
            for address in addresses:
                start = time.monotonic()
                text = self._answer(session, address, key)
                self._read(text)  # a refusal is raised and not kept
                answers[address] = text
                with base:
                    base.execute(
                        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                        (self.provider.name, self.city, address, text),
                    )
                time.sleep(max(0.0, 1.0 / self.per_second - (time.monotonic() - start)))
        return answers

    def _answer(self, session: Any, address: str, key: str) -> str:
        import requests

        try:
            reply = session.get(
                self.url or self.provider.url,
                params=self.provider.question(address, self.city, key),
                timeout=self.timeout_s,
            )
            reply.raise_for_status()
            dict(json.loads(reply.content))
            return str(reply.content.decode("utf-8"))
        except (requests.RequestException, ValueError, TypeError) as error:
            # The error's own text would show the address asked, with the key in it.
            status = getattr(getattr(error, "response", None), "status_code", "")
            why = f"{type(error).__name__} {status}".strip()
            raise RemoteError(
                Fault(
                    _("the map service {name} does not answer: {why}").format(
                        name=self.provider.name, why=why
                    ),
                    fix=_(
                        "run again when it does: answers so far are kept; or set offline, or remove the geocoder from the scenario"
                    ),
                )
            ) from None
