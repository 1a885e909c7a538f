"""The place value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named point on Earth with the clock people keep there."""

    name: str
    admin1: str = ""
    """State or province: its name where known, else its GeoNames code."""
    country: str = ""
    """ISO 3166 code of two letters; empty for bare coordinates."""
    country_name: str = ""
    latitude_deg: float
    longitude_deg: float
    """East positive."""
    time_zone: str
    """IANA name."""
    population: int = 0

    @property
    def label(self) -> str:
        """The name as people tell it from its namesakes: ``Paris, Texas, US``."""
        is_code = self.admin1 == self.admin1.upper()
        region = "" if is_code or self.admin1 == self.name else self.admin1
        return ", ".join(part for part in (self.name, region, self.country) if part)
