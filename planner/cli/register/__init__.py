"""`planner register`: the database of enterprises, year after year (一(三))."""

from __future__ import annotations

from planner.cli.register.group import register

__all__ = ["register"]
