"""Passes over an observer whose horizon is not open: what is left of them above a mask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orbit.earth import Floats, Integers
from orbit.ephemeris import propagate
from orbit.errors import OrbitError
from orbit.horizon import HorizonMask, HorizonMasks
from orbit.look import Sights, look
from orbit.observers import Observers
from orbit.passes import Passes, find_passes

__all__ = ["above_masks"]

STEP_S = 2.0  # what comes out from behind a mask, or goes behind it, for less may be missed
MAX_STEPS = 2_000  # to either side of the culmination: a stay of hours has longer steps
SAMPLES_AT_ONCE = 200_000
BISECTIONS = 36  # a step of two seconds, halved so often, is less than a nanosecond
SLOPE_S = 0.1

_COLUMNS = [f.name for f in fields(Passes) if f.name not in {"ephemeris", "observers"}]


def above_masks(
    passes: Passes,
    masks: Sequence[HorizonMask | None],
    *,
    min_elevation_deg: ArrayLike = 10.0,
) -> Passes:
    """Return the passes as they are where a mask may hide more than the threshold does.

    A satellite is up where it is above the threshold and above the mask. A passage stays one pass:
    its AOS and LOS become those of the unbroken stay that climbs highest, and its culmination is
    the highest point of that stay, which may be at an end of it. A passage that never clears the
    mask is none. The window holds the passes whose new culmination it holds. A satellite that never
    sets below the threshold has one pass in the window: AOS and LOS are the ends of its highest
    stay there, and null where that goes on for more than one revolution.

    Times are right to a millisecond. A gap or an obstacle that the satellite passes in less than
    2 s, or than 1/2000 of the way to its culmination, may be overlooked.

    Args:
        passes: all that ``find_passes`` found.
        masks: one an observer; where it is None, the passes stay as they are, bit by bit.
        min_elevation_deg: the threshold of AOS and LOS with which they were found.

    Raises:
        OrbitError: there is not one mask an observer, or the elements cannot be propagated one
            revolution beyond the window.
    """
    count = len(passes.observers)
    if len(masks) != count:
        raise OrbitError(f"expected a mask or None for each of {count} observers, got {len(masks)}")
    is_masked = np.array([mask is not None for mask in masks], np.bool_)
    if not is_masked.any():
        return passes
    rows = np.flatnonzero(is_masked)
    threshold_deg = np.broadcast_to(np.asarray(min_elevation_deg, float), count)[rows]
    cut = _find_cut(passes, rows, [mask for mask in masks if mask is not None], threshold_deg)
    joined = _join([passes.take(~is_masked[passes.observer]), cut])
    return joined.take(np.lexsort((joined.culmination_s, joined.observer)))


def _find_cut(
    passes: Passes, rows: Integers, masks: Sequence[HorizonMask], threshold_deg: Floats
) -> Passes:
    """Find what some observers see; a mask may move a culmination into the window, or out of it."""
    ephemeris, everybody = passes.ephemeris, passes.observers
    revolution = timedelta(seconds=ephemeris.element_set.period_s)
    start, end = map(ephemeris.datetime_at, ephemeris.window_s)
    wider = propagate(ephemeris.element_set, start - revolution, end + revolution)
    observers = Observers(
        latitude_deg=everybody.latitude_deg[rows],
        longitude_deg=everybody.longitude_deg[rows],
        height_m=everybody.height_m[rows],
    )
    later_s = (wider.origin_ms - ephemeris.origin_ms) / 1000
    window_s = (ephemeris.window_s[0] - later_s, ephemeris.window_s[1] - later_s)
    found = find_passes(wider, observers, min_elevation_deg=threshold_deg)
    sky = _Sky(passes=found, masks=HorizonMasks.of(masks), window_s=window_s)
    cut = sky.highest_stays()
    cut = replace(
        cut,
        ephemeris=ephemeris,
        observers=everybody,
        observer=rows[cut.observer],
        **{name: getattr(cut, name) + later_s for name in ("aos_s", "culmination_s", "los_s")},
    )
    start_ms, end_ms = ephemeris.milliseconds(np.array(ephemeris.window_s))
    culmination_ms = ephemeris.milliseconds(cut.culmination_s)
    return cut.take((culmination_ms >= start_ms) & (culmination_ms < end_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sky:
    """Passes in a window that is wider than the one asked for, and what stands before them.

    Attributes:
        passes: with an open horizon.
        masks: of each observer.
        window_s: the window asked for; a satellite that never sets culminates in it.
    """

    passes: Passes
    masks: HorizonMasks
    window_s: tuple[float, float]

    def highest_stays(self) -> Passes:
        """Cut each pass down to its highest stay above the mask, and drop those that have none."""
        parts = [replace(self, passes=self.passes.take(rows))._cut() for rows in self._blocks()]
        return _join([self.passes.take(np.empty(0, np.int64)), *parts])

    def _blocks(self) -> Iterator[Integers]:
        """Cut the passes so that their samples stay small."""
        low_s, high_s = self._bounds_s()
        steps, _ = _steps(low_s, self.passes.culmination_s, high_s)
        size = max(1, SAMPLES_AT_ONCE // (2 * steps))
        count = len(self.passes)
        return (np.arange(k, min(k + size, count)) for k in range(0, count, size))

    def _bounds_s(self) -> tuple[Floats, Floats]:
        """Return between which times each pass is above the threshold, one revolution at most."""
        passes, (start_s, end_s) = self.passes, self.window_s
        period_s = passes.ephemeris.element_set.period_s
        first_s = np.where(passes.always_up, start_s, passes.culmination_s) - period_s
        last_s = np.where(passes.always_up, end_s, passes.culmination_s) + period_s
        return (
            np.where(np.isnan(passes.aos_s), first_s, passes.aos_s),
            np.where(np.isnan(passes.los_s), last_s, passes.los_s),
        )

    def _cut(self) -> Passes:
        passes = self.passes
        low_s, high_s = self._bounds_s()
        stays = self._stays(low_s, high_s)
        row, height_deg = stays.row, self._look(stays.row, stays.culmination_s).elevation_deg
        order = np.lexsort((-height_deg, row))
        best = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
        row, top_s = row[best], stays.culmination_s[best]
        aos_s, los_s = stays.aos_s[best], stays.los_s[best]

        period_s = passes.ephemeris.element_set.period_s
        unrisen = np.isnan(passes.aos_s[row]) & (aos_s == low_s[row])
        unset = np.isnan(passes.los_s[row]) & (los_s == high_s[row])
        return replace(
            passes.take(row),
            aos_s=np.where(unrisen | (top_s - aos_s > period_s), np.nan, aos_s),
            culmination_s=top_s,
            los_s=np.where(unset | (los_s - top_s > period_s), np.nan, los_s),
            max_elevation_deg=height_deg[best],
            always_up=passes.always_up[row] & unrisen & unset,
        )

    def _stays(self, low_s: Floats, high_s: Floats) -> "_Stays":
        """Return every unbroken stay above the mask that the samples show."""
        time_s = _samples(low_s, self.passes.culmination_s, high_s)
        shape, end = time_s.shape, time_s.shape[1] - 1
        every = np.repeat(np.arange(shape[0]), shape[1])
        sights = self._look(every, time_s.ravel())
        up = (self._clearance_deg(every, sights) >= 0.0).reshape(shape)
        row, first = np.nonzero(up & ~np.pad(up, ((0, 0), (1, 0)))[:, :-1])
        _, last = np.nonzero(up & ~np.pad(up, ((0, 0), (0, 1)))[:, 1:])

        # At a bound of the pass there is nothing to find: it is up there.
        aos_s, los_s = low_s[row], high_s[row]
        for edge_s, sample, outward, bound in ((aos_s, first, -1, 0), (los_s, last, 1, end)):
            k = np.flatnonzero(sample != bound)
            inside_s, outside_s = (time_s[row[k], sample[k] + step] for step in (0, outward))
            edge_s[k] = self._edge_s(row[k], inside_s, outside_s)
        stays = _Stays(row=row, aos_s=aos_s, culmination_s=aos_s, los_s=los_s)
        return self._with_tops(stays, time_s, sights.elevation_deg.reshape(shape))

    def _edge_s(self, row: Integers, inside_s: Floats, outside_s: Floats) -> Floats:
        """Return when the satellite is last seen on the way to a time when it is hidden."""

        def is_up(time_s: Floats) -> NDArray[np.bool_]:
            return self._clearance_deg(row, self._look(row, time_s)) >= 0.0

        return _bisect(is_up, inside_s, outside_s)

    def _with_tops(self, stays: "_Stays", time_s: Floats, height_deg: Floats) -> "_Stays":
        """Put each culmination where its stay is highest; drop stays that miss the window."""
        passes, row = self.passes, stays.row
        low_s, high_s = stays.aos_s, stays.los_s
        endless = passes.always_up[row]
        low_s = np.where(endless, np.maximum(low_s, self.window_s[0]), low_s)
        high_s = np.where(endless, np.minimum(high_s, self.window_s[1] - 0.001), high_s)
        # One culmination the pass has already, and better known than by bisection.
        known_s = passes.culmination_s[row]
        stands = (known_s >= low_s) & (known_s <= high_s) & ~endless
        k = np.flatnonzero(~stands & (low_s <= high_s))
        span = (low_s[k], high_s[k])
        sample_s = time_s[row[k]]
        inside = (sample_s >= span[0][:, None]) & (sample_s <= span[1][:, None])
        highest = np.where(inside, height_deg[row[k]], -np.inf).argmax(axis=1)
        before, after = np.maximum(highest - 1, 0), np.minimum(highest + 1, time_s.shape[1] - 1)

        def climbs(time_s: Floats) -> NDArray[np.bool_]:
            later, earlier = (self._look(row[k], time_s + s) for s in (SLOPE_S, -SLOPE_S))
            return np.asarray(later.elevation_deg > earlier.elevation_deg)

        top_s = known_s.copy()
        top_s[k] = _bisect(climbs, *(np.clip(time_s[row[k], at], *span) for at in (before, after)))
        return replace(stays, culmination_s=top_s).take(np.flatnonzero(low_s <= high_s))

    def _look(self, row: Integers, time_s: Floats) -> Sights:
        passes = self.passes
        return look(passes.ephemeris, passes.observers, passes.observer[row], time_s)

    def _clearance_deg(self, row: Integers, sights: Sights) -> Floats:
        """Return how far above the mask the satellite stands."""
        mask_deg = self.masks.at(self.passes.observer[row], sights.azimuth_deg)
        return np.asarray(sights.elevation_deg - mask_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stays:
    """Unbroken stays above a mask; ``row`` is that of the pass."""

    row: Integers
    aos_s: Floats
    culmination_s: Floats
    los_s: Floats

    def take(self, rows: Integers) -> "_Stays":
        """Return the chosen rows."""
        return _Stays(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def _steps(low_s: Floats, top_s: Floats, high_s: Floats) -> tuple[int, Floats]:
    """Return how many steps cover the longest side of any culmination, and the step of each pass.

    It hangs on nothing but the pass, so that who else is asked about does not matter.
    """
    side_s = np.maximum(top_s - low_s, high_s - top_s)
    step_s = np.maximum(side_s / MAX_STEPS, STEP_S)
    return ceil(np.max(side_s / step_s, initial=1.0)), step_s


def _samples(low_s: Floats, top_s: Floats, high_s: Floats) -> Floats:
    """Return times (n, samples) from bound to bound, the culmination among them."""
    steps, step_s = _steps(low_s, top_s, high_s)
    time_s = top_s[:, None] + step_s[:, None] * np.arange(-steps, steps + 1)
    time_s[:, 0], time_s[:, -1] = low_s, high_s
    return np.clip(time_s, low_s[:, None], high_s[:, None])


def _bisect(holds: Callable[[Floats], NDArray[np.bool_]], from_s: Floats, to_s: Floats) -> Floats:
    """Return until when something holds, on the way from a time when it does."""
    for _ in range(BISECTIONS):
        middle_s = 0.5 * (from_s + to_s)
        held = holds(middle_s)
        from_s, to_s = np.where(held, middle_s, from_s), np.where(held, to_s, middle_s)
    return from_s


def _join(parts: Sequence[Passes]) -> Passes:
    """Put passes over the same observers in one window together."""
    return Passes(
        ephemeris=parts[0].ephemeris,
        observers=parts[0].observers,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS},
    )
