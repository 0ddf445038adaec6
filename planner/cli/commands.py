"""The commands of the yearly run and of the first look."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import translator
from planner.cli.check import check
from planner.cli.main import say

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.policy import Policy
    from planner.scenario import Scenario

_ = translator("planner")

FOLDER = click.Path(path_type=Path, file_okay=False)
ANY_FILE = click.Path(path_type=Path)
DEFAULT_STORE = Path("plans")

store_option = click.option(
    "--store", type=FOLDER, default=DEFAULT_STORE, show_default=True, help="Plan store."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout."
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1), help="Processes and threads; all cores when left out."
)


def register(group: click.Group) -> None:
    """Add the commands of this package to the group."""
    from planner.cli import publishing
    from planner.cli.districts import districts
    from planner.cli.explain import explain
    from planner.cli.premises import premises
    from planner.cli.register import register as register_group
    from planner.cli.year import year

    for command in (
        compile_kernels,
        demo,
        sample,
        check,
        districts,
        run,
        year,
        plans,
        show,
        explain,
        verify,
        compare,
        export,
        premises,
        register_group,
    ):
        group.add_command(command)
    publishing.register(group)


@click.command()
@click.option(
    "--dir",
    "folder",
    type=FOLDER,
    default=Path("demo"),
    show_default=True,
    help="Where the demo goes.",
)
@click.option(
    "--size",
    default="borough",
    show_default=True,
    help="Size of the sample: town, borough or more.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@jobs_option
def demo(folder: Path, size: str, seed: int, jobs: int | None) -> None:
    """Make a sample borough, plan it, verify the plan and draw the map."""
    from geodata.sample import write_sample

    say(_("writing the sample city to {folder}").format(folder=folder / "input"))
    write_sample(folder / "input", size=size, seed=seed)
    made = _run(folder / "input" / "scenario.toml", folder / "plans", jobs)
    outputs = _export(made.plan, folder / "output")
    _print_plan(made.plan)
    click.echo(_("plan: {plan_id}").format(plan_id=made.plan.plan_id))
    click.echo(_("map: {path}").format(path=outputs["map"]))


@click.command("compile")
def compile_kernels() -> None:
    """Compile the kernels once, so that the first plan does not wait for it (an installation step)."""
    import tempfile

    from geodata.sample import write_sample

    say(_("compiling kernels, once per installation"))
    with tempfile.TemporaryDirectory() as folder:
        # Planning a small town runs every kernel with the types a real plan uses.
        write_sample(Path(folder), size="town", seed=1)
        _run(Path(folder) / "scenario.toml", Path(folder) / "plans", None)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--size",
    default="borough",
    show_default=True,
    help="Size of the made city: town, borough, boroughs (four) or city.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--roads",
    type=ANY_FILE,
    help="Build the sample around this OSM road file instead of a made one.",
)
@click.option(
    "--enterprises",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    help="With --roads: how many.",
)
@click.option(
    "--years",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="Years of a city that changes; the later ones lie in year-2, year-3 and so on.",
)
@click.option(
    "--sub-areas",
    "sub_areas",
    is_flag=True,
    help="Governance grids as well, which districts had better keep whole.",
)
def sample(
    folder: Path,
    *,
    size: str,
    seed: int,
    roads: Path | None,
    enterprises: int,
    years: int,
    sub_areas: bool,
) -> None:
    """Write a sample city: register, road file, boundaries, premises, outdoor work and scenario.toml."""
    from geodata.sample import add_sub_areas, write_sample_around, write_years

    if roads is None:
        write_years(folder, size=size, seed=seed, years=years)
    elif years > 1:
        raise click.UsageError(_("--years goes with a made city: leave out --roads"))
    else:
        write_sample_around(folder, roads, seed=seed, enterprises=enterprises)
    if sub_areas:
        add_sub_areas(folder)
    click.echo(folder / "scenario.toml")


@click.command()
@click.argument("scenario", type=ANY_FILE)
@click.option("--store", type=FOLDER, help="Plan store; the scenario's when left out.")
@jobs_option
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Scheduler of a Dask cluster that shares the work: tcp://host:port.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Another seed than the scenario's.")
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Take the answers of stages that an earlier run left and nothing has changed since.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say which stages would run and which are kept; compute nothing.",
)
@json_option
def run(
    scenario: Path,
    store: Path | None,
    jobs: int | None,
    cluster: str | None,
    seed: int | None,
    *,
    resume: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make, verify and store the plan of a scenario; an interrupted run goes on where it stopped."""
    from planner.cli.show import print_json, tier_summary

    if dry_run:
        _print_stages(scenario, store, seed, resume=resume, as_json=as_json)
        return
    made = _run(scenario, store, jobs, seed=seed, resume=resume, cluster=cluster, as_json=as_json)
    if as_json:
        print_json(
            {
                "plan_id": made.plan.plan_id,
                "path": str(made.path),
                "verified": True,
                "kpis": dict(made.plan.kpis),
                "stages": made.stages,
                "tiers": tier_summary(made.plan),
            }
        )
        return
    _print_plan(made.plan)
    click.echo(_("plan: {plan_id}").format(plan_id=made.plan.plan_id))
    click.echo(_("stored: {path}").format(path=made.path))


