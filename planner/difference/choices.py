"""What the alternatives of a year are called."""

from __future__ import annotations

from geodata.messages import mark

CHOICES = {
    "keep": mark("keep everything"),
    "little": mark("change little"),
    "chosen": mark("as set"),
    "much": mark("change where it helps"),
    "anew": mark("plan anew"),
}
"""Choices in words, from the least change to the most."""
