"""From a satellite of Skyfield to an element set: the numbers are in its SGP4 model."""

import math
from datetime import timedelta
from typing import Any, Protocol

from tle.elements import ElementSet
from tle.formats.base import clean_name, is_marked
from tle.formats.tle_columns import read_designator
from tle.times import JULIAN_1970, MINUTES_PER_DAY, UNIX_EPOCH

_DIGITS = 14  # of a float's 16: what converting to radians and back leaves untouched


class SkyfieldSatellite(Protocol):
    """What is read of a ``skyfield.api.EarthSatellite``."""

    name: str | None
    model: Any
    """A ``sgp4.api.Satrec``."""


def from_skyfield(satellite: SkyfieldSatellite) -> ElementSet:
    """Return the element set that a Skyfield satellite was made from.

    Equal in content to the set that ``parse_elements`` makes of the same TLE or OMM, as long as no
    number there has more than 14 digits.

    Args:
        satellite: a ``skyfield.api.EarthSatellite``.

    Raises:
        ElementError: it has a value that no element set has, such as no catalog number.
        TypeError: it is no Skyfield satellite.
    """
    if not hasattr(getattr(satellite, "model", None), "no_kozai"):
        raise TypeError(
            f"expected a skyfield.api.EarthSatellite, got {type(satellite).__name__}; "
            "for a file there is read_elements"
        )
    model, name = satellite.model, clean_name(satellite.name or "")
    days = timedelta(days=model.jdsatepoch - JULIAN_1970)
    unit = 2.0 * math.pi / MINUTES_PER_DAY  # a revolution a day, in radians a minute
    return ElementSet(
        norad_id=model.satnum,
        name=name,
        international_designator=read_designator(model.intldesg.strip()),
        classification=model.classification,
        epoch=UNIX_EPOCH + days + timedelta(days=model.jdsatepochF),
        mean_motion_rev_per_day=_as_written(model.no_kozai / unit),
        eccentricity=_as_written(model.ecco),
        inclination_deg=_as_written(math.degrees(model.inclo)),
        raan_deg=_as_written(math.degrees(model.nodeo)),
        argument_of_perigee_deg=_as_written(math.degrees(model.argpo)),
        mean_anomaly_deg=_as_written(math.degrees(model.mo)),
        mean_motion_dot_rev_per_day2=_as_written(model.ndot / unit * MINUTES_PER_DAY),
        mean_motion_ddot_rev_per_day3=_as_written(model.nddot / unit * MINUTES_PER_DAY**2),
        bstar_per_earth_radius=_as_written(model.bstar),
        element_set_no=model.elnum,
        revolution_at_epoch=model.revnum,
        ephemeris_type=model.ephtype,
        synthetic=is_marked(name),
    )


def _as_written(value: float) -> float:
    """Return the decimal number that a file had before it was converted."""
    return float(f"{value:.{_DIGITS}g}")
