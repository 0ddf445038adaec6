"""Years in a row: seconds of the borough's second year, churn and quality beside a cold plan's, drift over ten years.

    make bench-year BENCH_ARGS="--json"

The sample's city changes every year (about 6 % births, 5 % deaths, 2 % of units shocked, moves, growth, a park, a border, a
new code). Each year is planned from the one before, at most ``--most`` of the organisations switching by decision, and, for
comparison, from scratch (``--no-cold`` leaves that out). ``--size`` and ``--years`` choose the city and how long; ``--plot
FILE`` draws churn and quality; ``--map`` tries the districts alone on a made city of 1,059 federations. A year that must switch more than the limit says so and is planned without it. The last line
on stdout is one JSON object.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

TIERS = ("station", "service_point", "rest_station")


def timed_run(scenario, store):
    """Run the line and return the plan, its wall and its CPU seconds."""
    from planner.pipeline import run

    start, cpu = time.perf_counter(), time.process_time()
    plan = run(scenario, store=store, resume=False).plan
    return plan, time.perf_counter() - start, time.process_time() - cpu


def going_on(scenario, parent, most=None):
    """Return the scenario with a parent and a limit on switching."""
    change = {"parent": parent.plan_id, "most_switched_share": most}
    return scenario.model_copy(update={"change": scenario.change.model_copy(update=change)})


def within_limit(scenario, parent, most, store):
    """Plan a year from its parent; return the plan, its seconds, and the share that must switch where that is more."""
    from planner.errors import InfeasibleError

    try:
        return *timed_run(going_on(scenario, parent, most), store), None
    except InfeasibleError as error:
        return *timed_run(going_on(scenario, parent), store), str(error)


def measure(parent, plan, cold=None):
    """Return churn of a plan, and its quality less that of a cold plan on the same register, in points."""
    from planner.difference import difference
    from planner.verify.change import switched_by_choice

    found = difference(parent, plan)
    states = found.organisations["state"].value_counts()
    both = int(states.get("kept", 0) + states.get("switched", 0))
    sites = found.sites
    moved = int(sites["change"].isin(("closed", "moved")).sum())
    held = int((sites["change"] != "opened").sum())
    gone = int(plan.derived["carried_sites"]["site_id"].isna().sum())
    chosen = set(switched_by_choice(plan))
    forced = found.organisations.query("state == 'switched'")["organisation_id"]
    forced = int((~forced.isin(chosen)).sum())
    out = {
        "switched_share": int(states.get("switched", 0)) / both,
        "switched_by_choice_share": len(chosen) / both,
        "relocated_or_cut_off_share": forced / both,
        "sites_moved_share": moved / held,
        "sites_gone_share": gone / held,
        "sites_moved_by_choice_share": (moved - gone) / held,
        "districts": len(plan.districts),
        "in_band_share": plan.kpis["districts_in_band_share"],
    }
    for tier in TIERS:
        out[f"{tier}_coverage_share"] = plan.kpis[f"{tier}_coverage_share"]
    if cold is not None:
        out["cold_in_band_share"] = cold.kpis["districts_in_band_share"]
        out["cold_switched_share"] = difference(parent, cold).switched_share
        out["in_band_minus_cold_points"] = 100 * (out["in_band_share"] - out["cold_in_band_share"])
        for tier in TIERS:
            name = f"{tier}_coverage_share"
            out[f"{tier}_coverage_minus_cold_points"] = 100 * (out[name] - cold.kpis[name])
    return {key: round(float(value), 5) for key, value in out.items()}


def map_later():
    """Return balance and switching of the made city L's map, a year later: kept, adjusted, drawn anew."""
    from _districting_city import city
    from districting import year_later

    from planner.districting import DistrictingSettings, Stop, solve

    problem = city("L")
    settings = DistrictingSettings()
    return year_later(problem, solve(problem, settings=settings), Stop(), settings)


