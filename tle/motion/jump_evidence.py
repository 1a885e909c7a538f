"""What two element sets of a satellite differ by, beside what would be ordinary and possible.

Columns of shape (n,), one row a pair; ``tle.motion.jump`` draws the conclusions. Where SGP4 cannot
carry the older set to the newer epoch, the elements themselves are compared, and along the track
nothing.
docs/decisions/0008-jump-check.md has the figures behind the limits. Sources: Hoots and Roehrich,
Spacetrack Report #3 (drag); Edelbaum 1961 (between circular orbits far apart, the change of speed
under low thrust is the difference of their speeds).
"""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from tle.columns import Flags, Floats
from tle.elements import ElementSet
from tle.motion.constants import EARTH_RADIUS_KM, GM_KM3_PER_S2, J2
from tle.motion.drift import measure_drifts
from tle.motion.propagation import to_satrec
from tle.times import MINUTES_PER_DAY, SECONDS_PER_DAY

DRAG_DAYS = 3.0
"""Over which drag terms are compared by what they do."""

# What is ordinary.
_NOISE_REVOLUTIONS = 1.0 / 5_400.0  # 1 s in low orbits, 16 s (50 km) in the geostationary
_QUIET_S_PER_DAY2 = 0.2
_DRAG_CHANGES = 3.0  # drag may turn out wrong by this many times what the sets give
_NOISE_PLANE_DEG, _NOISE_PLANE_DEG_PER_DAY = 0.1, 0.02
_NOISE_ECCENTRICITY, _NOISE_ECCENTRICITY_PER_DAY = 1e-3, 2e-4
_NOISE_DRAG_S = 10.0

# What is possible.
_BURNS_M_PER_S, _THRUST_M_PER_S_PER_DAY = 100.0, 15.0
_TRANSFER_BURNS_M_PER_S, _TRANSFER_ECCENTRICITY = 2_000.0, 0.1
_LEAST_AGE_DAYS = 0.25  # sets less apart rest on the same observations, and correct each other


class Orbits:
    """Element sets as columns, with what follows from each alone."""

    def __init__(self, element_sets: Sequence[ElementSet]) -> None:
        """Take the sets apart."""
        table = np.array(
            [
                (
                    each.mean_motion_rev_per_day,
                    each.eccentricity,
                    math.radians(each.inclination_deg),
                    math.radians(each.raan_deg),
                    each.bstar_per_earth_radius,
                )
                for each in element_sets
            ]
        ).reshape(-1, 5)
        self.motion_rev_per_day, self.eccentricity, *angles, self.bstar = table.T
        self.inclination_rad, self.raan_rad = angles
        self.speed_km_s = speed_km_s(self.motion_rev_per_day)
        self.axis_km = GM_KM3_PER_S2 / self.speed_km_s**2
        self.perigee_km = self.axis_km * (1.0 - self.eccentricity) - EARTH_RADIUS_KM

    @cached_property
    def apogee_speed_km_s(self) -> Floats:
        """The speed where it is least."""
        shape = (1.0 - self.eccentricity) / (1.0 + self.eccentricity)
        return np.asarray(self.speed_km_s * np.sqrt(shape))

    @cached_property
    def node_rad_per_day(self) -> Floats:
        """The secular motion of the node, to first order in J2."""
        parameter = self.axis_km * (1.0 - self.eccentricity**2) / EARTH_RADIUS_KM
        rate = -1.5 * J2 * math.tau * self.motion_rev_per_day / parameter**2
        return np.asarray(rate * np.cos(self.inclination_rad))

    @cached_property
    def air_per_day(self) -> Floats:
        """The share by which a drag term of 1 raises the mean motion in a day, to a fifth.

        Three times C2 of Spacetrack Report #3, without its J2 term.
        """
        s_km = np.clip(self.perigee_km - 78.0, 20.0, 78.0)
        axis = self.axis_km / EARTH_RADIUS_KM
        xi = 1.0 / np.maximum(axis - 1.0 - s_km / EARTH_RADIUS_KM, 1e-3)
        eta = axis * self.eccentricity * xi
        c2 = ((120.0 - s_km) / EARTH_RADIUS_KM * xi) ** 4 * math.tau * self.motion_rev_per_day
        c2 *= axis * (1.0 + 1.5 * eta**2 + self.eccentricity * eta * (4.0 + eta**2))
        return np.asarray(3.0 * c2 / np.abs(1.0 - eta**2) ** 3.5)


