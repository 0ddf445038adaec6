"""Every text a person sees has a Chinese translation that says the same with the same placeholders."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FIELD = re.compile(r"\{[^{}]*\}")
PACKAGES = ("geodata", "planner", "webmap")


@pytest.fixture(scope="module")
def messages():
    spec = importlib.util.spec_from_file_location("messages_tool", HERE / "messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_a_translation(messages, package):
    known = messages.translations(package)
    missing = [text for text in messages.collect(package) if text not in known]

    assert not missing, f"run `make messages` and translate: {missing[:5]} ({len(missing)} in all)"


@pytest.mark.parametrize("package", PACKAGES)
def test_placeholders_are_the_same_in_both_languages(messages, package):
    wrong = [
        (text, translated)
        for text, translated in messages.translations(package).items()
        if messages.placeholders(text) != messages.placeholders(translated)
    ]

    assert not wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_are_chinese(messages, package):
    """A text copied over is not translated; only what has no word of its own stays as it is."""
    known = messages.translations(package)
    worded = {text: said for text, said in known.items() if re.search("[a-z]", FIELD.sub("", text))}

    assert worded
    assert not [said for said in worded.values() if not re.search(r"[\u4e00-\u9fff]", said)]


@pytest.mark.parametrize("package", PACKAGES)
def test_catalogues_are_what_the_code_and_the_translations_make(messages, package):
    catalogue = messages.merged(package)

    texts = messages.catalogue_path(package, "po").read_bytes()
    assert _without_places(texts) == _without_places(messages.po_bytes(catalogue))
    assert messages.catalogue_path(package, "mo").read_bytes() == messages.mo_bytes(catalogue)


def _without_places(catalogue):
    """Where a text stands helps the translator and is no reason to fail when it moves to another file."""
    return [line for line in catalogue.splitlines() if not line.startswith(b"#:")]


@pytest.mark.parametrize("package", PACKAGES)
def test_texts_are_constants_that_can_be_collected(messages, package):
    assert not list(messages.not_constant(package))


def test_a_built_text_is_noticed(messages, tmp_path, monkeypatch):
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "a.py").write_text(
        "from geodata.messages import mark\n_('good').format(n=1)\n_(f'{n}')\n_('a' + b)\n_('{n}'.format(n=1))\nmark(x)\n_(row)\n"
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)

    assert [place.split(":")[1] for place in messages.not_constant("box")] == ["3", "4", "5", "6"]
    assert list(messages.collect("box")) == ["a", "good", "{n}"]


def test_the_program_speaks_both_languages():
    from geodata.messages import set_language, text_in, translator

    _ = translator("planner")
    assert _("value") == "value"
    set_language("zh")
    assert _("value") == text_in("zh", "planner", "value") != "value"


def test_statuses_are_marked_where_they_are_shown():
    """`_(status)` can only be translated when each status is marked somewhere."""
    from planner.cli.show import STATUSES
    from planner.result import Status

    assert set(STATUSES) == {str(status) for status in Status}


def test_translated_names_are_never_rebound():
    """`_` must stay the translator: a loop over `_` in the same module would hide it."""
    root = HERE.parent
    hidden = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = {
                n.func.id
                for n in ast.walk(tree)
                if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
            }
            if "_" in calls:
                hidden += [f"{path.relative_to(root)}:{name.lineno}" for name in _rebound(tree)]

    assert not hidden


def _rebound(tree):
    """Yield names `_` that are stored inside functions that also call `_`."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "_"]
            in_comprehension = {
                id(n)
                for part in ast.walk(function)
                if isinstance(part, ast.comprehension)
                for n in ast.walk(part.target)
            }
            if any(isinstance(n.ctx, ast.Load) for n in names):
                yield from (
                    n
                    for n in names
                    if isinstance(n.ctx, ast.Store) and id(n) not in in_comprehension
                )
