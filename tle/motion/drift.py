"""How far successive element sets of a satellite disagree: what an older one got wrong.

Each older set is propagated to the epoch of the newer one, where the newer one is nearest to the
truth. Apart from ``tle``'s front door because it imports sgp4 and numpy.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from tle.columns import Floats
from tle.elements import ElementSet
from tle.motion.propagation import to_satrec
from tle.times import MINUTES_PER_DAY

if TYPE_CHECKING:
    from sgp4.api import Satrec

_ONE_MINUTE = timedelta(minutes=1)
_REV_PER_DAY = MINUTES_PER_DAY / (2.0 * math.pi)  # in one radian a minute
_NOWHERE = (math.nan,) * 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drifts:
    """What pairs of element sets disagree about at the newer epoch; columns of shape (n,).

    All but the age is NaN where SGP4 cannot propagate the older set so far, or start the newer one.

    Attributes:
        age_days: newer epoch minus older epoch.
        along_track_s: positive where the satellite comes later than the older set says. The angle
            between the positions in the newer orbit plane, of half a turn at most, over the
            angular rate there.
        cross_track_km: how far the two orbit planes lie apart at most, at this radius.
        radial_km: positive where the satellite is higher than the older set says.
        plane_deg: between the orbit planes, 0 to 180.
        mean_motion_change_rev_per_day: newer minus older mean motion; both of SGP4, so of
            Brouwer, the older one with its own drag until then.
    """

    age_days: Floats
    along_track_s: Floats
    cross_track_km: Floats
    radial_km: Floats
    plane_deg: Floats
    mean_motion_change_rev_per_day: Floats


def measure_drifts(older: Sequence[ElementSet], newer: Sequence[ElementSet]) -> Drifts:
    """Compare element sets pair by pair: each older one with what the newer one says, in TEME.

    Args:
        older: of the same satellites and as many as the newer ones; a set may occur many times.
        newer: at whose epochs the pairs are compared. An epoch before the older one is allowed.
    """
    satrecs: dict[int, Satrec] = {}  # by identity: building one costs more than propagating it

    def state(element_set: ElementSet, minutes: float) -> tuple[float, ...]:
        satrec = satrecs.get(id(element_set))
        if satrec is None:
            satrec = satrecs[id(element_set)] = to_satrec(element_set)
        error, position_km, velocity_km_s = satrec.sgp4_tsince(minutes)
        return _NOWHERE if error else (*position_km, *velocity_km_s, satrec.nm)

    minutes = [(new.epoch - old.epoch) / _ONE_MINUTE for old, new in zip(older, newer, strict=True)]
    said = np.array([state(*each) for each in zip(older, minutes, strict=True)]).reshape(-1, 7)
    seen = np.array([state(new, 0.0) for new in newer]).reshape(-1, 7)
    return _compare(np.array(minutes, np.float64) / MINUTES_PER_DAY, said, seen)


def _compare(age_days: Floats, said: Floats, seen: Floats) -> Drifts:
    """Compare states (n, 7): position (km), velocity (km/s), mean motion (rad/min)."""
    lost = np.isnan(said[:, 0]) | np.isnan(seen[:, 0])
    said, seen = (np.where(lost[:, None], np.nan, states) for states in (said, seen))
    momentum_said = np.cross(said[:, 0:3], said[:, 3:6])
    momentum_seen = np.cross(seen[:, 0:3], seen[:, 3:6])
    radius_km = np.linalg.norm(seen[:, 0:3], axis=1)
    momentum = np.linalg.norm(momentum_seen, axis=1)
    ahead = _dot(momentum_seen, np.cross(seen[:, 0:3], said[:, 0:3])) / momentum
    ahead_rad = np.arctan2(ahead, _dot(seen[:, 0:3], said[:, 0:3]))
    plane_rad = np.arctan2(
        np.linalg.norm(np.cross(momentum_seen, momentum_said), axis=1),
        _dot(momentum_seen, momentum_said),
    )
    return Drifts(
        age_days=age_days,
        along_track_s=ahead_rad * radius_km**2 / momentum,
        cross_track_km=radius_km * np.sin(plane_rad),
        radial_km=radius_km - np.linalg.norm(said[:, 0:3], axis=1),
        plane_deg=np.degrees(plane_rad),
        mean_motion_change_rev_per_day=(seen[:, 6] - said[:, 6]) * _REV_PER_DAY,
    )


def _dot(first: Floats, second: Floats) -> Floats:
    return np.asarray(np.einsum("nc,nc->n", first, second))
