"""How hard the search tries and what it weighs against balance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stop:
    """When the search of one street_town ends.

    Parameters
    ----------
    work
        Most moves tried per street_town; exact enumeration counts one per 100 subsets.
    fuse_s
        Wall-clock seconds for the whole city, checked between street_towns' restarts; None: no fuse. A search
        ended by the fuse is marked ``Status.STOPPED`` and not reproducible.
    """

    work: int = 8_000_000
    fuse_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class DistrictingSettings:
    """What the search weighs, in units of one district out of band.

    Parameters
    ----------
    minutes_weight
        Weight of the mean travel time to the hub, relative to an even split of the street_town.
    balance_weight
        Weight of the squared relative distance from the even share, within the band.
    purity_weight
        Weight of the share of workers outside their district's largest industry.
    area_weight
        Weight of each further district that cuts a preferred sub-area.
    switching_weight
        Weight of the switching cost, as a share of the whole city's mean cost per district.
    seeds
        METIS seeds and spanning-tree splits tried before a search gives up.
    refinements
        Searches for a shorter travel time once the count in band is settled: the first from the best map, the others
        from new seeds, over the work that is left.
    exact_units
        Parts of street_towns up to this many units (64 at most) have their connected subsets listed.
    exact_subsets
        Most subsets under the hard maximum listed per part (8 bytes each); where there are more, up to a
        quarter as many in band among twice as many, or none, and the ceiling stays the one from totals.
    straight
        Measure compactness by straight lines (1 metre as 1 decisecond) instead of by the links; for comparisons with
        published instances only.
    greenfield
        Draw from scratch although incumbents are given; they then count only in ``switched_share``.
    jobs
        Threads over street_towns; the answer does not depend on it.
    """

    minutes_weight: float = 0.25
    balance_weight: float = 0.6
    purity_weight: float = 0.0
    area_weight: float = 0.1
    switching_weight: float = 0.8
    seeds: int = 9
    refinements: int = 1
    exact_units: int = 64
    exact_subsets: int = 6_000_000
    straight: bool = False
    greenfield: bool = False
    jobs: int = 2
