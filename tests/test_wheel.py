"""The built wheel holds everything, and works outside the checkout on files alone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("geodata", "planner", "webmap")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    words = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
    ]
    subprocess.run([sys.executable, "-m", "pip", *words, str(ROOT)], check=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    words = ["git", "-C", str(ROOT), "ls-files", *PACKAGES]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split("\n")
    if not any(listed):
        pytest.skip("no checkout of git")
    tracked = {path.strip('"') for path in listed if path and (ROOT / path).is_file()}
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert len(tracked) > 200
    assert tracked - inside == set()
    assert [name for name in inside if "/tests/" in name or name.startswith("tests")] == []


def test_the_wheel_works_outside_the_checkout(wheel, tmp_path):
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, timeout=120)

    def planner(*words):
        # Without a PATH there is no make, git or shell to lean on.
        return subprocess.run(
            [sys.executable, "-m", "planner", "--lang", "zh", *words],
            cwd=work,
            env={
                **{k: v for k, v in os.environ.items() if k != "PATH"},
                "PYTHONPATH": str(site),
                "PATH": "",
                "PYTHONIOENCODING": "utf-8",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    where = "import planner, geodata, webmap; print(planner.__file__, geodata.__file__, webmap.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert all(Path(file).is_relative_to(site) for file in found), found
    made = planner("sample", "town", "--size", "town")
    assert made.returncode == 0, made.stderr
    seen = planner("run", "town/scenario.toml", "--dry-run")
    assert seen.returncode == 0, seen.stderr
    assert "读" in seen.stdout
    unknown = planner("show", "pnowhere")
    assert unknown.returncode == 3
    assert "pnowhere" in unknown.stderr
