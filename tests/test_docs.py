"""What can be forgotten in the documentation, a test remembers."""

import re
import runpy
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from planner.cli import commands
from planner.policy import Policy, read_policy, shipped_policies
from planner.scenario import Scenario, parse_scenario

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = sorted(
    [
        *READMES,
        ROOT / "CHANGELOG.md",
        ROOT / "examples" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def text_of(path):
    return path.read_text(encoding="utf-8")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def anchors(text):
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def known_commands():
    group = click.Group()
    commands.register(group)
    more = {entry.name: entry.load() for entry in entry_points(group="planner.commands")}
    return {**group.commands, **more}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    lost = []
    for target in LINK.findall(CODE.sub("", text_of(page))):
        path, _, anchor = target.partition("#")
        if path.startswith(("http://", "https://")):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(text_of(file))):
            lost.append(target)
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_files_of_the_project_exist(page):
    named = re.findall(
        r"`((?:geodata|planner|webmap|tests|docs|notebooks|benchmarks)/[\w./-]+)`", text_of(page)
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist_with_their_options(page, known_commands):
    words = re.findall(r"planner ([a-z]\w*)", " ".join(CODE.findall(text_of(page)) + spans(page)))
    unknown = [word for word in words if word not in known_commands]
    assert unknown == []


def spans(page):
    """Inline code, blank-indented code and table cells in backticks."""
    text = CODE.sub("", text_of(page))
    return [
        *re.findall(r"`(planner [^`]+)`", text),
        *re.findall(r"^    (planner .+)$", text, re.MULTILINE),
    ]


def test_readme_names_every_command_and_its_options_are_real(known_commands):
    for readme in READMES:
        rows = dict(
            re.findall(r"^\| `planner (\w+)[^|]*` \| (.+) \|$", text_of(readme), re.MULTILINE)
        )
        assert set(rows) == set(known_commands)
        for name, what in rows.items():
            real = {
                word
                for option in known_commands[name].params
                for word in (*option.opts, *option.secondary_opts)
            }
            assert set(re.findall(r"`(--[a-z-]+)", what)) <= real


def test_readme_lists_the_exit_codes_of_the_errors():
    from geodata.errors import FaultsError
    from planner import errors

    def leaves(kind):
        yield kind
        for below in kind.__subclasses__():
            yield from leaves(below)

    used = {kind.exit_code for kind in leaves(FaultsError)}
    assert errors.LockedError.exit_code in used
    for readme in READMES:
        listed = {int(code) for code in re.findall(r"^\| (\d+) \| ", text_of(readme), re.MULTILINE)}
        assert listed == used | {0, 1, 2, 130}


def shape(path):
    text = text_of(path)
    blocks = CODE.findall(text)
    plain = CODE.sub("", text)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", plain, re.MULTILINE)]
    tables = [line.count("|") for line in plain.splitlines() if re.match(r"^ *\|[-|]+\|$", line)]
    rows = sum(line.lstrip().startswith("|") for line in plain.splitlines())
    pictures = len(re.findall(r"!\[", plain))
    return levels, tables, rows, pictures, [strip_comments(block) for block in blocks]


def strip_comments(block):
    lines = [re.sub(r"\s+#.*$", "", line) for line in block.splitlines()]
    return [re.sub(r"^( *name = ).*", r"\1", line) for line in lines]


def test_the_two_readmes_are_twins():
    english, chinese = map(shape, READMES)
    assert english == chinese
    assert "make demo" in english[-1][0][1]
    assert "make test" in english[-1][0][2]


def test_pictures_are_small():
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    names = [
        f"{what}-{language}.png" for what in ("map", "shanghai-jobs") for language in ("en", "zh")
    ]
    assert [path.name for path in pictures] == names
    assert all(1_000 < path.stat().st_size < 300_000 for path in pictures)


def keys_of(model):
    for name, field in model.model_fields.items():
        yield field.alias or name
        yield from keys_in(field.annotation)


def keys_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from keys_of(annotation)
    for part in getattr(annotation, "__args__", ()):
        yield from keys_in(part)


@pytest.mark.parametrize("model", [Scenario, Policy], ids=["scenario", "policy"])
def test_every_key_has_its_line(model):
    page = text_of(ROOT / "docs" / "scenario.md")
    keys = set(keys_of(model))
    assert len(keys) > 10
    lines = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    titles = {
        part
        for title in re.findall(r"^### `\[+([\w.]+)\]+`", page, re.MULTILINE)
        for part in title.split(".")
    }
    assert keys <= lines | titles


def test_scenario_page_is_what_the_models_say():
    write = runpy.run_path(str(ROOT / "docs" / "make_scenario.py"))
    page = text_of(write["PAGE"])
    assert write["page_with_tables"](page) == page, "run: python docs/make_scenario.py"


def toml_blocks(path):
    blocks = re.findall(r"^ *```toml\n(.*?)^ *```", text_of(path), re.MULTILINE | re.DOTALL)
    return [tomllib.loads(block) for block in blocks]


@pytest.mark.parametrize("page", [*READMES, ROOT / "docs" / "scenario.md"], ids=name_of)
def test_scenarios_in_the_docs_are_accepted(page):
    blocks = toml_blocks(page)
    whole = next(block for block in blocks if "name" in block)
    for block in blocks:
        merged = whole | block | {"inputs": whole["inputs"] | block.get("inputs", {})}
        assert parse_scenario(merged, ROOT).name == whole["name"]


def test_examples_are_accepted():
    scenarios = sorted((ROOT / "examples").glob("*.toml"))
    assert scenarios
    for path in scenarios:
        assert parse_scenario(tomllib.loads(text_of(path)), path.parent).inputs.roads
        assert path.name in text_of(path.parent / "README.md")


def test_examples_page_gives_the_sizes_of_samples():
    from geodata.sample import SIZES

    rows = re.findall(
        r"^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$",
        text_of(ROOT / "examples" / "README.md"),
        re.MULTILINE,
    )
    said = {name: [int(number.replace(",", "")) for number in numbers] for name, *numbers in rows}
    assert said == {
        name: [size.street_towns, size.enterprises, size.street_towns * size.units_per_street_town]
        for name, size in SIZES.items()
    }


def values_at(policy, key):
    """Values of a dotted key, looked for from the top, in every table and in every tier."""
    tables = [policy.model_dump()]
    tables += [value for value in tables[0].values() if isinstance(value, dict)]
    tables += tables[0]["tiers"]
    for table in tables:
        value = table
        for part in key.split("."):
            value = value.get(part, None) if isinstance(value, dict) else None
        if value is not None:
            yield value


def test_policy_page_names_real_keys_and_every_clause_of_the_shipped_policy():
    page = text_of(ROOT / "docs" / "policy.md")
    computed = page.split("## Computed")[1].split("## Partly")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in computed.splitlines()
        if line.startswith("| ")
    ]
    # The table of clauses and their tests below has two columns; this one has three.
    rows = [row for row in rows[1:] if len(row) > 2]
    policy = read_policy("shanghai-2018")
    tiers = {tier.name for tier in policy.tiers}
    unknown = [
        key
        for row in rows
        for key in re.findall(r"`([\w.]+)`", row[2])
        if key != "jurisdiction"
        and key not in tiers
        and not any(True for _ in values_at(policy, key))
    ]
    assert unknown == []
    clauses = {
        table.clause for table in (policy.organisations, policy.federations, policy.staffing)
    }
    clauses |= {tier.clause for tier in policy.tiers}
    assert clauses <= {row[0] for row in rows}
    assert policy.rates.clause in page
    assert all(f"`{tier}`" in computed for tier in tiers)
    assert all(name in page for name in shipped_policies())


def test_every_word_has_both_languages():
    rows = [
        line.split("|")[1:-1]
        for line in text_of(ROOT / "docs" / "glossary.md").splitlines()
        if line.startswith("| ")
    ]
    assert len(rows) > 40
    for _word, english, chinese in rows[1:]:
        assert re.search(r"[A-Za-z]{3}", english)
        assert re.search(r"[\u4e00-\u9fff]", chinese)
    words = [row[0].strip() for row in rows]
    assert len(words) == len(set(words))


def requirement_names(lines):
    return {re.match(r"[A-Za-z0-9_.-]+", line).group() for line in lines}


def test_every_dependency_has_its_line():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    run, rest = text_of(ROOT / "docs" / "dependencies.md").split("## Build and tests")
    lines = re.findall(r"^\| `([^`]+)` \|", run, re.MULTILINE)
    assert sorted(lines) == sorted(requirement_names(project["project"]["dependencies"]))
    groups = [
        *project["dependency-groups"].values(),
        *project["project"]["optional-dependencies"].values(),
    ]
    named = set(re.findall(r"`([\w.-]+)`", rest))
    assert requirement_names(line for group in groups for line in group) <= named
    assert "AGPL" not in re.sub(r"No AGPL|pandana: AGPL", "", run)


def test_decisions_are_listed_and_have_their_parts():
    folder = ROOT / "docs" / "adr"
    records = sorted(folder.glob("0*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    listing = text_of(folder / "README.md")
    for path in records:
        text = text_of(path)
        title = re.match(r"# (\d{4}) (.+)\n", text)
        assert f"| [{title[1]}]({path.name}) | {title[2]} |" in listing
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences"))


def test_architecture_names_the_columns_of_plan_and_layers():
    from geodata.layers.schemas import COLUMNS
    from planner.organisations.formed import (
        CARRIER_COLUMNS,
        MARK_COLUMNS,
        ORGANISATION_COLUMNS,
        PLACE_COLUMNS,
    )
    from planner.plan import DECISIONS, TIER_COLUMNS

    page = text_of(ROOT / "docs" / "architecture.md")
    named = set(re.findall(r"`(\w+)`", page)) | {f"h{hour:02d}" for hour in range(24)}
    for columns in [*COLUMNS.values(), *DECISIONS.values(), TIER_COLUMNS]:
        assert set(columns) <= named
    for columns in (ORGANISATION_COLUMNS, CARRIER_COLUMNS, MARK_COLUMNS, PLACE_COLUMNS):
        assert set(columns) <= named


def test_architecture_names_the_frames_of_a_stored_plan(town_run):
    plan = town_run[0].plan
    page = text_of(ROOT / "docs" / "architecture.md").split("### A plan")[1]
    named = set(re.findall(r"`(\w+)`", page))
    assert {*plan.layers, *plan.derived, *plan.decisions} <= named


def test_layers_on_the_page_are_those_import_linter_holds():
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    page = re.sub(r"\s+", " ", text_of(ROOT / "docs" / "architecture.md"))
    for contract in contracts:
        if contract["type"] == "layers" and "containers" in contract:
            assert " -> ".join(contract["layers"]) in page


def test_nothing_names_a_machine_or_an_index():
    spoken = [*PAGES, *(ROOT / "notebooks").glob("*.py"), ROOT / ".pre-commit-config.yaml"]
    for path in spoken:
        assert not re.search(
            r"/(?:root|home|work|tmp|Users)/|://[^\s)]+/simple\b", text_of(path)
        ), path


def test_hooks_run_what_the_tests_install_and_fetch_nothing():
    import yaml

    config = yaml.safe_load(text_of(ROOT / ".pre-commit-config.yaml"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    installed = {name for name in text_of(ROOT / "pyproject.toml").split('"') if name}
    for hook in hooks:
        assert hook["language"] == "system", hook["id"]
        folder, _, program = hook["entry"].split()[0].rpartition("/")
        assert folder == ".venv/bin", hook["id"]
        package = {"lint-imports": "import-linter"}.get(program, program)
        assert any(re.match(rf"{package}\b", name) for name in installed), program
    assert {"ruff-check", "ruff-format", "mypy", "import-linter"} <= {hook["id"] for hook in hooks}
