"""Where one satellite is, Earth-fixed: SGP4 on a grid, and polynomials between the points.

A low satellite moves so smoothly that the polynomial of degree 9 through +-10 minutes of its track
is right to a millimetre; so SGP4 runs once a minute of the window, whoever asks and how often.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from sgp4.api import SGP4_ERRORS

from orbit.earth import (
    EQUATORIAL_RADIUS_KM,
    JULIAN_1970,
    SECONDS_PER_DAY,
    Floats,
    Integers,
    gmst_rad,
    turn_to_itrs,
    ut1_minus_utc_s,
)
from orbit.errors import PropagationError
from tle.elements import ElementSet
from tle.propagation import to_satrec

STEP_S = 60
DEGREE = 9
MIN_THRESHOLD_DEG = -5.0  # what a balcony on a mountain may see
MAX_AGE_DAYS = 366  # far from its epoch SGP4 still answers, but with nonsense
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Ephemeris:
    """The Earth-fixed track of one satellite over a window.

    The grid stands on whole minutes UTC whatever the window, so that a pass comes out the same,
    to the last bit, from every window that holds it.

    Attributes:
        element_set: what it was propagated from.
        origin_ms: time of the first grid point, milliseconds since 1970 UTC.
        window_s: start and end of the window, in seconds from the first grid point.
        position_itrs_km: the grid, one point every ``STEP_S``, shape (n, 3).
        reach: how many grid points the polynomial about each point spans to either side.
    """

    element_set: ElementSet
    origin_ms: int
    window_s: tuple[float, float]
    position_itrs_km: Floats
    reach: int

    @property
    def pieces(self) -> range:
        """The grid points that have a polynomial about them."""
        return range(self.reach, len(self.position_itrs_km) - self.reach)

    @cached_property
    def radius_km(self) -> Floats:
        """Distance from the Earth's centre at each grid point, shape (n,)."""
        return np.asarray(np.linalg.norm(self.position_itrs_km, axis=1))

    @cached_property
    def coefficients(self) -> Floats:
        """Polynomials about each piece, shape (pieces, 4, DEGREE + 1), lowest power first.

        The variable is the time from the piece's grid point in units of ``reach * STEP_S``. The
        first three are the coordinates (km), the fourth is the squared radius (km^2).
        """
        nodes = np.linspace(-1.0, 1.0, 2 * self.reach + 1)
        fit = np.linalg.pinv(np.vander(nodes, DEGREE + 1, increasing=True))
        samples = np.column_stack([self.position_itrs_km, self.radius_km**2])
        neighbourhoods = np.lib.stride_tricks.sliding_window_view(samples, len(nodes), axis=0)
        return np.ascontiguousarray(neighbourhoods @ fit.T)

    @property
    def reach_s(self) -> float:
        """Half the span of each polynomial."""
        return float(self.reach * STEP_S)

    def position_at(self, time_s: Floats) -> Floats:
        """Return Earth-fixed positions (n, 3), km, at times from the first grid point."""
        piece = self.piece_at(time_s)
        x = (time_s - (piece + self.reach) * STEP_S) / self.reach_s
        coefficients = self.coefficients[piece, :3]
        position = coefficients[..., DEGREE]
        for power in range(DEGREE - 1, -1, -1):
            position = position * x[..., None] + coefficients[..., power]
        return np.asarray(position)

    def piece_at(self, time_s: Floats) -> Integers:
        """Return the index, among the pieces, of the one about the nearest grid point."""
        nearest = np.rint(time_s / STEP_S).astype(np.int64) - self.reach
        return np.clip(nearest, 0, len(self.pieces) - 1)

    def milliseconds(self, time_s: Floats) -> Integers:
        """Return times as milliseconds since 1970 UTC."""
        return self.origin_ms + np.rint(time_s * 1000.0).astype(np.int64)

    def datetime_at(self, time_s: float) -> datetime:
        """Return a time as an aware UTC datetime, to the millisecond."""
        return _UNIX_EPOCH + timedelta(milliseconds=self.origin_ms + round(time_s * 1000.0))


