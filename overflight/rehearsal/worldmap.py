"""A map of the world in braille: every city is a dot, and the continents appear by themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orbit.places import bundled_gazetteer

NORTH_DEG, SOUTH_DEG = 74.0, -56.0
# The bit of each of the 2 x 4 dots of a braille character, from U+2800 on.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldMap:
    """An equirectangular map, one string a row."""

    columns: int
    rows: Sequence[str]

    @classmethod
    def of_cities(cls, *, columns: int) -> "WorldMap":
        """Draw the cities of the gazetteer on ``columns`` characters."""
        count = round(columns * (NORTH_DEG - SOUTH_DEG) / 360.0 / 2)  # a character is 1 x 2
        cells = [[0x2800] * columns for _ in range(count)]
        for city in bundled_gazetteer().cities():
            x = int((city.longitude_deg + 180.0) / 360.0 * columns * 2) % (columns * 2)
            y = int((NORTH_DEG - city.latitude_deg) / (NORTH_DEG - SOUTH_DEG) * count * 4)
            if 0 <= y < count * 4:
                cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        return cls(columns=columns, rows=["".join(map(chr, row)) for row in cells])

    def with_marks(self, marks: Iterable[tuple[float, float, str]]) -> list[str]:
        """Return the rows with characters set at latitudes and longitudes (deg)."""
        rows = list(self.rows)
        for latitude_deg, longitude_deg, mark in marks:
            x = int((longitude_deg + 180.0) / 360.0 * self.columns) % self.columns
            y = int((NORTH_DEG - latitude_deg) / (NORTH_DEG - SOUTH_DEG) * len(rows))
            y = min(max(y, 0), len(rows) - 1)
            rows[y] = rows[y][:x] + mark + rows[y][x + 1 :]
        return rows
