"""What hides the sky from an observer: hills, trees and houses, as elevations all around."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from orbit.errors import HorizonError
from tle.columns import Floats, Integers

MIN_ELEVATION_DEG = -5.0  # of a threshold or a mask: what a balcony on a mountain may see
MAX_ELEVATION_DEG = 89.0
FULL_TURN_DEG = 360.0
SPACING_DEG = 3 * FULL_TURN_DEG
SECTOR_DEG = 5.0
COLUMNS = ("azimuth_deg", "min_elevation_deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonMask:
    """The lowest elevation at which one observer sees the sky, all around.

    Between its points the mask is a straight line, and from the last one on to the first. Make it
    with ``of``.

    Attributes:
        azimuth_deg: from north over east, 0 to below 360, ascending, each once.
        min_elevation_deg: of the same points.
    """

    azimuth_deg: tuple[float, ...]
    min_elevation_deg: tuple[float, ...]

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> "HorizonMask":
        """Take (azimuth_deg, min_elevation_deg) in any order; 360 is 0, and both may be given.

        Raises:
            HorizonError: there is no point; an azimuth is not from 0 to 360 degrees, an elevation
                not from -5 to 89; or one direction has two elevations.
        """
        elevation_at: dict[float, float] = {}
        for point, (azimuth_deg, elevation_deg) in enumerate(points):
            if not 0.0 <= azimuth_deg <= FULL_TURN_DEG:
                problem = f"expected an azimuth from 0 to 360 degrees, got {azimuth_deg:g}"
                raise HorizonError(problem, point=point)
            if not MIN_ELEVATION_DEG <= elevation_deg <= MAX_ELEVATION_DEG:
                limits = f"{MIN_ELEVATION_DEG:g} to {MAX_ELEVATION_DEG:g}"
                problem = f"expected an elevation from {limits} degrees, got {elevation_deg:g}"
                raise HorizonError(problem, point=point)
            known_deg = elevation_at.setdefault(azimuth_deg % FULL_TURN_DEG, elevation_deg)
            if known_deg != elevation_deg:
                problem = (
                    f"expected one elevation a direction, got {known_deg:g} and {elevation_deg:g} "
                    f"at azimuth {azimuth_deg:g}; write a wall as two azimuths, such as 90 and 90.1"
                )
                raise HorizonError(problem, point=point)
        if not elevation_at:
            raise HorizonError("expected at least one point, got none")
        azimuths, elevations = zip(*sorted(elevation_at.items()), strict=True)
        return cls(azimuth_deg=azimuths, min_elevation_deg=elevations)

    @property
    def text(self) -> str:
        """Its points as ``0:10 90:25``, azimuth and lowest elevation: one text for equal masks."""
        points = zip(self.azimuth_deg, self.min_elevation_deg, strict=True)
        return " ".join(f"{azimuth:g}:{elevation:g}" for azimuth, elevation in points)

    def rounded(self) -> "HorizonMask":
        """Return it to whole degrees; of points that come together the higher one counts."""
        elevation_at: dict[float, float] = {}
        for azimuth_deg, elevation_deg in zip(
            self.azimuth_deg, self.min_elevation_deg, strict=True
        ):
            azimuth, elevation = round(azimuth_deg) % FULL_TURN_DEG, float(round(elevation_deg))
            elevation_at[azimuth] = max(elevation, elevation_at.get(azimuth, elevation))
        return HorizonMask.of(elevation_at.items())


def parse_horizon_mask(text: str, *, source: str) -> HorizonMask:
    """Read a mask from CSV: two columns, azimuth and lowest elevation, in degrees.

    The first line may be the header ``azimuth_deg,min_elevation_deg``. Empty lines do not count.

    Args:
        text: the file.
        source: where it came from, for messages.

    Raises:
        HorizonError: a line is not two numbers, or they make no mask; it names the line.
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"expected the text of a mask, got {type(text).__name__}")
    lines: list[int] = []
    points: list[tuple[float, float]] = []
    for number, line in enumerate(text.removeprefix("\N{BOM}").splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if not any(cells) or (not points and tuple(map(str.lower, cells)) == COLUMNS):
            continue
        try:
            azimuth_deg, elevation_deg = map(float, cells)
        except ValueError:
            raise HorizonError(
                f"{source}, line {number}: expected {','.join(COLUMNS)} as two numbers such as "
                f"90,12.5, got {line.strip()[:40]!r}",
                point=len(points),
            ) from None
        lines.append(number)
        points.append((azimuth_deg, elevation_deg))
    try:
        return HorizonMask.of(points)
    except HorizonError as error:
        where = source if error.point is None else f"{source}, line {lines[error.point]}"
        raise HorizonError(f"{where}: {error}", point=error.point) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonMasks:
    """Masks of many observers on one axis, so that one interpolation serves them all.

    Equal masks are kept once, as one line.

    Attributes:
        line: of each mask, shape (n,).
        axis_deg: azimuths of all points, those of line k moved by k times ``SPACING_DEG``.
        min_elevation_deg: of the same points.
        near_deg: the least and the most of each line in each sector of ``SECTOR_DEG`` and its two
            neighbours, shape (2, lines, sectors).
        around_deg: the same all around, shape (2, lines).
    """

    line: Integers
    axis_deg: Floats
    min_elevation_deg: Floats
    near_deg: Floats
    around_deg: Floats

    @classmethod
    def of(cls, masks: Sequence[HorizonMask]) -> "HorizonMasks":
        """Line masks up; each goes on beyond north on either side."""
        line_of: dict[HorizonMask, int] = {}
        line = [line_of.setdefault(mask, len(line_of)) for mask in masks]
        axis_deg, elevation_deg = [], []
        for number, mask in enumerate(line_of):
            azimuth_deg, height_deg = map(np.array, (mask.azimuth_deg, mask.min_elevation_deg))
            closed_deg = np.r_[
                azimuth_deg[-1] - FULL_TURN_DEG, azimuth_deg, azimuth_deg[0] + FULL_TURN_DEG
            ]
            axis_deg.append(number * SPACING_DEG + closed_deg)
            elevation_deg.append(np.r_[height_deg[-1], height_deg, height_deg[0]])
        near_deg = _sector_bounds(list(line_of))
        return cls(
            line=np.array(line, np.int64),
            axis_deg=np.concatenate(axis_deg),
            min_elevation_deg=np.concatenate(elevation_deg),
            near_deg=near_deg,
            around_deg=np.stack([near_deg[0].min(axis=1), near_deg[1].max(axis=1)]),
        )

    def at(self, mask: Integers, azimuth_deg: Floats) -> Floats:
        """Return how high each mask (row numbers, shape (n,)) reaches at an azimuth, 0 to 360.

        Azimuths have shape (..., n).
        """
        on_axis_deg = self.line[mask] * SPACING_DEG + azimuth_deg
        return np.asarray(np.interp(on_axis_deg, self.axis_deg, self.min_elevation_deg))

    def bounds_near(self, mask: Integers, azimuth_deg: Floats) -> Floats:
        """Return the least and the most (2, ..., n) that ``at`` gives within ``SECTOR_DEG``."""
        sector = (azimuth_deg / SECTOR_DEG).astype(np.int64) % self.near_deg.shape[-1]
        return self.near_deg[:, self.line[mask], sector]

    def bounds_around(self, mask: Integers) -> Floats:
        """Return the least and the most (2, n) that ``at`` gives anywhere."""
        return self.around_deg[:, self.line[mask]]


def _sector_bounds(masks: Sequence[HorizonMask]) -> Floats:
    """Return the least and the most of each mask in each sector and its two neighbours."""
    sides_deg = np.arange(0.0, FULL_TURN_DEG, SECTOR_DEG)
    bounds = np.empty((2, len(masks), len(sides_deg)))
    for number, mask in enumerate(masks):
        azimuth_deg, height_deg = map(np.array, (mask.azimuth_deg, mask.min_elevation_deg))
        at_side_deg = np.interp(sides_deg, azimuth_deg, height_deg, period=FULL_TURN_DEG)
        sector = (azimuth_deg / SECTOR_DEG).astype(np.int64)
        for side, extreme in zip(bounds, (np.minimum, np.maximum), strict=True):
            within_deg = extreme(at_side_deg, np.roll(at_side_deg, -1))
            extreme.at(within_deg, sector, height_deg)
            neighbours_deg = extreme(np.roll(within_deg, 1), np.roll(within_deg, -1))
            side[number] = extreme(within_deg, neighbours_deg)
    return bounds