def propagate(element_set: ElementSet, start: datetime, end: datetime) -> Ephemeris:
    """Propagate over a window, and far enough beyond it that its passes are whole.

    Raises:
        PropagationError: SGP4 gives up on the way, or the window is far from the epoch.
    """
    for instant in (start, end):
        if abs(element_set.age_days(instant)) > MAX_AGE_DAYS:
            raise PropagationError(
                norad_id=element_set.norad_id,
                at=f"{instant:%Y-%m-%dT%H:%MZ}",
                reason=f"that is more than {MAX_AGE_DAYS} days from its epoch, "
                f"{element_set.epoch:%Y-%m-%dT%H:%MZ}",
            )
    reach = _reach(element_set)
    # A pass may begin one revolution before its culmination; its polynomial needs room on top.
    margin_s = element_set.period_s + (reach + 1) * STEP_S
    start_ms, end_ms = ((t - _UNIX_EPOCH) // timedelta(milliseconds=1) for t in (start, end))
    first = math.floor((start_ms / 1000 - margin_s) / STEP_S)
    last = math.ceil((end_ms / 1000 + margin_s) / STEP_S)
    origin_ms = first * STEP_S * 1000
    return Ephemeris(
        element_set=element_set,
        origin_ms=origin_ms,
        window_s=((start_ms - origin_ms) / 1000, (end_ms - origin_ms) / 1000),
        position_itrs_km=_position_itrs_km(element_set, np.arange(first, last + 1)),
        reach=reach,
    )


def _reach(element_set: ElementSet) -> int:
    """Return the grid points to either side that hold any pass, at the lowest threshold."""
    if not is_low_and_near_circular(element_set):
        return 5
    semi_major_axis_km = (398_600.8 * (element_set.period_s / (2 * math.pi)) ** 2) ** (1 / 3)
    apogee_km = semi_major_axis_km * (1 + element_set.eccentricity) + 30.0
    dip_rad = math.radians(-MIN_THRESHOLD_DEG)
    cos_sight = EQUATORIAL_RADIUS_KM * math.cos(dip_rad) / apogee_km
    half_arc_rad = math.acos(min(cos_sight, 1.0)) + dip_rad
    # Relative to the turning Earth the arc takes longer, by up to an eighth below 128 minutes.
    half_pass_s = element_set.period_s * half_arc_rad / (2 * math.pi) * 1.15
    return math.ceil(half_pass_s / STEP_S) + 2


def is_low_and_near_circular(element_set: ElementSet) -> bool:
    """Tell whether every pass has one culmination and lasts minutes: what the fast path needs."""
    return element_set.eccentricity <= 0.03 and element_set.period_s <= 128 * 60  # noqa: PLR2004


def _position_itrs_km(element_set: ElementSet, minute: Integers) -> Floats:
    """Return positions (n, 3) at grid points counted from 1970: Rz(GMST82(UT1)) r_TEME."""
    per_day = SECONDS_PER_DAY / STEP_S
    day, point = np.divmod(minute, int(per_day))
    jd, fraction = JULIAN_1970 + day, point / per_day
    error, position_teme_km, _ = to_satrec(element_set).sgp4_array(jd, fraction)
    if error.any():
        k = int(np.flatnonzero(error)[0])
        at = _UNIX_EPOCH + timedelta(seconds=int(minute[k]) * STEP_S)
        raise PropagationError(
            norad_id=element_set.norad_id,
            at=f"{at:%Y-%m-%dT%H:%MZ}",
            reason=f"SGP4 error {error[k]}, {SGP4_ERRORS[int(error[k])]}",
        )
    theta = gmst_rad(jd, fraction + ut1_minus_utc_s(day, fraction) / SECONDS_PER_DAY)
    return turn_to_itrs(position_teme_km, theta)
