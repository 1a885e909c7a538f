"""Where one satellite is, Earth-fixed: SGP4 on a grid, and polynomials about each grid point.

A low satellite moves so smoothly that a polynomial of degree 8 holds ten minutes of its track to
millimetres; so SGP4 runs every other minute of the window, whoever asks and how often.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sgp4.api import SGP4_ERRORS

from orbit.arguments import A_TIME, check_element_set, check_kind
from orbit.earth import gmst_rad, turn_to_itrs, ut1_minus_utc_s
from orbit.errors import ArgumentError, PropagationError
from tle.columns import Floats, Integers
from tle.elements import ElementSet
from tle.motion.propagation import to_satrec
from tle.motion.uncertainty import Uncertainty, estimate_uncertainty
from tle.times import DAY_MS, JULIAN_1970, SECONDS_PER_DAY, from_ms, to_ms

DEGREE = 8  # of the polynomials
STEP_S = 60
LOW_STEP_S = 120
SCAN_S = 480  # grids stand on multiples of it, whatever the window
LEAST_REACH = 4
ROOM_S = 1800.0  # beyond the window: more than any low pass, or any polynomial, reaches
LOW_PERIOD_S = 128 * 60.0
NEAR_CIRCULAR_ECCENTRICITY = 0.015
MAX_AGE_DAYS = 366  # far from its epoch SGP4 still answers, but with nonsense


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """Polynomials of time for where a satellite is, one about each grid point: a piece.

    Attributes:
        step_s: from one grid point to the next.
        reach: how many grid points a polynomial spans to either side of its own.
        coefficients: shape (pieces, 4, DEGREE + 1), lowest power first: of the Earth-fixed
            coordinates (km) and the squared radius (km^2), as functions of the time from the
            piece's grid point in units of ``reach_s``.
    """

    step_s: int
    reach: int
    coefficients: Floats

    @classmethod
    def through(cls, position_itrs_km: Floats, *, step_s: int, reach: int) -> "Track":
        """Fit the grid points, shape (n, 3); the outermost have no piece of their own."""
        nodes = np.linspace(-1.0, 1.0, 2 * reach + 1)
        fit = np.linalg.pinv(np.vander(nodes, DEGREE + 1, increasing=True))
        squared_radius_km2 = np.einsum("nc,nc->n", position_itrs_km, position_itrs_km)
        samples = np.column_stack([position_itrs_km, squared_radius_km2])
        neighbours = np.lib.stride_tricks.sliding_window_view(samples, len(nodes), axis=0)
        return cls(
            step_s=step_s, reach=reach, coefficients=np.ascontiguousarray(neighbours @ fit.T)
        )

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.coefficients)

    @cached_property
    def columns(self) -> Floats:
        """The coefficients with the pieces last, shape (4, DEGREE + 1, pieces)."""
        return np.ascontiguousarray(np.moveaxis(self.coefficients, 0, -1))

    @property
    def reach_s(self) -> float:
        """Half the span of each polynomial."""
        return float(self.reach * self.step_s)

    def middle_s(self, piece: Integers) -> Floats:
        """Return the times of pieces, from the first grid point."""
        return np.asarray((piece + self.reach) * float(self.step_s))

    def piece_at(self, time_s: Floats) -> Integers:
        """Return the pieces about the nearest grid points."""
        nearest = np.rint(time_s / self.step_s).astype(np.int64) - self.reach
        return np.clip(nearest, 0, len(self) - 1)

    def position_at(self, time_s: Floats) -> Floats:
        """Return Earth-fixed positions (..., 3), km, at times from the first grid point."""
        piece = self.piece_at(time_s)
        x = (time_s - self.middle_s(piece)) / self.reach_s
        coefficients = self.coefficients[piece, :3]
        position = coefficients[..., DEGREE]
        for power in range(DEGREE - 1, -1, -1):
            position = position * x[..., None] + coefficients[..., power]
        return np.asarray(position)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ephemeris:
    """Where one satellite is, Earth-fixed, over a window.

    The grid stands on the same minutes UTC whatever the window, so that a pass comes out the same
    from every window that holds it, but for the rounding of seconds to another origin.

    Attributes:
        element_set: what it was propagated from.
        origin_ms: time of the first grid point, milliseconds since 1970 UTC.
        window_s: start and end of the window, in seconds from the first grid point.
        step_s: from one grid point to the next.
        position_itrs_km: the grid, shape (n, 3).
        uncertainty: how far off event times may be.
    """

    element_set: ElementSet
    origin_ms: int
    window_s: tuple[float, float]
    step_s: int
    position_itrs_km: Floats
    uncertainty: Uncertainty
    _tracks: dict[int, Track] = field(default_factory=dict, init=False, repr=False)

    def track(self, reach: int = LEAST_REACH) -> Track:
        """Return the polynomials that span so many grid points to either side; fitted once."""
        if reach not in self._tracks:
            grid = self.position_itrs_km
            self._tracks[reach] = Track.through(grid, step_s=self.step_s, reach=reach)
        return self._tracks[reach]

    @cached_property
    def radius_km(self) -> Floats:
        """Distance from the Earth's centre at each grid point, shape (n,)."""
        return np.asarray(np.linalg.norm(self.position_itrs_km, axis=1))

    @cached_property
    def scan_itrs(self) -> Floats:
        """Unit vectors to the satellite every ``SCAN_S``, shape (n, 3)."""
        every = SCAN_S // self.step_s
        return self.position_itrs_km[::every] / self.radius_km[::every, None]

    @property
    def days(self) -> float:
        """How long the window is."""
        return (self.window_s[1] - self.window_s[0]) / SECONDS_PER_DAY

    @property
    def culminations_s(self) -> tuple[float, float]:
        """Between which times culminations round to a millisecond of the window."""
        return self.window_s[0] - 0.0005, self.window_s[1] - 0.0005

    def position_at(self, time_s: Floats) -> Floats:
        """Return Earth-fixed positions (..., 3), km, at times from the first grid point."""
        return self.track().position_at(time_s)

    def milliseconds(self, time_s: Floats) -> Integers:
        """Return times as milliseconds since 1970 UTC."""
        return self.origin_ms + np.rint(time_s * 1000.0).astype(np.int64)

    def datetimes(self, time_s: Floats) -> NDArray[np.datetime64]:
        """Return times as ``datetime64[ms]`` UTC; NaT where they are NaN."""
        known = np.isfinite(time_s)
        ms = self.milliseconds(np.where(known, time_s, 0.0))
        return np.where(known, ms.astype("datetime64[ms]"), np.datetime64("NaT", "ms"))

    def datetime_at(self, time_s: float) -> datetime:
        """Return a time as an aware UTC datetime, to the millisecond."""
        return from_ms(self.origin_ms + round(time_s * 1000.0))