CHURN = {
    "switched_share": "organisations that switch",
    "switched_by_choice_share": "of these by decision",
    "sites_moved_share": "sites that close or move",
    "sites_moved_by_choice_share": "of these by decision",
}
QUALITY = {
    "in_band_share": "federations in band",
    "cold_in_band_share": "the same, drawn anew",
    "station_coverage_share": "within reach of a station",
    "service_point_coverage_share": "of a service point",
}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def plot(rows, path):
    """Draw churn and quality over the years as SVG."""
    panels = [
        panel(rows, CHURN, "churn, % of last year's", 20, 10 * (1 + int(10 * most(rows, CHURN)))),
        panel(rows, QUALITY, "quality, %", 520, 100),
    ]
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="400" font-family="sans-serif" font-size="13">'
        f'<rect width="1000" height="400" fill="white"/>{"".join(panels)}</svg>\n',
        encoding="utf-8",
    )


def most(rows, names):
    return max(row[name] for row in rows for name in names)


def panel(rows, names, title, left, top):
    """Return one chart: years to the right, per cent up to ``top``."""
    years = [row["year"] for row in rows]
    step = 400 / max(1, len(years) - 1)

    def at(place, share):
        return f"{left + 45 + place * step:.1f},{300 - 240 * 100 * share / top:.1f}"

    parts = [f'<text x="{left}" y="24" font-size="15">{title}</text>']
    for tick in range(5):
        y, value = 300 - 60 * tick, top * tick / 4
        parts.append(f'<path d="M{left + 45},{y}h400" stroke="#ddd"/>')
        parts.append(f'<text x="{left + 38}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    for place, year in enumerate(years):
        x = left + 45 + place * step
        parts.append(f'<text x="{x:.1f}" y="318" text-anchor="middle">{year}</text>')
    for row, (name, label) in enumerate(names.items()):
        points = [at(place, one[name]) for place, one in enumerate(rows)]
        colour = COLOURS[row]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        x, y = left + 45 + 210 * (row % 2), 346 + 22 * (row // 2)
        parts.append(
            f'<rect x="{x}" y="{y - 9}" width="16" height="4" fill="{colour}"/><text x="{x + 22}" y="{y}">{label}</text>'
        )
    return "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print only the last line")
    parser.add_argument("--size", default="borough")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--most", type=float, default=0.02, help="limit on switching; 1: none")
    parser.add_argument("--no-cold", action="store_true", help="leave out plans from scratch")
    parser.add_argument("--plot", type=Path, help="SVG of churn and quality")
    parser.add_argument(
        "--map", action="store_true", help="only the made city L of districting.py, a year later"
    )
    arguments = parser.parse_args()
    if arguments.map:
        print(json.dumps(map_later()))
        return
    from geodata.sample import write_years
    from planner.scenario import read_scenario

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        write_years(where, size=arguments.size, seed=arguments.seed, years=arguments.years)
        store, aside = where / "plans", where / "cold"
        parent, first_s, first_cpu_s = timed_run(read_scenario(where / "scenario.toml"), store)
        for year in range(2, arguments.years + 1):
            scenario = read_scenario(where / f"year-{year}" / "scenario.toml")
            plan, wall, cpu, over = within_limit(scenario, parent, arguments.most, store)
            row = {"year": year, "s": round(wall, 1), "cpu_s": round(cpu, 1), "over_limit": over}
            cold = None
            if not arguments.no_cold:
                cold, cold_wall, cold_cpu = timed_run(scenario, aside)
                row |= {"cold_s": round(cold_wall, 1), "cold_cpu_s": round(cold_cpu, 1)}
            row |= measure(parent, plan, cold)
            rows.append(row)
            if not arguments.json:
                print(row, flush=True)
            parent = plan
    if arguments.plot and not arguments.no_cold:
        plot(rows, arguments.plot)
    second = rows[0]
    out = {
        "size": arguments.size,
        "first_year_s": round(first_s, 1),
        "first_year_cpu_s": round(first_cpu_s, 1),
        "second_year_s": second["s"],
        "second_year_cpu_s": second["cpu_s"],
        **{key: second[key] for key in second if key not in {"year", "s", "cpu_s"}},
        "worst_switched_by_choice_share": max(row["switched_by_choice_share"] for row in rows),
        "years": rows,
    }
    if not arguments.no_cold:
        points = [row["in_band_minus_cold_points"] for row in rows]
        out["worst_in_band_minus_cold_points"] = min(points)
        out["mean_in_band_minus_cold_points"] = round(sum(points) / len(points), 3)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
