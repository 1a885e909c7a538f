"""The element set: one satellite's mean orbit at one instant.

TLE, 3LE and OMM are formats of this value; whichever it came in, equal numbers make equal sets.
The theory that gives them meaning is SGP4 (Spacetrack Report #3; AIAA 2006-6753).
"""

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from tle.errors import ElementError
from tle.times import SECONDS_PER_DAY, to_ms

MAX_NORAD_ID = 999_999_999
"""CCSDS 502.0-B-3 leaves nine digits to the catalog number."""

_NO_OFFSET = timedelta(0)
_FIRST_EPOCH = datetime(1957, 1, 1, tzinfo=UTC)
_LAST_EPOCH = datetime(2100, 1, 1, tzinfo=UTC)
_MAX_MEAN_MOTION_REV_PER_DAY = 18.0  # an orbit at the Earth's surface makes 17.04
_SGP4_EPHEMERIS_TYPES = range(4)  # 4 is SGP4-XP, whose elements SGP4 would propagate wrongly

_REAL_FIELDS = (
    "mean_motion_rev_per_day",
    "eccentricity",
    "inclination_deg",
    "raan_deg",
    "argument_of_perigee_deg",
    "mean_anomaly_deg",
    "mean_motion_dot_rev_per_day2",
    "mean_motion_ddot_rev_per_day3",
    "bstar_per_earth_radius",
)
_reals_of = attrgetter(*_REAL_FIELDS)


def _is_within_a_turn(angle_deg: float) -> bool:
    return -360.0 <= angle_deg <= 360.0  # noqa: PLR2004 - a full turn


def _is_within_half_a_turn(angle_deg: float) -> bool:
    return 0.0 <= angle_deg <= 180.0  # noqa: PLR2004 - half a turn


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


_LIMITS: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    *((field, "a finite number", math.isfinite) for field in _REAL_FIELDS),
    (
        "norad_id",
        f"a catalog number from 1 to {MAX_NORAD_ID}",
        lambda number: 1 <= number <= MAX_NORAD_ID,
    ),
    ("name", "printable characters", str.isprintable),
    ("international_designator", "printable ASCII characters", _is_plain),
    ("classification", "printable ASCII characters", _is_plain),
    (
        "epoch",
        "an aware UTC time from 1957 to 2099",
        lambda epoch: epoch.utcoffset() == _NO_OFFSET and _FIRST_EPOCH <= epoch < _LAST_EPOCH,
    ),
    (
        "mean_motion_rev_per_day",
        f"more than 0 and at most {_MAX_MEAN_MOTION_REV_PER_DAY:g}",
        lambda motion: 0.0 < motion <= _MAX_MEAN_MOTION_REV_PER_DAY,
    ),
    ("eccentricity", "0 or more and less than 1", lambda e: 0.0 <= e < 1.0),
    ("inclination_deg", "0 to 180", _is_within_half_a_turn),
    ("raan_deg", "-360 to 360", _is_within_a_turn),
    ("argument_of_perigee_deg", "-360 to 360", _is_within_a_turn),
    ("mean_anomaly_deg", "-360 to 360", _is_within_a_turn),
    (
        "ephemeris_type",
        "0 to 3, which SGP4 propagates",
        lambda number: number in _SGP4_EPHEMERIS_TYPES,
    ),
)
"""What any orbit about the Earth can have: field, the limit in words, the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSet:
    """Mean elements of one satellite in the TEME frame, for SGP4.

    Raises:
        ElementError: a value is outside what any orbit about the Earth can have.
    """

    norad_id: int
    name: str
    """A label, empty when the source gives none; only ``norad_id`` identifies."""
    international_designator: str
    """Such as ``1998-067A``; empty when unknown."""
    classification: str
    epoch: datetime
    """Aware, UTC, to the microsecond."""
    mean_motion_rev_per_day: float
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    argument_of_perigee_deg: float
    mean_anomaly_deg: float
    mean_motion_dot_rev_per_day2: float
    """Half the first derivative of mean motion, as TLE and OMM carry it."""
    mean_motion_ddot_rev_per_day3: float
    """A sixth of the second derivative of mean motion, as TLE and OMM carry it."""
    bstar_per_earth_radius: float
    element_set_no: int
    revolution_at_epoch: int
    ephemeris_type: int
    synthetic: bool = False
    """Whether it was designed (``tle.motion.design``), and is of no satellite that flies."""

    def __post_init__(self) -> None:
        for field, expected, holds in _LIMITS:
            value = getattr(self, field)
            try:
                possible = holds(value)
            except (AttributeError, TypeError):  # not even of the kind that has limits
                possible = False
            if not possible:
                raise ElementError(field=field, value=value, expected=expected)

    @property
    def epoch_ms(self) -> int:
        """The epoch in whole milliseconds since 1970, UTC."""
        return to_ms(self.epoch)

    @property
    def period_s(self) -> float:
        """One revolution, in seconds, at the epoch."""
        return SECONDS_PER_DAY / self.mean_motion_rev_per_day

    @property
    def content_hash(self) -> str:
        """SHA-256, in hex, of all but ``name`` and ``synthetic``.

        Equal for equal orbits in any format.
        """
        content = (
            str(self.norad_id),
            self.international_designator,
            self.classification,
            self.epoch.isoformat(timespec="microseconds"),
            *[repr(value + 0.0) for value in _reals_of(self)],  # + 0.0: no minus zero
            str(self.element_set_no),
            str(self.revolution_at_epoch),
            str(self.ephemeris_type),
        )
        return hashlib.sha256("\n".join(content).encode()).hexdigest()

    def age_days(self, at: datetime) -> float:
        """Return how old the set is at an aware instant, in days; negative before its epoch."""
        return (at - self.epoch) / timedelta(days=1)


def newest_by_satellite(element_sets: Iterable[ElementSet]) -> dict[int, ElementSet]:
    """Return the set of the newest epoch of each satellite, by catalog number.

    A store chooses by more than that: see ``tle.versions.in_force``.

    Args:
        element_sets: in the order of their file; of those whose epochs agree to the millisecond,
            the later one wins.
    """
    newest: dict[int, ElementSet] = {}
    for element_set in element_sets:
        known = newest.get(element_set.norad_id, element_set)
        if element_set.epoch_ms >= known.epoch_ms:
            newest[element_set.norad_id] = element_set
    return newest