@click.command()
@store_option
@json_option
def plans(store: Path, *, as_json: bool) -> None:
    """List the plans of a store, newest first."""
    from planner.cli.show import print_json, print_table
    from planner.errors import PlanStoreError
    from planner.store import survey_plans

    found, wrong = survey_plans(store)
    if as_json:
        print_json(
            [
                {"plan_id": p.plan_id, "path": str(p.path), "kpis": p.kpis, **_brief(p.manifest)}
                for p in found
            ]
        )
    else:
        rows = [
            (
                p.plan_id,
                str(p.manifest.get("name", "")),
                str(p.manifest.get("created", "")),
                f"{p.kpis.get('districts', 0):,.0f}",
            )
            for p in found
        ]
        print_table((_("plan"), _("name"), _("made"), _("districts")), rows)
    if wrong:
        raise PlanStoreError([fault for error in wrong.values() for fault in error.faults])


def _brief(manifest: dict[str, Any]) -> dict[str, Any]:
    return {key: manifest.get(key) for key in ("name", "created", "reproducible", "parent_plan")}


@click.command()
@click.argument("plan_id", metavar="PLAN")
@store_option
@json_option
def show(plan_id: str, store: Path, *, as_json: bool) -> None:
    """Show a plan's figures, its sites and how near the best possible they are."""
    from planner.cli.show import print_json, tier_summary
    from planner.store import load_plan

    plan = load_plan(store, plan_id)
    if as_json:
        print_json(
            {
                "plan_id": plan.plan_id,
                "kpis": plan.kpis,
                "tiers": tier_summary(plan),
                **_brief(dict(plan.manifest)),
            }
        )
        return
    _print_plan(plan)


