"""The name of a pass, as it is first given."""

from datetime import UTC, datetime


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
    latitude_deg, longitude_deg = key
    minute = datetime.fromtimestamp(culmination_ms // 1000, UTC)
    return f"{norad_id}@{latitude_deg:+06.2f}{longitude_deg:+07.2f}@{minute:%Y%m%dT%H%MZ}"
