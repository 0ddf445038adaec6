"""The web application: a factory that puts pages, sign-in, tiles and safety together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from geodata.errors import FaultsError
from geodata.messages import current_language, mark, translator
from planner.cli.show import shown_value
from planner.errors import UnknownPlanError
from webmap import account, security, tiles
from webmap.pages import access, compare, files, find, plans
from webmap.shelf import Shelf

if TYPE_CHECKING:
    from webmap.settings import ServeSettings

_ = translator("webmap")

SAID = {
    400: mark("The request cannot be read."),
    401: mark("Please sign in."),
    403: mark("This is for signed-in staff, or the request came from another site."),
    404: mark("There is no such page or plan."),
    405: mark("The request cannot be read."),
    409: mark("This plan cannot be shown."),
    413: mark("The request is too large."),
    500: mark("Something went wrong here. Whoever runs this server finds the reason in its log."),
}
"""What people read when something cannot be shown."""


def create_app(settings: ServeSettings) -> Flask:
    """Return the web application of one plan store.

    Parameters
    ----------
    settings
        From `webmap.settings.read_settings`, which refuses what would be unsafe.
    """
    app = Flask("webmap", static_url_path="/static")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = (
        31_536_000  # addresses of our files change with the program
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["settings"] = settings
    app.extensions["shelf"] = Shelf(
        settings.store,
        least=settings.suppress_below,
        readers=settings.guarded,
        downloads={name: write for name, (write, _what) in files.FILES.items()},
    )
    app.extensions["tiles"] = tiles.TileProxy(settings)
    access.speak(app)
    security.guard(app, settings)
    account.guard(app, settings)
    for part in (plans, compare, find, files, tiles, account):
        app.register_blueprint(part.pages)
    _templates(app)
    _errors(app)
    return app


def _templates(app: Flask) -> None:
    app.jinja_env.filters["figure"] = lambda value, unit="count": shown_value(value, unit)
    app.jinja_env.filters["pair"] = access.pair
    app.jinja_env.globals.update(_=_, asset=access.asset, here=access.here)

    @app.context_processor
    def _given() -> dict[str, Any]:
        return {
            "language": current_language(),
            "nonce": g.get("nonce", ""),
            "user": g.get("user"),
            "staff": g.get("staff"),
            "signs_out": g.get("signs_out"),
        }


def _errors(app: Flask) -> None:
    @app.errorhandler(FaultsError)
    def _faults(error: FaultsError) -> Any:
        return _page(404 if isinstance(error, UnknownPlanError) else 409, error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Any:
        if isinstance(
            error, SecurityError
        ):  # a name that is not ours: no page of ours has an address under it
            return _(SAID[400]), 400, {"Content-Type": "text/plain; charset=utf-8"}
        return _page(error.code or 500)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Any:
        app.logger.error("%s", request.path, exc_info=error)
        return _page(500)


def _page(status: int, error: FaultsError | None = None) -> Any:
    title = _(SAID.get(status, SAID[400] if status < 500 else SAID[500]))
    faults = error.faults if error else ()
    if request.path.endswith(".json"):
        return {"error": title, "faults": [fault.what for fault in faults]}, status
    return render_template("fault.html", title=title, faults=faults, status=status), status
