"""Find the browser the map is tested in, or get it from the system's packages: ``python tests/browser.py``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How it is started: without a screen, asking nothing of any host by itself."""

PACKAGES = ("chromium", "fonts-noto-cjk")
"""The browser, and the letters without which Chinese is a row of boxes."""

ADVICE = """\
No Chromium was found, so the tests that look at the map in a browser will be skipped.
Install one (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk; Fedora: dnf install chromium
google-noto-sans-cjk-fonts; macOS: brew install --cask chromium), or set CHROMIUM to its path.
"""


def find_browser() -> Path | None:
    """Return the path of a Chromium: the one CHROMIUM names, else the first on PATH, else None."""
    named = os.environ.get("CHROMIUM")
    found = [shutil.which(name) for name in ((named,) if named else NAMES)]
    if not named:
        found.append(shutil.which("/usr/bin/chromium"))
    return next((Path(path) for path in found if path), None)


def install_browser() -> bool:
    """Install Chromium and Chinese fonts from the system's packages; return whether that could be done."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
    ):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, check=False, stdout=sys.stderr, env=environment)
        if done.returncode:
            return False
    return True


def main() -> int:
    """Say which browser the tests will use; its absence is no error here, the tests say what they think of it."""
    found = find_browser()
    if found is None and not os.environ.get("CHROMIUM") and install_browser():
        found = find_browser()
    sys.stdout.write(f"browser: {found}\n" if found else ADVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
