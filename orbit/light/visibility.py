"""What can be seen with the naked eye: a sunlit satellite in a dark sky.

When the satellite is sunlit is the same for everyone, so it is found once. When it is dark depends
on the observer alone: from noon to midnight the sun sinks, from midnight to noon it climbs. So time
is cut where margins turn; then each changes its sign once at most between two cuts.
"""

import numpy as np

from orbit.earth import EQUATORIAL_RADIUS_KM
from orbit.ephemeris import Ephemeris
from orbit.finding.solving import Quantity, find_lowest, find_root
from orbit.light.spans import Spans, each
from orbit.light.sun import sun_position_itrs_km
from orbit.observers import Observers
from tle.columns import Floats, Integers

DARK_SUN_ELEVATION_DEG = -6.0  # civil twilight has ended; NASA's sighting lists agree with it
SHADOW_STEP_S = 60.0  # low satellites go 4 degrees of their orbit in it
HALF_DAY_S = 43_200.0


def sun_elevation_deg(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    """Return the sun's geometric elevation for observers (row numbers) at times (..., n)."""
    sun = (
        sun_position_itrs_km(ephemeris.milliseconds(time_s)) - observers.position_itrs_km[observer]
    )
    sine = np.einsum("...c,...c->...", observers.up_itrs[observer], sun)
    return np.asarray(np.degrees(np.arcsin(sine / np.linalg.norm(sun, axis=-1))))


def sunlit_margin_deg(position_itrs_km: Floats, sun_itrs_km: Floats) -> Floats:
    """Return by how much the centre of the sun clears the Earth's limb, seen from the satellite.

    Positive in sunlight: the shadow is the cone from the sun's centre around a spherical Earth.
    """
    to_sun = sun_itrs_km - position_itrs_km
    radius_km = np.linalg.norm(position_itrs_km, axis=-1)
    cosine = -np.einsum("...c,...c->...", position_itrs_km, to_sun)
    cosine /= radius_km * np.linalg.norm(to_sun, axis=-1)
    separation = np.arccos(np.clip(cosine, -1.0, 1.0))
    limb = np.arcsin(np.minimum(EQUATORIAL_RADIUS_KM / radius_km, 1.0))
    return np.asarray(np.degrees(separation - limb))


def sunlit_parts(ephemeris: Ephemeris, spans: Spans) -> Spans:
    """Return the parts of the spans in which the satellite is in sunlight."""

    def margin_deg(time_s: Floats) -> Floats:
        sun = sun_position_itrs_km(ephemeris.milliseconds(time_s))
        return sunlit_margin_deg(ephemeris.position_at(time_s), sun)

    grid = _points_about(spans, SHADOW_STEP_S)
    grid_s = SHADOW_STEP_S * grid.astype(float)
    margin = margin_deg(grid_s)
    rises, lit = np.diff(margin) > 0, margin >= 0
    unbroken = grid[2:] - grid[:-2] == 2  # noqa: PLR2004 - steps
    # A turn matters where it may reach over to the other side: a low in the light, or the reverse.
    turns = np.flatnonzero(unbroken & (rises[1:] != rises[:-1]) & (rises[1:] == lit[1:-1]))
    sign = np.where(lit[turns + 1], 1.0, -1.0)
    turn_s = find_lowest(
        lambda rows, time_s: sign[rows] * margin_deg(time_s),
        grid_s[turns],
        grid_s[turns + 2],
    )
    time_s = np.sort(np.append(grid_s, turn_s))
    steps = np.flatnonzero(np.diff(time_s) <= SHADOW_STEP_S)
    sunlight = _positive_parts(
        lambda _, at_s: margin_deg(at_s),
        Spans(row=np.zeros_like(steps), start_s=time_s[steps], end_s=time_s[steps + 1]),
    )
    return spans.within(sunlight)


def _points_about(spans: Spans, step_s: float) -> Integers:
    """Return the multiples of a step that enclose the spans, and one more at either end."""
    if not spans.row.size:
        return np.empty(0, np.int64)
    first = np.floor(spans.start_s / step_s).astype(np.int64) - 1
    beyond = np.ceil(spans.end_s / step_s).astype(np.int64) + 2
    origin, width = first.min(), beyond.max() - first.min() + 1
    opened, closed = (np.bincount(ends - origin, minlength=width) for ends in (first, beyond))
    return np.asarray(origin + np.flatnonzero(np.cumsum(opened - closed)))


def dark_parts(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, spans: Spans
) -> Spans:
    """Return the parts of the spans in which the sun is at or below -6 degrees.

    ``observer`` is the observer (row number) of each row of the spans.
    """
    halves = _half_days(ephemeris, observers, observer, spans)
    watcher = observer[halves.row]

    def depth_deg(rows: Integers, time_s: Floats) -> Floats:
        elevation_deg = sun_elevation_deg(ephemeris, observers, watcher[rows], time_s)
        return np.asarray(DARK_SUN_ELEVATION_DEG - elevation_deg)

    return _positive_parts(depth_deg, halves)


def _positive_parts(value_at: Quantity, spans: Spans) -> Spans:
    """Return the parts in which a quantity is not negative that changes sign once in each span."""
    rows = np.arange(len(spans.row))
    at_start, at_end = (value_at(rows, edge_s) >= 0 for edge_s in (spans.start_s, spans.end_s))
    change = np.flatnonzero(at_start != at_end)
    change_s = np.full(len(rows), np.nan)
    change_s[change] = find_root(
        lambda rows, time_s: value_at(change[rows], time_s),
        spans.start_s[change],
        spans.end_s[change],
    )
    parts = Spans(
        row=spans.row,
        start_s=np.where(at_start, spans.start_s, change_s),
        end_s=np.where(at_end, spans.end_s, change_s),
    )
    return parts.take(at_start | at_end).joined()


def _half_days(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, spans: Spans
) -> Spans:
    """Cut the spans, one a row, at the observers' noons and midnights."""

    def turned(row: Integers, time_s: Floats) -> Floats:  # since noon or midnight, 0 to 1
        sun = sun_position_itrs_km(ephemeris.milliseconds(time_s))
        sun_deg = np.degrees(np.arctan2(sun[:, 1], sun[:, 0]))
        return np.asarray((observers.longitude_deg[observer[row]] - sun_deg) / 180.0 % 1.0)

    first_s = spans.start_s + HALF_DAY_S * (1.0 - turned(spans.row, spans.start_s))
    count = np.maximum(np.ceil((spans.end_s - first_s) / HALF_DAY_S), 0.0).astype(np.int64)
    owner, number = each(count)
    cut_s = first_s[owner] + HALF_DAY_S * number
    row = spans.row[owner]
    # Days from noon to noon are up to half a minute longer or shorter than 24 hours.
    late = (turned(row, cut_s) + 0.5) % 1.0 - 0.5
    cut_s = np.clip(cut_s - HALF_DAY_S * late, spans.start_s[owner], spans.end_s[owner])
    return spans.split(row, cut_s)
