"""Maximal and set covering without capacities: presolve, search, bound and exact finish over one reduced core."""

from __future__ import annotations
