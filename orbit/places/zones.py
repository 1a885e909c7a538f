"""The time zone of a point."""

from functools import lru_cache


@lru_cache(maxsize=65_536)  # customers share places
def time_zone_at(latitude_deg: float, longitude_deg: float) -> str:
    """Return the IANA name of the time zone in force at a point, on land or at sea."""
    import tzfpy  # noqa: PLC0415 - unpacks its map of the world when first imported

    return tzfpy.get_tz(longitude_deg, latitude_deg)  # longitude first
