"""Where a source lies: a file, or a table of a PostgreSQL database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_ADDRESS: Final = re.compile(r"^postgres(?:ql)?://", re.IGNORECASE)


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database and perhaps one of its tables.

    Parameters
    ----------
    address
        ``postgresql://user@host:port/database``, as libpq reads it. A password in it is used and never
        shown; better places for one are libpq's own: ``PGPASSWORD``, ``PGPASSFILE`` or a service file.
    table
        ``table`` or ``schema.table``; None where the reader finds its tables by their names.
    """

    address: str = field(repr=False)
    table: str | None = None

    @property
    def name(self) -> str:
        """Address and table without any password: what messages and records show."""
        address = without_password(self.address)
        return f"{address}#{self.table}" if self.table else address


Origin = Path | Database


def is_database(path: str | Path) -> bool:
    """Return whether a path is the address of a database.

    Examples
    --------
    >>> is_database("postgresql://planner@localhost/city#register"), is_database("register.xlsx")
    (True, False)
    """
    return isinstance(path, str) and bool(_ADDRESS.match(path))


def origin_of(path: str | Path | Database, table: str | None = None) -> Origin:
    """Return the file or database a path names.

    Parameters
    ----------
    path
        A path, or ``postgresql://user@host/database#schema.table``.
    table
        Table of the database, where the address names none.

    Examples
    --------
    >>> origin_of("postgresql://planner:secret@localhost/city#hr.register").name
    'postgresql://planner@localhost/city#hr.register'
    """
    if isinstance(path, Database):
        return path if path.table or not table else Database(path.address, table)
    if isinstance(path, Path) or not is_database(path):
        return Path(path)
    address, _hash, named = path.partition("#")
    return Database(address, unquote(named) or table)


def without_password(path: str) -> str:
    """Return an address without its password; anything else as it is.

    Examples
    --------
    >>> without_password("postgresql://a:b@db/city?password=c&sslmode=require#t"), without_password("a.csv")
    ('postgresql://a@db/city?sslmode=require#t', 'a.csv')
    """
    if not is_database(path):
        return path
    try:
        parts = urlsplit(path)
        login, _at, hosts = parts.netloc.rpartition("@")
        user = login.partition(":")[0]
        query = [(k, v) for k, v in parse_qsl(parts.query) if "password" not in k.lower()]
    except ValueError:
        # An address that cannot be taken apart is shown without anything that may be secret.
        return "postgresql://…"
    netloc = f"{user}@{hosts}" if user else hosts
    # The parts are put together by hand, because some start with an empty host.
    return urlunsplit(
        (parts.scheme, netloc, parts.path, urlencode(query, quote_via=quote), parts.fragment)
    )
