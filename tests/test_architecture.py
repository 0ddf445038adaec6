"""Walls of the house that no linter holds."""

import ast
import importlib
import pkgutil
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("geodata", "planner", "webmap")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
COMMANDS = (
    "demo",
    "compile",
    "sample",
    "check",
    "run",
    "plans",
    "show",
    "verify",
    "compare",
    "export",
)
HOMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}


def modules():
    """Yield the name of every module of the three packages."""
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                yield module.name


PUBLIC = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES
    if "__all__" in path.read_text(encoding="utf-8") and path.name != "__main__.py"
]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_there_and_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in module.__all__:
        thing = getattr(module, public)
        if callable(thing) and getattr(thing, "__module__", "").split(".")[0] in PACKAGES:
            assert thing.__doc__, f"{name}.{public} has no docstring"


def test_every_module_can_be_imported():
    assert len([importlib.import_module(name) for name in modules()]) > 50


def strings_of(path):
    """Return the string constants of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts
    ]


def test_coordinate_systems_are_named_in_one_place():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(ROOT).as_posix() != "geodata/crs.py"
        for node in strings_of(path)
        if re.search(r"EPSG:\d", node.value)
    ]
    assert found == []


def test_no_module_is_a_drawer_for_everything():
    names = {part for path in SOURCES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert names & HOMELESS == set()


def test_readme_names_every_command():
    from planner.cli import commands
    from planner.cli.main import planner

    commands.register(planner)
    assert set(COMMANDS) <= set(planner.commands)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in planner.commands if not re.search(rf"\b{name}\b", readme)] == []


def test_every_tier_of_the_shipped_policies_has_a_style():
    from planner.policy import read_policy

    policies = [
        file.name
        for file in resources.files("planner.policies").iterdir()
        if file.name.endswith(".toml")
    ]
    assert policies
    for policy in policies:
        tiers = read_policy(policy.removesuffix(".toml"), None, {}).tiers
        assert [tier.name for tier in tiers if tier.style is None] == [], policy


def test_every_runtime_dependency_is_accounted_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=~! \[]", line)[0] for line in project["dependencies"]]
    assert names
    assert [
        name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)
    ] == []


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_lock_of_a_later_python_pins_what_the_first_one_has(version):
    """What only an older Python needs is missing there, and nothing else."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    asked = {Requirement(text).name.lower().replace("_", "-") for text in texts}
    pinned = [_pins("requirements.lock") | _pins("requirements-test.lock")]
    pinned += [_pins(f"requirements-{version}.lock")]
    assert asked - set(pinned[1]) == set()
    assert set(pinned[1].items()) <= set(pinned[0].items())
    assert set(pinned[0]) - set(pinned[1]) <= {"importlib-metadata", "zipp", "lazy-importer"}


def _pins(name):
    """Return package -> version of a lock."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-zA-Z0-9._-]+)==([^ ]+)", text, re.MULTILINE))
