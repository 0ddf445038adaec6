"""Find LibreOffice, in which a test opens the workbook, or get it from the system's packages: ``python tests/office.py``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("soffice", "libreoffice", "localc")
PACKAGES = ("libreoffice-calc-nogui",)
"""About 11 s and 400 MB on Debian 12."""


def find_office() -> Path | None:
    """Return the path of LibreOffice, None where there is none."""
    return next((Path(path) for path in map(shutil.which, NAMES) if path), None)


def install_office() -> bool:
    """Install LibreOffice's spreadsheet from the system's packages; return whether that could be done."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(command, check=False, stdout=sys.stderr, env=environment)
        if done.returncode:
            return False
    return True


def main() -> int:
    """Say which LibreOffice the tests will use; the tests say what they think of its absence."""
    found = find_office()
    if found is None and install_office():
        found = find_office()
    sys.stdout.write(f"office: {found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