def propagate(
    element_set: ElementSet,
    start: datetime,
    end: datetime,
    *,
    uncertainty: Uncertainty | None = None,
) -> Ephemeris:
    """Propagate over a window, and far enough beyond it that its passes are whole.

    That is half an hour to either side, and a revolution more for orbits that are not low.

    Args:
        element_set: of the satellite.
        start: aware; the window holds it...
        end: ...but not this.
        uncertainty: of its event times, from its history; by default that of its class.

    Raises:
        ArgumentError: a time has no time zone, or the window ends before it starts.
        PropagationError: SGP4 gives up on the way, or the window is far from the epoch.
        TypeError: an argument is of another kind.
    """
    check_element_set(element_set)
    if uncertainty is not None:
        check_kind("uncertainty", uncertainty, Uncertainty, "an Uncertainty or None")
    for name, instant in (("start", start), ("end", end)):
        check_kind(name, instant, datetime, A_TIME)
    if start.tzinfo is None or end.tzinfo is None or end < start:
        aware = start.tzinfo is not None and end.tzinfo is not None
        raise ArgumentError(
            f"the window is from {start} to {end}; expected times with a time zone, the end not "
            "before the start" + ("" if aware else f"; a time with a zone is {A_TIME}")
        )
    for instant in (start, end):
        check_age(element_set, instant)
    low = is_low_and_near_circular(element_set)
    # AOS and LOS lie up to a revolution from the culmination; those of low passes not so far.
    margin_s = ROOM_S if low else ROOM_S + element_set.period_s
    start_ms, end_ms = to_ms(start), to_ms(end)
    first_s = math.floor((start_ms / 1000 - margin_s) / SCAN_S) * SCAN_S
    last_s = math.ceil((end_ms / 1000 + margin_s) / SCAN_S) * SCAN_S
    step_s = LOW_STEP_S if low else STEP_S
    return Ephemeris(
        element_set=element_set,
        origin_ms=first_s * 1000,
        window_s=(start_ms / 1000 - first_s, end_ms / 1000 - first_s),
        step_s=step_s,
        position_itrs_km=propagate_to(
            element_set, np.arange(first_s, last_s + 1, step_s) * 1_000_000
        ),
        uncertainty=uncertainty or estimate_uncertainty(element_set),
    )


def is_low_and_near_circular(element_set: ElementSet) -> bool:
    """Tell whether every pass has one culmination and lasts minutes: what the fast path needs."""
    is_low = element_set.period_s <= LOW_PERIOD_S
    return is_low and element_set.eccentricity <= NEAR_CIRCULAR_ECCENTRICITY


def check_age(element_set: ElementSet, instant: datetime) -> None:
    """Raise a PropagationError if a time is so far from the epoch that SGP4 means nothing."""
    if abs(element_set.age_days(instant)) > MAX_AGE_DAYS:
        raise PropagationError(
            norad_id=element_set.norad_id,
            at=f"{instant:%Y-%m-%dT%H:%MZ}",
            reason=f"that is more than {MAX_AGE_DAYS} days from its epoch, "
            f"{element_set.epoch:%Y-%m-%dT%H:%MZ}",
        )


def propagate_to(element_set: ElementSet, unix_us: Integers) -> Floats:
    """Return Earth-fixed positions (n, 3), km, at microseconds since 1970: Rz(GMST82(UT1)) r_TEME.

    Raises:
        PropagationError: SGP4 gives up.
    """
    day, microsecond = np.divmod(unix_us, DAY_MS * 1000)
    jd, fraction = JULIAN_1970 + day, microsecond / (DAY_MS * 1000)
    error, position_teme_km, _ = to_satrec(element_set).sgp4_array(jd, fraction)
    failed = np.flatnonzero((error != 0) | ~np.isfinite(position_teme_km).all(axis=1))
    if failed.size:
        k = int(failed[0])
        at = from_ms(int(unix_us[k]) // 1000)
        raise PropagationError(
            norad_id=element_set.norad_id,
            at=f"{at:%Y-%m-%dT%H:%MZ}",
            reason=f"SGP4 error {error[k]}, {SGP4_ERRORS.get(int(error[k]), 'no position')}",
        )
    theta = gmst_rad(jd, fraction + ut1_minus_utc_s(day, fraction) / SECONDS_PER_DAY)
    return turn_to_itrs(position_teme_km, theta)
