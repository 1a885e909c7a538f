"""The names of passes: a site's, and each pass over it as it is first named."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from orbit.horizon import HorizonMask

MINUTE_MS = 60_000
_KEY_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where people share their passes: a rounded point, and one view of the sky.

    Attributes:
        latitude_deg: on the privacy grid.
        longitude_deg: on the privacy grid; east positive, the date line as 180.
        horizon_mask: in whole degrees; None for an open horizon.
    """

    latitude_deg: float
    longitude_deg: float
    horizon_mask: HorizonMask | None = None

    @classmethod
    def about(
        cls,
        latitude_deg: float,
        longitude_deg: float,
        *,
        grid_deg: float,
        horizon_mask: HorizonMask | None = None,
    ) -> "Site":
        """Round a position to the privacy grid, and what hides the sky there to whole degrees."""
        # + 0.0: no minus zero
        latitude = round(round(latitude_deg / grid_deg) * grid_deg, 4) + 0.0
        longitude = round(round(longitude_deg / grid_deg) * grid_deg, 4) + 0.0
        latitude, longitude = min(max(latitude, -90.0), 90.0), min(max(longitude, -180.0), 180.0)
        return cls(
            latitude_deg=latitude,
            longitude_deg=180.0 if longitude == -180.0 else longitude,  # noqa: PLR2004 - one meridian
            horizon_mask=None if horizon_mask is None else horizon_mask.rounded(),
        )

    @property
    def mask_key(self) -> str:
        """What stands for the mask in names and in the database; empty for an open horizon."""
        return "" if self.horizon_mask is None else _mask_key(self.horizon_mask)

    def pass_id(self, norad_id: int, culmination_ms: int) -> str:
        """Return satellite, site and minute: ``25544@+52.50+013.40@20261010T0412Z``.

        Above a mask its key follows, after ``~``: the pass is not the one of the open horizon. A
        pass keeps the id of its first planning; a later element set may move it to another minute.
        """
        point = _point(self.latitude_deg, self.longitude_deg)
        name = f"{norad_id}@{point}@{_minute(culmination_ms // MINUTE_MS)}"
        return f"{name}~{mask_key}" if (mask_key := self.mask_key) else name


@lru_cache
def _mask_key(horizon_mask: HorizonMask) -> str:
    return sha256(horizon_mask.text.encode()).hexdigest()[:_KEY_DIGITS]


# Many passes are over one site, and many sites have passes in the same minutes of two weeks.
@lru_cache(maxsize=20_000)
def _point(latitude_deg: float, longitude_deg: float) -> str:
    return f"{latitude_deg:+06.2f}{longitude_deg:+07.2f}"


@lru_cache(maxsize=20_000)
def _minute(minutes: int) -> str:
    return f"{datetime.fromtimestamp(minutes * 60, UTC):%Y%m%dT%H%MZ}"
