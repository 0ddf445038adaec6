"""What the pages share of a request: the shelf of plans, the language, where files lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, request, url_for

from geodata.messages import current_language, set_language
from planner.store import PLAN_ID
from webmap.cache import program_version

if TYPE_CHECKING:
    from flask import Flask, Response

    from webmap.settings import ServeSettings
    from webmap.shelf import Shelf

COOKIE = "planner_language"
YEAR_S = 365 * 86400


def shelf() -> Shelf:
    """Return the plans this server shows."""
    found: Shelf = current_app.extensions["shelf"]
    return found


def settings() -> ServeSettings:
    """Return how this server is served."""
    found: ServeSettings = current_app.extensions["settings"]
    return found


def known_id(plan_id: str) -> str:
    """Return a plan's id; what could be none, a path for one, is not found."""
    if not PLAN_ID.match(plan_id):
        abort(404)
    return plan_id


def asset(path: str) -> str:
    """Return the address of a file of ours; it changes with the program, so that browsers may keep it."""
    return url_for("static", filename=path, v=program_version())


def speak(app: Flask) -> None:
    """Answer in the reader's language: the address's, else the cookie's, else Chinese."""

    @app.before_request
    def _choose() -> None:
        wanted = request.args.get("lang") or request.cookies.get(COOKIE)
        set_language("en" if wanted == "en" else "zh")

    @app.after_request
    def _remember(response: Response) -> Response:
        if request.args.get("lang") in {"zh", "en"}:
            response.set_cookie(
                COOKIE, request.args["lang"], max_age=YEAR_S, samesite="Lax", httponly=True
            )
        return response


def here(language: str) -> str:
    """Return this page's address in another language."""
    if request.endpoint is None or request.method != "GET":
        return url_for("plans.listing", lang=language)
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key != "lang"}
    return url_for(request.endpoint, **(request.view_args or {}), **kept, lang=language)


def pair(texts: Any) -> Any:
    """Return the reader's text of a [Chinese, English] pair."""
    return texts[1 if current_language() == "en" else 0]
