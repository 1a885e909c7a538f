"""What the benchmarks of orbit/ run on: one satellite, one week, and places to see it from."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from benchmarks.measuring import ELEMENTS, START
from orbit.places import bundled_gazetteer
from tle import ElementSet, parse_elements
from tle.columns import Floats, Integers

SPAN = timedelta(days=7)
END = START + SPAN
SHARE = 50
_SEED = 20261010


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sites:
    """Places at sea level.

    Attributes:
        name: what they are, in words.
        latitude_deg: geodetic, shape (n,).
        longitude_deg: east positive, shape (n,).
    """

    name: str
    latitude_deg: Floats
    longitude_deg: Floats

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.latitude_deg)

    @property
    def degrees(self) -> tuple[Floats, Floats]:
        """Latitudes and longitudes."""
        return self.latitude_deg, self.longitude_deg

    def share(self) -> Integers:
        """Return the rows of at most 50 places, spread evenly over all in order of latitude."""
        step = max(1, len(self) // SHARE)
        return np.argsort(self.latitude_deg, kind="stable")[step // 2 :: step][:SHARE]


def iss() -> ElementSet:
    """Return the satellite."""
    return parse_elements(ELEMENTS.read_bytes(), source="benchmark").sets[0].element_set


def cities(count: int) -> Sites:
    """Return the largest cities."""
    largest = sorted(bundled_gazetteer().cities(), key=lambda city: -city.population)[:count]
    degrees = np.array([(city.latitude_deg, city.longitude_deg) for city in largest])
    return Sites(name=f"{count:,} cities", latitude_deg=degrees[:, 0], longitude_deg=degrees[:, 1])


def points(count: int) -> Sites:
    """Return random points, the same ones each time, as dense near the poles as elsewhere."""
    random = np.random.default_rng(_SEED)
    return Sites(
        name=f"{count:,} points",
        latitude_deg=np.degrees(np.arcsin(random.uniform(-1.0, 1.0, count))),
        longitude_deg=random.uniform(-180.0, 180.0, count),
    )
