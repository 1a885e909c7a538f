"""What one observer sees of a satellite's track: two polynomials of time."""

from dataclasses import dataclass

import numpy as np

from orbit.earth import Floats, Integers
from orbit.ephemeris import DEGREE, Ephemeris
from orbit.observers import Observers

EXTREME_STEPS = 4


@dataclass(frozen=True, slots=True)
class Arc:
    """The two polynomials of each pass, shape (DEGREE + 1, n), lowest power first.

    Attributes:
        height_km: of the satellite above the plane of the observer's horizon.
        squared_range_km2: squared distance from the observer.
    """

    height_km: Floats
    squared_range_km2: Floats

    @classmethod
    def of(
        cls, ephemeris: Ephemeris, observers: Observers, observer: Integers, piece: Integers
    ) -> "Arc":
        """Reduce the track about each piece to what the observer sees of it."""
        track = ephemeris.coefficients[piece]
        up, position = observers.up_itrs[observer], observers.position_itrs_km[observer]
        height = np.einsum("nc,ncd->dn", up, track[:, :3])
        height[0] -= np.einsum("nc,nc->n", up, position)
        squared = track[:, 3].T - 2.0 * np.einsum("nc,ncd->dn", position, track[:, :3])
        squared[0] += np.einsum("nc,nc->n", position, position)
        return cls(height, squared)

    def take(self, rows: Integers) -> "Arc":
        """Return the chosen passes."""
        return Arc(self.height_km[:, rows], self.squared_range_km2[:, rows])

    def sin_elevation(self, x: Floats) -> Floats:
        """Return the sine of the elevation at the variable of the pieces."""
        return np.asarray(
            value(self.height_km, x)[0] / np.sqrt(value(self.squared_range_km2, x)[0])
        )


def value(polynomial: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a polynomial's value, its slope, and half its second derivative (Horner)."""
    value, slope, bend = polynomial[DEGREE], np.zeros_like(x), np.zeros_like(x)
    for power in range(DEGREE - 1, -1, -1):
        bend = bend * x + slope
        slope = slope * x + value
        value = value * x + polynomial[power]
    return value, slope, bend


def find_extreme(arc: Arc, start: Floats) -> Floats:
    """Return where height / range turns: where height' range^2 = height (range^2)' / 2."""
    x = start
    for _ in range(EXTREME_STEPS):
        height, height_slope, height_bend = value(arc.height_km, x)
        squared, squared_slope, squared_bend = value(arc.squared_range_km2, x)
        excess = height_slope * squared - 0.5 * height * squared_slope
        slope = 2 * height_bend * squared + 0.5 * height_slope * squared_slope
        slope -= height * squared_bend
        x = np.clip(x - excess / slope, -1.0, 1.0)
    return x
