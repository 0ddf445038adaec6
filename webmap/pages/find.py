"""Search: which federation, which station, how far, open when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request

from webmap.pages.access import known_id, settings, shelf
from webmap.pages.plans import being_prepared
from webmap.suppression import answer_for_readers

pages = Blueprint("find", __name__)


@pages.get("/search")
def search() -> Any:
    """Show the search box; the page's script asks and writes the answers."""
    plans, _wrong = shelf().plans()
    chosen = request.args.get("plan", plans[0].plan_id if plans else "")
    return render_template(
        "search.html", plans=plans, chosen=chosen, asked=request.args.get("q", "")
    )


@pages.get("/plans/<plan_id>/search.json")
def answers(plan_id: str) -> Any:
    """Return the answers to a question about a plan."""
    index = shelf().index(known_id(plan_id))
    if index is None:
        return being_prepared(plan_id)
    found = index.ask(request.args.get("q", ""), staff=g.staff)
    if not g.staff:
        found = [answer_for_readers(answer, settings().suppress_below) for answer in found]
    return {"answers": found, "hidden": not g.staff}
