"""The list of plans, and one plan on a map."""

from __future__ import annotations

import gzip
import math
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, g, make_response, render_template, request, send_file, url_for
from markupsafe import Markup

from geodata.messages import current_language, mark, translator
from planner.errors import PlanStoreError
from planner.kpis import figures
from planner.policy import parse_policy
from planner.publication import current
from webmap.account import staff_only
from webmap.page import folium_parts
from webmap.pages.access import asset, known_id, settings, shelf
from webmap.payload import PARTS
from webmap.shelf import INDEX, SPREAD
from webmap.words import both, words

if TYPE_CHECKING:
    from planner.store import StoredPlan
    from webmap.preparing import Progress

_ = translator("webmap")

pages = Blueprint("plans", __name__)

STAFF_PARTS = {"organisations"}
MOST_SENT = 100_000
"""More organisations than so many are not sent to a page: the server counts what is in view."""
PREPARED = {
    "core": mark("federations, sites and figures"),
    "base": mark("roads, water and boundaries"),
    "organisations": mark("union organisations"),
    "coverage": mark("coverage by basic unit"),
    "links": mark("adjoining basic units"),
    INDEX: mark("the search"),
    SPREAD: mark("where enterprises are"),
}
ONCE = mark("This plan is being prepared, which happens once:")
WAITING = mark("another plan is made first")
"""What a reader is told is being made."""
LISTED = (
    "station_coverage_share",
    "service_point_coverage_share",
    "rest_station_coverage_share",
    "districts_in_band_share",
)
"""Figures shown in the list of plans, where a plan has them."""  # fmt: skip


@pages.get("/")
def listing() -> Any:
    """Show the plans of the store, newest first, and those that cannot be read with the reason."""
    plans, wrong = shelf().plans()
    return render_template(
        "plans.html",
        rows=[_row(plan) for plan in plans],
        wrong=wrong,
        store=settings().store,
        in_force=_in_force(),
    )


def _in_force() -> str:
    """Return the id of the plan people put in force, if there is one that can be read."""
    try:
        now = current(settings().store)
    except PlanStoreError:
        return ""
    return now.plan_id if now else ""


def _row(plan: StoredPlan) -> dict[str, Any]:
    known = figures(parse_policy(dict(plan.manifest["policy"]), plan.plan_id))
    chinese = current_language() == "zh"
    return {
        "plan_id": plan.plan_id,
        "name": str(plan.manifest.get("name", "")),
        "created": str(plan.manifest.get("created", ""))[:16].replace("T", " "),
        "progress": _progress(plan.plan_id),
        "districts": plan.kpis.get("districts"),
        "reproducible": plan.manifest.get("reproducible", True),
        "shares": [
            (known[name].label_zh if chinese else known[name].label_en, plan.kpis[name])
            for name in LISTED
            if name in known and name in plan.kpis
        ],
    }


def _progress(plan_id: str) -> Progress | None:
    """Return how far the map of a plan is, where it is being made."""
    try:
        return shelf().progress(plan_id)
    except PlanStoreError:
        return None


@pages.get("/plans/<plan_id>/")
def plan(plan_id: str) -> Any:
    """Show one plan on a map with its tables."""
    run = shelf().manifest(known_id(plan_id))["run"]
    options = {
        **map_options(plan_id),
        "panel": True,
        "search": url_for("find.answers", plan_id=plan_id),
    }
    if g.staff:
        options["enterprises"] = url_for("plans.enterprises", plan_id=plan_id)
        if shelf().count(plan_id, "organisations") > MOST_SENT:
            options["organisations_in_view"] = url_for("plans.organisations", plan_id=plan_id)
        downloads = both("downloads", "webmap")
        options["links"] = [[downloads, url_for("files.listing", plan_id=plan_id)]]
    return map_page("map.html", [("plan", plan_id, options)], title=str(run["name"]))


def map_options(plan_id: str) -> dict[str, Any]:
    """Return what the script of a map must know about the server."""
    root = url_for("plans.plan", plan_id=plan_id)
    return {
        "source": f"{root}data/",
        "version": shelf().version(plan_id)[-12:],
        "organisations": bool(g.staff),
        "tiles": [
            {
                "url": f"{request.script_root}/tiles/{number}/{{z}}/{{x}}/{{y}}",
                "max_zoom": tile.max_zoom,
                "attribution": str(Markup.escape(tile.attribution)),
            }
            for number, tile in enumerate(settings().tiles)
        ],
    }


def map_page(template: str, maps: list[tuple[str, str, dict[str, Any]]], **values: Any) -> str:
    """Render a page that holds one or more maps, each (name, plan id, options)."""
    centre = (0.0, 0.0)  # the script fits the map to the plan
    parts = folium_parts(
        [(name, centre, options) for name, _plan_id, options in maps], asset, g.nonce
    )
    return render_template(template, parts=parts, bar=True, policy="", **values)


@pages.get("/plans/<plan_id>/data/<part>.json")
def data(plan_id: str, part: str) -> Any:
    """Return one part of the map's data as compressed JSON."""
    if part not in PARTS:
        abort(404)
    if part in STAFF_PARTS:
        staff_only()
    path = shelf().part_in_time(known_id(plan_id), shelf().part_of(part, staff=g.staff))
    if path is None:
        return being_prepared(plan_id)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = send_file(path, mimetype="application/json", conditional=True, etag=True)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = make_response(gzip.decompress(path.read_bytes()))
        response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(["Cookie", "Accept-Encoding"])
    return response


@pages.get("/words.json")
def interface() -> Any:
    """Return the words of pages without a plan."""
    return words()


def being_prepared(plan_id: str) -> Any:
    """Answer that what was asked for is being made, and how far it is; the page asks again."""
    progress = shelf().progress(plan_id)
    done = [progress.done, progress.steps] if progress else [0, len(shelf().steps)]
    said = both(PREPARED.get(progress.step.split("-")[0] if progress else "", WAITING), "webmap")
    title = both(ONCE, "webmap")
    answer = {"error": _("being prepared"), "title": title, "done": done, "said": said}
    return answer, 503, {"Retry-After": "2"}


@pages.get("/plans/<plan_id>/enterprises.json")
def enterprises(plan_id: str) -> Any:
    """Return the enterprises within a box, counted in cells where there are many."""
    return _within(plan_id, "enterprise")


@pages.get("/plans/<plan_id>/organisations.json")
def organisations(plan_id: str) -> Any:
    """Return the union organisations within a box, counted in cells where there are many."""
    return _within(plan_id, "organisation")


def _within(plan_id: str, kind: str) -> Any:
    staff_only()
    try:
        west, south, east, north = (float(part) for part in request.args["box"].split(","))
        width = int(request.args.get("width", "1000"))
        if not all(map(math.isfinite, (west, south, east, north))):
            raise ValueError(request.args["box"])  # noqa: TRY301 - said as of any other box that is none
    except ValueError:
        return {"error": _("box must be west,south,east,north in degrees")}, 400
    spread = shelf().spread(known_id(plan_id))
    if spread is None:
        return being_prepared(plan_id)
    return spread.within(kind, (west, south, east, north), width)