@click.command()
@click.argument("plan_id", metavar="PLAN")
@store_option
@json_option
def verify(plan_id: str, store: Path, *, as_json: bool) -> None:
    """Recompute a stored plan by other code and say whether it holds."""
    from planner.cli.show import print_json
    from planner.errors import PlanStoreError, VerificationError
    from planner.pipeline.network import stored_network
    from planner.store import find_plan, load_plan
    from planner.verify import verify as verify_plan

    find_plan(store, plan_id)
    try:
        plan = load_plan(store, plan_id)
    except PlanStoreError as error:  # an edited plan is a plan that does not verify
        raise VerificationError(error.faults) from error
    findings = verify_plan(plan, stored_network(store, str(plan.manifest["network"])))
    if as_json:
        found = [{"rule": f.rule, "what": f.fault.what, "count": f.fault.count} for f in findings]
        print_json({"plan_id": plan.plan_id, "verified": not findings, "findings": found})
    if findings:
        raise VerificationError([finding.fault for finding in findings])
    if not as_json:
        click.echo(_("{plan_id}: holds").format(plan_id=plan.plan_id))


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--to",
    "folder",
    type=FOLDER,
    help="Write the difference as workbook, JSON, words, notices and both maps into this folder.",
)
@store_option
@json_option
def compare(first: str, second: str, folder: Path | None, store: Path, *, as_json: bool) -> None:
    """Compare two plans: figures, districts, sites, organisations that switch, people gained and lost."""
    from planner.cli.compare import compare_plans, comparison_json, print_comparison
    from planner.cli.show import print_json
    from planner.cli.year import print_files

    seen = compare_plans(store, first, second, folder)
    if as_json:
        print_json(comparison_json(seen.found))
    elif seen.files:
        print_files(seen.files)
    else:
        print_comparison(seen.found, seen.before, seen.after)


@click.command()
@click.argument("plan_id", metavar="PLAN")
@click.option("--to", "folder", type=FOLDER, required=True, help="Folder for the files.")
@store_option
def export(plan_id: str, folder: Path, store: Path) -> None:
    """Write a plan as GeoPackage, GeoParquet, workbook and offline map."""
    from planner.store import load_plan

    for kind, path in _export(load_plan(store, plan_id), folder).items():
        click.echo(f"{kind}: {path}")


def _run(
    scenario_path: Path,
    store: Path | None,
    jobs: int | None,
    *,
    seed: int | None = None,
    resume: bool = True,
    cluster: str | None = None,
    as_json: bool = False,
) -> Any:
    from planner.cli.progress import StageDisplay
    from planner.cli.refusal import refusal_said
    from planner.pipeline import Watch
    from planner.pipeline import run as run_line
    from planner.pipeline.cluster import connected
    from planner.scenario import read_scenario

    display = StageDisplay()
    with refusal_said(as_json=as_json):
        scenario = _seeded(read_scenario(scenario_path), seed)
    command = shlex.join(["planner", *sys.argv[1:]])
    try:
        with connected(cluster) as workers, refusal_said(as_json=as_json):
            made = run_line(
                scenario,
                store=store,
                jobs=jobs,
                watch=Watch(display),
                command=command,
                resume=resume,
                cluster=workers,
            )
    finally:
        display.close()
    for note in made.plan.manifest["notes"]:
        say(_("note: {note}").format(note=note))
    return made


def _seeded(scenario: Scenario, seed: int | None) -> Scenario:
    return scenario if seed is None else scenario.model_copy(update={"seed": seed})


def _print_stages(
    path: Path, store: Path | None, seed: int | None, *, resume: bool, as_json: bool
) -> None:
    from planner.cli.show import print_json, print_table
    from planner.pipeline.stages import foresee, title_of
    from planner.scenario import read_scenario

    scenario = _seeded(read_scenario(path), seed)
    kept = foresee(scenario, store or scenario.resolve(scenario.store.path))
    if not resume:
        kept = dict.fromkeys(kept, False)
    if as_json:
        print_json({"stages": {name: "kept" if known else "run" for name, known in kept.items()}})
        return
    rows = [
        (title_of(name, scenario), _("kept") if known else _("to run"))
        for name, known in kept.items()
    ]
    print_table((_("stage"), _("state")), rows)


def _export(plan: Plan, folder: Path) -> dict[str, Path]:
    from planner.report import write_outputs

    return write_outputs(plan, folder)


def _print_plan(plan: Plan) -> None:
    from planner.cli.show import print_kpis, print_tiers

    policy = _policy(plan)
    print_kpis(plan, policy)
    print_tiers(plan, policy)


def _policy(plan: Plan) -> Policy:
    from planner.policy import parse_policy

    return parse_policy(dict(plan.manifest["policy"]), plan.plan_id)
