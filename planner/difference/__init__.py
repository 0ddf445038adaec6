"""What differs between two plans: districts, organisations, sites, people reached, figures.

>>> from planner.difference import difference  # doctest: +SKIP
>>> difference(last_year, this_year).districts  # doctest: +SKIP
"""

from planner.difference.whole import READING, STEPS, Difference, difference

__all__ = ["READING", "STEPS", "Difference", "difference"]
