"""Signing in: here or at a proxy in front, roles, sessions, and a pause for those who guess."""

from __future__ import annotations

import secrets
import threading
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.security import check_password_hash, generate_password_hash

from geodata.messages import translator

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.datastructures import Headers

    from webmap.settings import Proxy, ServeSettings

_ = translator("webmap")

pages = Blueprint("account", __name__)

TRIES = 5
PAUSE_S = 60.0
HOURS = 10
MOST_NAME = 200
NOBODY = generate_password_hash(secrets.token_urlsafe(16))
"""Compared with when a name is unknown, so that the answer takes as long as for a known one."""


class Attempts:
    """Counts wrong passwords by name and by address; too many within a minute make the next one wait."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}
        self._guard = threading.Lock()

    def too_many(self, *keys: str) -> bool:
        """Say whether any of the keys has used up its tries."""
        now = time.monotonic()
        with self._guard:
            recent = {
                key: [at for at in times if now - at < PAUSE_S]
                for key, times in self._wrong.items()
            }
            self._wrong = {key: times for key, times in recent.items() if times}
            return any(len(self._wrong.get(key, ())) >= TRIES for key in keys)

    def add(self, *keys: str) -> None:
        """Count a wrong password."""
        with self._guard:
            for key in keys:
                self._wrong.setdefault(key, []).append(time.monotonic())


def guard(app: Flask, settings: ServeSettings) -> None:
    """Ask everybody who they are where users or a proxy are named; on loopback without either the reader is staff."""
    app.secret_key = secrets.token_bytes(32)  # sessions end when the server does
    app.extensions["attempts"] = Attempts()
    roles = {user.name: user.role for user in settings.users}

    @app.before_request
    def _who() -> Any:
        name = session.get("user")
        late = time.time() - float(session.get("since", 0)) > HOURS * 3600
        g.user = name if name in roles and not late else None
        g.staff = roles.get(g.user) == "staff" if settings.guarded else settings.local
        g.signs_out = bool(g.user)
        if g.user is None and settings.proxy is not None:
            g.user = named_by(settings.proxy, request.remote_addr, request.headers)
            g.staff = g.user in settings.proxy.staff
        if not settings.guarded or g.user or request.endpoint in {"static", "account.sign_in"}:
            return None
        if not settings.users or request.method != "GET" or request.path.endswith(".json"):
            return abort(401)
        return redirect(url_for("account.sign_in", to=request.full_path.rstrip("?")))


def named_by(proxy: Proxy, address: str | None, headers: Headers) -> str | None:
    """Return whom a trusted proxy names; None for a request from elsewhere, no name, two names, or one that is no name."""
    if address is None or str(ip_address(address)) not in proxy.addresses:
        return None
    names = headers.getlist(proxy.header)
    name = names[0].strip() if len(names) == 1 else ""
    good = 0 < len(name) <= MOST_NAME and name.isprintable() and "," not in name
    return name if good else None


def staff_only() -> None:
    """Refuse readers what is for staff."""
    if not g.staff:
        abort(403)


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Ask for name and password."""
    settings: ServeSettings = current_app.extensions["settings"]
    if not settings.users:
        return redirect(url_for("plans.listing"))
    wrong = ""
    status = 200
    if request.method == "POST":
        name, password = request.form.get("name", "")[:60], request.form.get("password", "")[:200]
        attempts: Attempts = current_app.extensions["attempts"]
        keys = (f"name {name}", f"from {request.remote_addr}")
        if attempts.too_many(*keys):
            wrong, status = _("Too many wrong passwords. Wait a minute and try again."), 429
        else:
            known = {user.name: user.password_hash for user in settings.users}
            if check_password_hash(known.get(name, NOBODY), password) and name in known:
                session.clear()
                session["user"], session["since"] = name, time.time()
                return redirect(_inside(request.args.get("to", "")))
            attempts.add(*keys)
            wrong, status = _("Name or password is wrong."), 401
    return render_template("sign_in.html", wrong=wrong), status


@pages.post("/sign-out")
def sign_out() -> Any:
    """End the session."""
    session.clear()
    return redirect(url_for("account.sign_in"))


def _inside(target: str) -> str:
    """Return a path of this server; anything else leads to the list of plans."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if inside and target.isprintable() else url_for("plans.listing")
