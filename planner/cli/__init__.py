"""The command line: results on stdout, everything else on stderr, exit codes that scripts can read.

Exit codes: 0 done, 1 unexpected, 2 wrong words on the command line, 3 input or configuration rejected,
4 infeasible (with the reason), 5 the verifier found something, 6 locked, 130 interrupted.
"""

from __future__ import annotations

from planner.cli.main import main

__all__ = ["main"]
