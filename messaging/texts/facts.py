"""What a text may know: of a pass, a place and a customer.

Apart from rendering, so that knowing a fact costs neither Jinja nor Babel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFacts:
    """One pass as seen from the customer's place; times are aware.

    ``aos`` and ``los`` with their azimuths are ``None`` for a satellite that does not cross the
    threshold; the names that depend on them are then not defined in a text.
    """

    satellite: str
    norad_id: int
    aos: datetime | None
    culmination: datetime
    los: datetime | None
    aos_azimuth_deg: float | None
    culmination_azimuth_deg: float
    los_azimuth_deg: float | None
    culmination_elevation_deg: float
    culmination_range_km: float
    duration_s: float
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """Where the customer is, as far as a text may know."""

    city: str
    country: str
    time_zone: str
    """IANA name of the zone in which times are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """Who the customer is, as far as a text may know; its repr keeps that to itself."""

    name: str = field(repr=False)
    language: str
    """BCP 47 tag; anything unknown means the campaign's default language."""
    attributes: Mapping[str, str] = field(repr=False)