class Evidence:
    """Pairs of element sets, compared at the newer epoch."""

    def __init__(self, older: Sequence[ElementSet], newer: Sequence[ElementSet]) -> None:
        """Compare pair by pair."""
        self.old, self.new = Orbits(older), Orbits(newer)
        self._newer = newer
        drifts = measure_drifts(older, newer)
        self.age_days = drifts.age_days
        self.along_track_s = drifts.along_track_s
        self.cross_track_km = drifts.cross_track_km
        self.motion_change_rev_per_day = _known(
            drifts.mean_motion_change_rev_per_day,
            self.new.motion_rev_per_day - self.old.motion_rev_per_day,
        )
        self.plane_deg = _known(drifts.plane_deg, self._secular_plane_deg())
        self.perigee_km = self.new.perigee_km
        self.bstar, self.bstar_before = self.new.bstar, self.old.bstar

    @cached_property
    def cannot_start(self) -> Flags:
        """Whether SGP4 cannot even begin with the newer set."""
        fails = np.isnan(self.along_track_s)
        lost = np.flatnonzero(fails).tolist()
        fails[lost] = [to_satrec(self._newer[row]).sgp4_tsince(0.0)[0] != 0 for row in lost]
        return fails

    def _secular_plane_deg(self) -> Floats:
        """The angle between the planes; the older one turned at its own rate until now."""
        old, new = self.old, self.new
        node_rad = new.raan_rad - old.raan_rad - old.node_rad_per_day * self.age_days
        cosine = np.cos(old.inclination_rad) * np.cos(new.inclination_rad)
        cosine += np.sin(old.inclination_rad) * np.sin(new.inclination_rad) * np.cos(node_rad)
        return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

    # --- drag ---

    @cached_property
    def _drag_per_day(self) -> Floats:
        """The share by which drag may raise the mean motion in a day, where the old set flies.

        With the larger of both drag terms. (In the air of the newer set, any low orbit would be
        its own excuse.)
        """
        bstar = np.maximum(np.abs(self.bstar), np.abs(self.bstar_before))
        return np.asarray(bstar * self.old.air_per_day)

    @cached_property
    def drag_change_s(self) -> Floats:
        """How far the change of the drag term alone moves the satellite in DRAG_DAYS."""
        return np.asarray((self.bstar - self.bstar_before) * self._drag_s_per_bstar)

    @cached_property
    def ordinary_drag_s(self) -> Floats:
        """The change that weather explains; no weather makes a drag term negative."""
        weather_s = _DRAG_CHANGES * np.abs(self.bstar_before) * self._drag_s_per_bstar
        return np.asarray(_NOISE_DRAG_S + np.where(self.bstar > 0.0, weather_s, 0.0))

    @cached_property
    def _drag_s_per_bstar(self) -> Floats:
        return np.asarray(self.new.air_per_day * DRAG_DAYS**2 / 2.0 * SECONDS_PER_DAY)

    # --- along the track ---

    @cached_property
    def ordinary_s(self) -> Floats:
        """How late or early a satellite may be that nobody has touched."""
        drag_s_per_day2 = _DRAG_CHANGES * self._drag_per_day / 2.0 * SECONDS_PER_DAY
        noise_s = _NOISE_REVOLUTIONS * SECONDS_PER_DAY / self.old.motion_rev_per_day
        return np.asarray(noise_s + (_QUIET_S_PER_DAY2 + drag_s_per_day2) * self.age_days**2)

    @cached_property
    def _beyond_drag_rev_per_day(self) -> Floats:
        """The change of mean motion that is left when drag has changed as much as it may."""
        change, old = self.motion_change_rev_per_day, self.old
        ceased = np.maximum(old.bstar * old.air_per_day, 0.0)
        grown = _DRAG_CHANGES * self._drag_per_day
        in_a_day = np.where(change < 0.0, ceased, grown) * old.motion_rev_per_day
        size = np.maximum(np.abs(change) - in_a_day * self.age_days, 0.0)
        return np.asarray(np.copysign(size, change))

    @cached_property
    def speed_change_m_s(self) -> Floats:
        """The burn which that comes to; positive: forwards."""
        before = self.new.motion_rev_per_day - self._beyond_drag_rev_per_day
        return np.asarray(1e3 * (speed_km_s(before) - self.new.speed_km_s))

    @cached_property
    def _reach_s(self) -> Floats:
        """How late the satellite is if its mean motion changed at the older epoch."""
        turns_per_day = -self.motion_change_rev_per_day / self.new.motion_rev_per_day
        return np.asarray(turns_per_day * self.age_days * SECONDS_PER_DAY)

    @cached_property
    def late_s_per_min(self) -> Floats:
        """How fast the change of mean motion makes the satellite late or early, without its sign.

        0 where that says nothing: in transfers, and when the drift may have gone around.
        """
        turns_per_day = self.motion_change_rev_per_day / self.new.motion_rev_per_day
        says_nothing = self._is_anywhere | self._is_transfer
        return np.where(
            says_nothing, 0.0, np.abs(turns_per_day) * SECONDS_PER_DAY / MINUTES_PER_DAY
        )

    @cached_property
    def _return_burn_m_s(self) -> Floats:
        """The least burns that move the satellite along its orbit and leave it in the same.

        Only for the part of the way to which the change of mean motion, made at any time since the
        older epoch, does not lead.
        """
        least_s, most_s = np.minimum(self._reach_s, 0.0), np.maximum(self._reach_s, 0.0)
        out_s = np.abs(self.along_track_s - np.clip(self.along_track_s, least_s, most_s))
        out_s = np.maximum(_known(out_s, 0.0) - self.ordinary_s, 0.0)
        out_s = np.where(self._is_anywhere, 0.0, out_s)
        drift = out_s / SECONDS_PER_DAY / np.maximum(self.age_days, _LEAST_AGE_DAYS)
        return np.asarray(1e3 * 2.0 * drift * self.new.speed_km_s / 3.0)

    @cached_property
    def _is_anywhere(self) -> Flags:
        """Whether the change of mean motion may have led to any place on the orbit."""
        return np.asarray(
            np.abs(self._reach_s) > SECONDS_PER_DAY / self.new.motion_rev_per_day / 2.0
        )

    # --- shape and plane ---

    @cached_property
    def eccentricity_change(self) -> Floats:
        """Without its sign."""
        return np.asarray(np.abs(self.new.eccentricity - self.old.eccentricity))

    @cached_property
    def ordinary_eccentricity(self) -> Floats:
        """Beyond it, the eccentricity has changed."""
        return np.asarray(_NOISE_ECCENTRICITY + _NOISE_ECCENTRICITY_PER_DAY * self.age_days)

    @cached_property
    def turned_deg(self) -> Floats:
        """How far the plane is turned beyond what two heights, two speeds of the node, explain.

        When the height was changed is not known.
        """
        rates = np.abs(self.new.node_rad_per_day - self.old.node_rad_per_day)
        explained_rad = rates * np.sin(self.new.inclination_rad) * self.age_days
        return np.asarray(np.maximum(self.plane_deg - np.degrees(explained_rad), 0.0))

    @cached_property
    def ordinary_turn_deg(self) -> Floats:
        """Beyond it, the plane has turned."""
        return np.asarray(_NOISE_PLANE_DEG + _NOISE_PLANE_DEG_PER_DAY * self.age_days)

    # --- all of it ---

    @cached_property
    def burn_m_s(self) -> Floats:
        """The least change of speed that makes the newer orbit of the older one.

        Height and shape take one burn, the place along the track two more, and the plane is turned
        where that is cheapest, at the apogee.
        """
        shape_m_s = 1e3 * self.eccentricity_change * self.new.speed_km_s / 2.0
        in_plane_m_s = np.maximum(np.abs(self.speed_change_m_s), shape_m_s) + self._return_burn_m_s
        slowest_km_s = np.minimum(self.old.apogee_speed_km_s, self.new.apogee_speed_km_s)
        return np.hypot(
            in_plane_m_s, 2e3 * slowest_km_s * np.sin(np.radians(self.turned_deg) / 2.0)
        )

    @cached_property
    def possible_burn_m_s(self) -> Floats:
        """What engines may have done since the older epoch."""
        burns_m_s = np.where(self._is_transfer, _TRANSFER_BURNS_M_PER_S, _BURNS_M_PER_S)
        return np.asarray(burns_m_s + _THRUST_M_PER_S_PER_DAY * self.age_days)

    @cached_property
    def _is_transfer(self) -> Flags:
        eccentricity = np.maximum(self.old.eccentricity, self.new.eccentricity)
        return np.asarray(eccentricity > _TRANSFER_ECCENTRICITY)


def speed_km_s(motion_rev_per_day: Floats) -> Floats:
    """Return the speed of circular orbits of a mean motion."""
    return np.cbrt(GM_KM3_PER_S2 * math.tau * motion_rev_per_day / SECONDS_PER_DAY)


def _known(values: Floats, otherwise: Floats | float) -> Floats:
    return np.where(np.isnan(values), otherwise, values)
