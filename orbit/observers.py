"""Who looks up: points on the Earth as columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from orbit.arguments import check_kind, to_floats
from orbit.earth import EQUATORIAL_RADIUS_KM, SQUARED_ECCENTRICITY
from orbit.errors import ArgumentError
from tle.columns import Columns, Floats

_DEGREES = "degrees, as a number or a column; for the name of a place there is resolve_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """One point on the Earth; east and north are positive."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Observers(Columns):
    """Points on the Earth, one row each: ``Observers.at([52.5, 39.9], [13.4, 116.4])``.

    Attributes:
        latitude_deg: geodetic, -90 to 90, shape (n,).
        longitude_deg: east positive, -180 to 180, shape (n,).
        height_m: above the WGS84 ellipsoid, shape (n,).
    """

    latitude_deg: Floats
    longitude_deg: Floats
    height_m: Floats

    def __post_init__(self) -> None:
        for name in ("latitude_deg", "longitude_deg", "height_m"):
            column = "a column of numbers; Observers.at takes anything that can be made one"
            check_kind(name, getattr(self, name), np.ndarray, column)

    @classmethod
    def at(
        cls, latitude_deg: ArrayLike, longitude_deg: ArrayLike, height_m: ArrayLike = 0.0
    ) -> "Observers":
        """Take anything that broadcasts to one column a coordinate.

        Raises:
            ArgumentError: a coordinate is no column, columns differ in length, or a coordinate is
                out of range or NaN.
            TypeError: a coordinate is no number.
        """
        given = {
            "latitude_deg": to_floats("latitude_deg", latitude_deg, _DEGREES),
            "longitude_deg": to_floats("longitude_deg", longitude_deg, _DEGREES),
            "height_m": to_floats("height_m", height_m, "metres, as a number or a column"),
        }
        lengths = {column.size for column in given.values()} - {1}
        if len(lengths) > 1 or any(column.ndim > 1 for column in given.values()):
            shapes = ", ".join(f"{name} of shape {column.shape}" for name, column in given.items())
            raise ArgumentError(f"expected numbers or columns of one length, got {shapes}")
        latitude, longitude, height = np.broadcast_arrays(*map(np.atleast_1d, given.values()))
        for name, column, limit in (
            ("latitude_deg", latitude, 90.0),
            ("longitude_deg", longitude, 180.0),
            ("height_m", height, 100_000.0),
        ):
            wrong = np.flatnonzero(~(np.abs(column) <= limit))
            if wrong.size:
                raise ArgumentError(
                    f"{name} of observer {wrong[0]} is {column[wrong[0]]:g}; "
                    f"expected -{limit:g} to {limit:g}"
                )
        return cls(latitude_deg=latitude, longitude_deg=longitude, height_m=height)

    @classmethod
    def of(cls, observers: Iterable[Observer]) -> "Observers":
        """Turn rows into columns.

        Raises:
            ArgumentError: a coordinate is out of range or NaN.
            TypeError: a row is no ``Observer``.
        """
        rows = []
        for each in observers:
            what = "an Observer; for coordinates there is Observers.at(latitudes, longitudes)"
            check_kind("an observer", each, Observer, what)
            rows.append((each.latitude_deg, each.longitude_deg, each.height_m))
        return cls.at(*np.array(rows, float).reshape(-1, 3).T)

    def __len__(self) -> int:
        """Return the number of observers."""
        return len(self.latitude_deg)

    def __iter__(self) -> Iterator[Observer]:
        """Yield each as a row that is called by its coordinates."""
        columns = (self.latitude_deg, self.longitude_deg, self.height_m)
        for latitude_deg, longitude_deg, height_m in zip(
            *map(np.ndarray.tolist, columns), strict=True
        ):
            yield Observer(
                name=f"{latitude_deg:.4f}, {longitude_deg:.4f}",
                latitude_deg=latitude_deg,
                longitude_deg=longitude_deg,
                height_m=height_m,
            )

    @cached_property
    def up_itrs(self) -> Floats:
        """Unit vectors to their zenith, normal to the ellipsoid, shape (n, 3)."""
        latitude, longitude = np.radians(self.latitude_deg), np.radians(self.longitude_deg)
        cosine = np.cos(latitude)
        return np.stack(
            [cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)], axis=-1
        )

    @cached_property
    def lift_km(self) -> Floats:
        """How far they stand, along their zenith, from the Earth's axis, shape (n,).

        The normal of the ellipsoid meets the axis below the equator of a northern observer, by
        ``sink_km``: so position = lift_km * up - sink_km * north pole.
        """
        squared_sine = self.up_itrs[:, 2] ** 2
        normal_km = EQUATORIAL_RADIUS_KM / np.sqrt(1 - SQUARED_ECCENTRICITY * squared_sine)
        return np.asarray(normal_km + self.height_m / 1000.0)

    @cached_property
    def sink_km(self) -> Floats:
        """How far below the Earth's centre their normals meet the axis, shape (n,)."""
        normal_km = self.lift_km - self.height_m / 1000.0
        return np.asarray(SQUARED_ECCENTRICITY * normal_km * self.up_itrs[:, 2])

    @cached_property
    def position_itrs_km(self) -> Floats:
        """Where they stand, Earth-fixed, shape (n, 3)."""
        position = self.lift_km[:, None] * self.up_itrs
        position[:, 2] -= self.sink_km
        return position

    @cached_property
    def east_itrs(self) -> Floats:
        """Unit vectors along their horizon to the east, shape (n, 3)."""
        longitude = np.radians(self.longitude_deg)
        return np.stack([-np.sin(longitude), np.cos(longitude), np.zeros_like(longitude)], axis=-1)

    @cached_property
    def north_itrs(self) -> Floats:
        """Unit vectors along their horizon to the north, shape (n, 3)."""
        latitude, longitude = np.radians(self.latitude_deg), np.radians(self.longitude_deg)
        return np.stack(
            [
                -np.sin(latitude) * np.cos(longitude),
                -np.sin(latitude) * np.sin(longitude),
                np.cos(latitude),
            ],
            axis=-1,
        )
