"""The name of a pass, as it is first given."""

from datetime import UTC, datetime
from functools import lru_cache

MINUTE_MS = 60_000
GRID_DEG = 0.1
"""The privacy grid of the ids, unless the settings have another."""


def observer_key(latitude_deg: float, longitude_deg: float, grid_deg: float) -> tuple[float, float]:
    """Round a position to the privacy grid; 180 degrees west is 180 degrees east."""
    # + 0.0: no minus zero
    latitude = round(round(latitude_deg / grid_deg) * grid_deg, 4) + 0.0
    longitude = round(round(longitude_deg / grid_deg) * grid_deg, 4) + 0.0
    latitude, longitude = min(max(latitude, -90.0), 90.0), min(max(longitude, -180.0), 180.0)
    return latitude, 180.0 if longitude == -180.0 else longitude  # noqa: PLR2004


def new_pass_id(norad_id: int, key: tuple[float, float], culmination_ms: int) -> str:
    """Return satellite, place and minute: ``25544@+52.50+013.40@20261010T0412Z``.

    A pass keeps the id of its first planning; a later element set may move it to another minute.
    """
    return f"{norad_id}@{_place(*key)}@{_minute(culmination_ms // MINUTE_MS)}"


# Many passes are over one place, and many places have passes in the same minutes of two weeks.
@lru_cache(maxsize=20_000)
def _place(latitude_deg: float, longitude_deg: float) -> str:
    return f"{latitude_deg:+06.2f}{longitude_deg:+07.2f}"


@lru_cache(maxsize=20_000)
def _minute(minutes: int) -> str:
    return f"{datetime.fromtimestamp(minutes * 60, UTC):%Y%m%dT%H%MZ}"
