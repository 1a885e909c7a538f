"""The name of a pass, as it is first given (docs/decisions and the glossary: ``pass_id``)."""

from datetime import UTC, datetime


def observer_key(
    latitude_deg: float, longitude_deg: float, grid_deg: float
) -> tuple[float, float]:
    """Round a position to the privacy grid; 180 degrees west is 180 degrees east."""
    steps = round(1 / grid_deg)
    latitude = round(round(latitude_deg * steps) / steps, 4) + 0.0  # + 0.0: no minus zero
    longitude = round(round(longitude_deg * steps) / steps, 4) + 0.0
    return latitude, 180.0 if longitude == -180.0 else longitude  # noqa: PLR2004


def new_pass_id(norad_id: int, key: tuple[float, float], culmination_ms: int) -> str:
    """Return satellite, observer key and culmination minute: ``25544@+52.50+013.40@20261010T0412Z``.

    A pass keeps the id of its first planning; a later element set may move it to another minute.
    """
    latitude_deg, longitude_deg = key
    minute = datetime.fromtimestamp(culmination_ms // 1000, UTC)
    return f"{norad_id}@{latitude_deg:+06.2f}{longitude_deg:+07.2f}@{minute:%Y%m%dT%H%MZ}"
