"""A PostgreSQL with PostGIS for the tests: found, or got from the system's packages: ``python tests/database.py``.

The server runs on the loopback address alone, under an unprivileged user, with data in a folder of its own, and is
stopped and deleted when the tests end. A server that runs on the machine already is left alone.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("postgresql", "postgresql-postgis")
"""The server, and the extension that knows shapes."""

ADVICE = """\
No PostgreSQL with PostGIS was found, so the tests that read tables of a database will be skipped.
Install them (Debian, Ubuntu: apt-get install postgresql postgresql-postgis; Fedora: dnf install postgresql-server
postgis; macOS: brew install postgresql postgis), or set PG_CONFIG to the path of its pg_config.
"""


def find_server() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs that has PostGIS, or None."""
    named = os.environ.get("PG_CONFIG") or shutil.which("pg_config")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if named:
        said = _answer([named, "--bindir"])
        folders = [Path(said), *folders] if said else folders
    return next((folder for folder in folders if _has_postgis(folder)), None)


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _has_postgis(folder: Path) -> bool:
    if not (folder / "initdb").is_file() or not (folder / "postgres").is_file():
        return False
    shares = [Path("/usr/share/postgresql") / folder.parent.name]
    if (folder / "pg_config").is_file():
        shares.append(Path(_answer([str(folder / "pg_config"), "--sharedir"]) or "."))
    return any((share / "extension" / "postgis.control").is_file() for share in shares)


def _answer(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def install_server() -> bool:
    """Install PostgreSQL and PostGIS from the system's packages; return whether that could be done."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    for command in (
        ["apt-get", *wait, "update"],
        ["apt-get", *wait, "install", "-y", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(command, check=False, stdout=sys.stderr, env=environment)
        if done.returncode:
            return False
    return True


def server_user() -> str | None:
    """Return the unprivileged user the server runs under; None for the present one, which must not be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextlib.contextmanager
def running(programs: Path) -> Iterator[str]:
    """Start a server with empty data, give its address with PostGIS in it, stop it and delete the data."""
    user = server_user()
    folder = Path(tempfile.mkdtemp(prefix="planner-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"
    as_user = [] if user is None else ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups"]  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*command: str) -> None:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        done = subprocess.run([*as_user, *command], check=False, cwd=folder, capture_output=True, text=True, env=environment, timeout=120)  # fmt: skip
        if done.returncode:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            message = f"{command[0]} failed: {done.stdout} {done.stderr} {said}"
            raise RuntimeError(message)

    try:
        password = folder / "password"
        password.write_text("secret")
        password.chmod(0o644)
        call(str(programs / "initdb"), "--pgdata", str(data), "--username", "planner", "--pwfile", str(password),
             "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync")  # fmt: skip
        # Nothing of it outlives the tests, so nothing needs to reach the disk.
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=10"
        control = str(programs / "pg_ctl")
        call(control, "start", "--pgdata", str(data), "--log", str(log), "--wait", "--timeout", "60", "--options", options)  # fmt: skip
        try:
            yield f"postgresql://planner:secret@127.0.0.1:{port}/postgres"
        finally:
            call(control, "stop", "--pgdata", str(data), "--mode", "fast", "--wait")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Say which server the tests will use; its absence is no error here, the tests say what they think of it."""
    found = find_server()
    if found is None and install_server():
        found = find_server()
    sys.stdout.write(f"database: {found}\n" if found else ADVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
