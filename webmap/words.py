"""Words of the map and its panel, in both languages at once: the page changes language without asking again."""

from __future__ import annotations

from geodata.messages import mark, text_in

INTERFACE = {
    "title": mark("Trade-union service network"),
    "map": mark("map"),
    "search": mark("search names and ids"),
    "figures": mark("figures"),
    "districts": mark("federation districts"),
    "organisations": mark("union organisations"),
    "enterprises": mark("enterprises"),
    "links": mark("adjoining basic units"),
    "how": mark("how they adjoin"),
    "walk_min": mark("minutes on foot"),
    "border_m": mark("shared border, metres"),
    "unit_ids": mark("their ids"),
    "decided": mark("decided by"),
    "roads": mark("roads, water and names"),
    "boundaries": mark("boundaries of boroughs and towns"),
    "tiles": mark("tiles of the map server"),
    "coverage": mark("coverage by basic unit"),
    "coverage_of": mark("coverage"),
    "below": mark("below {share}"),
    "from": mark("{share} and more"),
    "empty_unit": mark("no workers"),
    "unit": mark("basic unit"),
    "organisation": mark("union organisation"),
    "enterprise": mark("enterprise"),
    "zoom_in": mark("zoom in"),
    "zoom_out": mark("zoom out"),
    "close": mark("close"),
    "name": mark("name"),
    "code": mark("code"),
    "street_town": mark("subdistrict or town"),
    "workers": mark("workers"),
    "in_band": mark("both in band"),
    "yes": mark("yes"),
    "no": mark("no"),
    "units": mark("basic units"),
    "professionals": mark("professionals posted / needed"),
    "premises": mark("premises"),
    "district": mark("federation"),
    "industry_federation": mark("industry federation"),
    "parent": mark("parent"),
    "why": mark("why here"),
    "said": mark("said of the premises"),
    "within": mark("people within reach"),
    "only_here": mark("reached only from here"),
    "open": mark("open"),
    "sources": mark("sources"),
    "notes": mark("what a reader should know"),
    "gap": mark("certified gap at most"),
    "nothing": mark("nothing found"),
    "few": mark("fewer than {least}"),
    "more": mark("shown of all; search to narrow down"),
    "in_view": mark("in view; the largest are listed"),
    "owner": mark("owner, licence, date, rows kept of all, coordinates, encoding, fingerprint"),
    "file": mark("file"),
    "print": mark("print"),
    "internal": mark("internal working map; publishing it needs map review"),
    "legend": mark("layers and legend"),
    "failed": mark("The data could not be loaded. Reload the page; if that does not help, ask whoever runs it."),
    "only_in_this": mark("only in this plan"),
    "station": mark("station"),
    "nearest": mark("nearest"),
    "how_far": mark("how far"),
    "minutes": mark("{minutes} min"),
    "mean_minutes": mark("{minutes} min on average; {share} of workers are within {cutoff} min"),
    "beyond": mark("beyond {cutoff} min; {distance} km in a straight line"),
    "straight": mark("{distance} km in a straight line"),
    "hours_unknown": mark("hours not recorded"),
    "on_map": mark("show on the map"),
    "preparing": mark("The search is being prepared for this plan. This happens once; it goes on by itself."),
    "several": mark("{count} federations"),
    "walk": mark("on foot"),
    "ebike": mark("by e-bike"),
    "bicycle": mark("by bicycle"),
    "drive": mark("by car"),
    "borough": mark("borough"),
    "premise": mark("premises listed"),
    "facility": mark("service site"),
    "not_in_plan": mark("in no federation of this plan"),
    "signed_in_only": mark("enterprises are shown to signed-in staff"),
}  # fmt: skip
"""Words of the page, by key."""

LAYERS = {
    "enterprises": mark("enterprise register"),
    "boroughs": mark("boundaries of boroughs"),
    "street_towns": mark("boundaries of subdistricts and towns"),
    "units": mark("boundaries of basic units"),
    "outdoor": mark("outdoor workers"),
    "sites": mark("premises"),
    "roads": mark("roads"),
    "density": mark("worker density"),
    "census": mark("census totals"),
    "buildings": mark("buildings"),
    "presence": mark("presence by hour"),
    "zones": mark("zones of counts"),
    "premises_book": mark("book of premises"),
    "disputes": mark("labour disputes"),
    "addresses": mark("buildings and addresses"),
    "divisions": mark("administrative codes"),
    "workplaces": mark("places of work"),
    "links": mark("links between units"),
    "federations": mark("federations of today"),
}
"""What each source tells, in words."""


def words() -> dict[str, list[str]]:
    """Return every word of the page as [Chinese, English]."""
    return {key: both(text, "webmap") for key, text in INTERFACE.items()}


def both(message: str, *packages: str) -> list[str]:
    """Return a marked text as [Chinese, English], from the first package that knows it."""
    chinese = (text_in("zh", package, message) for package in packages)
    return [next((text for text in chinese if text != message), message), message]
