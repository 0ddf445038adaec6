"""Deciding who shares a union with whom, from what stands before anybody is organised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.organisations.assemble import Drawn
from planner.organisations.carrier_names import street_of
from planner.organisations.carriers import COARSE
from planner.organisations.existing import existing_unions
from planner.organisations.inherit import keep_unions
from planner.organisations.joint import STEP_REASON, JointUnions, Pool, joint_unions
from planner.organisations.reach import NetworkReach, Reach, StraightReach
from planner.organisations.scope import organised_at

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.organisations.carriers import Carriers
    from planner.organisations.continuity import Previous
    from planner.organisations.reach import WalkingPairs
    from planner.organisations.rules import OrganisationRules


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands before anybody is organised, and is the same at every level of formation.

    Parameters
    ----------
    register
        All enterprises, by id.
    reason
        object, shape (register,): why an enterprise is in no area organisation, "" for those that belong in one.
    counted
        Those that belong in one, with coordinates, ``unit`` and ``street_town_id``.
    placed
        Unit of each by its own coordinates.
    ground
        Units by id.
    carriers
        Who is in which carrier.
    walking
        Who walks to whom; None where no roads are at hand.
    """

    register: gpd.GeoDataFrame
    reason: NDArray[np.object_]
    counted: pd.DataFrame
    placed: pd.DataFrame
    ground: gpd.GeoDataFrame
    carriers: Carriers
    walking: WalkingPairs | None


def draw(standing: Standing, rules: OrganisationRules, previous: Previous | None = None) -> Drawn:
    """Decide the organisation of every enterprise organised at the level of the rules."""
    counted, carriers = standing.counted, standing.carriers
    level = organised_at(counted, rules)
    today = existing_unions(counted, rules)
    of = np.where(level, today.of, -1)
    used = np.unique(of[of >= 0])
    of = np.where(of >= 0, np.searchsorted(used, of), -1)
    joint = today.joint[used]
    reason = np.where(joint, "existing_joint", "existing_own").astype(object)
    name = today.name[used]
    if previous is not None:
        kept = keep_unions(counted, carriers.of, level & (of < 0), previous, rules)
        of = np.where(kept.of >= 0, len(used) + kept.of, of)
        joint = np.concatenate([joint, kept.joint])
        reason = np.concatenate([reason, kept.reason])
        name = np.concatenate([name, np.full(len(kept.joint), None, dtype=object)])
    size = counted[rules.threshold_basis].to_numpy(np.int64)
    own = np.flatnonzero(level & (of < 0) & (size >= rules.own_union_threshold))
    of[own] = len(joint) + np.arange(len(own))
    rest = np.flatnonzero(level & (of < 0))
    shared = share(standing, rest, rules)
    of[rest] = len(joint) + len(own) + shared.of
    steps = np.array(STEP_REASON, dtype=object)[shared.step]
    return Drawn(
        of=of,
        reason=np.concatenate([reason, np.full(len(own), "own", dtype=object), steps]),
        joint=np.concatenate([joint, np.zeros(len(own), bool), np.ones(len(steps), bool)]),
        name=np.concatenate([name, np.full(len(own) + len(steps), None, dtype=object)]),
        fresh=np.arange(len(joint) + len(own) + len(steps)) >= len(joint) + len(own),
    )


def share(standing: Standing, rest: NDArray[np.int64], rules: OrganisationRules) -> JointUnions:
    """Put the enterprises at ``rest`` into joint unions; see `joint_unions`."""
    counted, carriers = standing.counted, standing.carriers
    pool = Pool(
        x=counted["x"].to_numpy(float)[rest],
        y=counted["y"].to_numpy(float)[rest],
        workers=counted["workers"].to_numpy(np.int64)[rest],
        industry=counted["industry"].to_numpy(dtype=object)[rest],
        unit=counted["unit"].to_numpy(np.int64)[rest],
        carrier=carriers.of[rest],
        street=_streets(counted.iloc[rest], carriers.of[rest], rules),
        coarse=known_roughly(counted)[rest],
    )
    reach: Reach = StraightReach(rules)
    if standing.walking is not None:
        reach = NetworkReach(standing.walking, rest)
    return joint_unions(pool, rules, reach)


def known_roughly(counted: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell whose point stands for a committee or street_town."""
    return counted["accuracy"].isin(COARSE).to_numpy(bool)


def _streets(
    rest: pd.DataFrame, carrier: NDArray[np.int64], rules: OrganisationRules
) -> NDArray[np.int64]:
    """Return the street front, inside one unit, of each self-employed firm outside a carrier; -1 for others."""
    label = np.full(len(rest), -1, dtype=np.int64)
    if not rules.self_employed_in_street_union or "address" not in rest:
        return label
    shop = (rest["ownership"] == "self_employed").to_numpy(bool) & (carrier < 0)
    rows = np.flatnonzero(shop & rest["address"].notna().to_numpy(bool))
    codes, addresses = pd.factorize(rest["address"].iloc[rows])
    known = np.array([street_of(str(text)) for text in addresses], dtype=object)
    street = known[codes] if len(known) else np.empty(0, dtype=object)
    named = street != ""
    rows, street = rows[named], street[named]
    frame = pd.DataFrame({"unit": rest["unit"].to_numpy(np.int64)[rows], "street": street})
    label[rows] = frame.groupby(["unit", "street"], sort=True).ngroup().to_numpy()
    return label
