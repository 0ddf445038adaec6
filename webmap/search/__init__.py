"""Which federation, which station, how far, open when: an index made once per plan, asked while one types."""

from webmap.search.ask import Index
from webmap.search.build import build_index

__all__ = ["Index", "build_index"]
