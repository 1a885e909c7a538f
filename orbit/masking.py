"""Passes over an observer whose horizon is not open: what is left of them above a mask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import ArrayLike

from orbit.arguments import check_kind
from orbit.defaults import THRESHOLD_DEG
from orbit.ephemeris import propagate
from orbit.errors import ArgumentError
from orbit.extremes import highest_s
from orbit.horizon import SECTOR_DEG, HorizonMask, HorizonMasks
from orbit.look import look
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from tle.columns import Columns, Flags, Floats, Integers

STEP_S, LONG_STEP_S = 2.0, 6.0  # what a mask hides or shows for less may be missed
LONG_S = 3600.0  # to either side of a culmination
STEPS = 5  # of a stride, whose ends tell whether to look at what is between
ARC_S = 120.0
ARCS_AT_ONCE = 4_000  # beyond, their samples leave a processor's cache
SLACK_DEG = 0.2  # more than an elevation swings beyond both ends of a stride
BISECTIONS = 24  # a step, halved so often, is less than a microsecond

_MASKS = "a list of a HorizonMask or None for each observer"


def above_masks(
    passes: Passes,
    masks: Sequence[HorizonMask | None],
    *,
    min_elevation_deg: ArrayLike = THRESHOLD_DEG,
) -> Passes:
    """Return the passes as they are where a mask may hide more than the threshold does.

    A satellite is up where it is above the threshold and above the mask. A passage stays one pass:
    its AOS and LOS become those of the unbroken stay that climbs highest, and its culmination is
    the highest point of that stay, which may be at an end of it. A passage that never clears the
    mask is none. The window holds the passes whose new culmination it holds. A satellite that never
    sets below the threshold has one pass in the window: AOS and LOS are the ends of its highest
    stay there, and null where that goes on for more than one revolution.

    Times are right to a millisecond. A gap or an obstacle that the satellite passes in less than
    2 s may be overlooked; where it stays up for more than an hour to either side of its
    culmination, one of less than 6 s.

    Args:
        passes: all that ``find_passes`` found.
        masks: one an observer; where it is None, the passes stay as they are, bit by bit.
        min_elevation_deg: the threshold of AOS and LOS with which they were found.

    Raises:
        ArgumentError: there is not one mask an observer.
        PropagationError: the elements cannot be propagated one revolution beyond the window.
        TypeError: an argument is of another kind.
    """
    check_kind("passes", passes, Passes, "the Passes that find_passes found")
    count = len(passes.observers)
    check_kind("masks", masks, Sequence, _MASKS)
    for mask in masks:
        if mask is not None:
            check_kind("a mask", mask, HorizonMask, _MASKS)
    if len(masks) != count:
        raise ArgumentError(
            f"expected a mask or None for each of {count} observers, got {len(masks)}"
        )
    is_masked = np.array([mask is not None for mask in masks], np.bool_)
    if not is_masked.any():
        return passes
    rows = np.flatnonzero(is_masked)
    threshold_deg = np.broadcast_to(np.asarray(min_elevation_deg, float), count)[rows]
    cut = _find_cut(passes, rows, [mask for mask in masks if mask is not None], threshold_deg)
    joined = Passes.join([passes.take(~is_masked[passes.observer]), cut])
    in_order = joined.take(np.lexsort((joined.culmination_s, joined.observer)))
    return replace(in_order, horizon_masks=tuple(masks))


def _find_cut(
    passes: Passes, rows: Integers, masks: Sequence[HorizonMask], threshold_deg: Floats
) -> Passes:
    """Find what some observers see; a mask may move a culmination into the window, or out of it."""
    ephemeris, everybody = passes.ephemeris, passes.observers
    revolution = timedelta(seconds=ephemeris.element_set.period_s)
    start, end = map(ephemeris.datetime_at, ephemeris.window_s)
    wider = propagate(ephemeris.element_set, start - revolution, end + revolution)
    later_s = (wider.origin_ms - ephemeris.origin_ms) / 1000
    window_s = (ephemeris.window_s[0] - later_s, ephemeris.window_s[1] - later_s)
    found = find_passes(wider, everybody.take(rows), min_elevation_deg=threshold_deg)
    sky = _Sky.over(found, HorizonMasks.of(masks), window_s)
    cut = sky.highest_stays()
    cut = replace(
        cut,
        ephemeris=ephemeris,
        observers=everybody,
        observer=rows[cut.observer],
        **{name: getattr(cut, name) + later_s for name in ("aos_s", "culmination_s", "los_s")},
    )
    start_s, end_s = ephemeris.culminations_s
    return cut.take((cut.culmination_s >= start_s) & (cut.culmination_s < end_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sky:
    """Passes in a window that is wider than the one asked for, and what stands before them.

    Attributes:
        passes: with an open horizon.
        masks: of each observer.
        window_s: the window asked for; a satellite that never sets culminates in it.
        low_s, high_s: between which times each pass is above the threshold, one revolution at most.
    """

    passes: Passes
    masks: HorizonMasks
    window_s: tuple[float, float]
    low_s: Floats
    high_s: Floats

    @classmethod
    def over(cls, passes: Passes, masks: HorizonMasks, window_s: tuple[float, float]) -> "_Sky":
        """Bound the passes that have no AOS or LOS."""
        period_s, endless = passes.ephemeris.element_set.period_s, passes.always_up
        first_s = np.where(endless, window_s[0], passes.culmination_s) - period_s
        last_s = np.where(endless, window_s[1], passes.culmination_s) + period_s
        return cls(
            passes=passes,
            masks=masks,
            window_s=window_s,
            low_s=np.where(np.isnan(passes.aos_s), first_s, passes.aos_s),
            high_s=np.where(np.isnan(passes.los_s), last_s, passes.los_s),
        )

    def highest_stays(self) -> Passes:
        """Cut each pass down to its highest stay above the mask, and drop those that have none."""
        none = np.empty(0, np.int64)
        blocks = [(none, STEP_S), *self._blocks()]
        return self._cut(_Stays.join([self._stays(*block) for block in blocks]))

    def _blocks(self) -> Iterator[tuple[Integers, float]]:
        """Yield passes that are looked at in equal steps, few enough for their samples to fit."""
        top_s = self.passes.culmination_s
        side_s = np.maximum(top_s - self.low_s, self.high_s - top_s)
        for step_s, chosen in ((STEP_S, side_s <= LONG_S), (LONG_STEP_S, side_s > LONG_S)):
            rows = np.flatnonzero(chosen)
            arcs = (self.high_s - self.low_s)[rows] / ARC_S + 1.0
            cuts = np.flatnonzero(np.diff(np.cumsum(arcs) // ARCS_AT_ONCE)) + 1
            yield from ((block, step_s) for block in np.split(rows, cuts) if block.size)

    def _stays(self, passes: Integers, step_s: float) -> "_Stays":
        """Return the unbroken stays above the mask, of which each pass's highest is one."""
        arcs = _Arcs.of(self, passes, step_s)
        arc, start_s, up = arcs.strides(step_s)
        pass_ = np.repeat(arcs.row[arc], STEPS)
        up = up.ravel()
        is_first = np.diff(pass_, prepend=-1) != 0
        is_last = np.roll(is_first, -1)
        first = np.flatnonzero(up & (is_first | ~np.roll(up, 1)))
        last = np.flatnonzero(up & (is_last | ~np.roll(up, -1)))

        def time_s(sample: Integers) -> Floats:
            at_s = start_s[sample // STEPS] + step_s * (sample % STEPS)
            return np.clip(at_s, self.low_s[pass_[sample]], self.high_s[pass_[sample]])

        # The stay that holds the culmination is the highest of its pass.
        top_s, endless = self.passes.culmination_s[pass_[first]], self.passes.always_up
        holds = (time_s(first) <= top_s) & (top_s <= time_s(last)) & ~endless[pass_[first]]
        may_be = holds | ~np.isin(pass_[first], pass_[first][holds])
        first, last, holds = first[may_be], last[may_be], holds[may_be]

        row = pass_[first]
        # At a bound of the pass there is nothing to find: it is up there.
        opens, shuts = np.flatnonzero(~is_first[first]), np.flatnonzero(~is_last[last])
        inside = np.r_[first[opens], last[shuts]]
        outside = np.r_[first[opens] - 1, last[shuts] + 1]
        here = arcs.take(arc[inside // STEPS])
        edge_s = _bisect(here.is_up, time_s(inside), time_s(outside))
        aos_s, los_s = self.low_s[row], self.high_s[row]
        aos_s[opens], los_s[shuts] = np.split(edge_s, [opens.size])
        return self._with_tops(row, aos_s, los_s, holds)

    def _with_tops(self, row: Integers, aos_s: Floats, los_s: Floats, holds: Flags) -> "_Stays":
        """Put each culmination where its stay is highest; drop stays that miss the window."""
        passes, endless = self.passes, self.passes.always_up[row]
        start_s = np.where(endless, np.maximum(aos_s, self.window_s[0]), aos_s)
        end_s = np.where(endless, np.minimum(los_s, self.window_s[1] - 0.001), los_s)
        top_s = passes.culmination_s[row]
        k = np.flatnonzero(~holds & (start_s <= end_s))
        observer = passes.observer[row]
        top_s[k] = highest_s(passes.ephemeris, passes.observers, observer[k], start_s[k], end_s[k])
        height_deg = look(passes.ephemeris, passes.observers, observer, top_s).elevation_deg
        stays = _Stays(
            row=row, aos_s=aos_s, culmination_s=top_s, los_s=los_s, max_elevation_deg=height_deg
        )
        return stays.take(np.flatnonzero(start_s <= end_s))

    def _cut(self, stays: "_Stays") -> Passes:
        """Return each pass as its highest stay."""
        order = np.lexsort((-stays.max_elevation_deg, stays.row))
        best = stays.take(order[np.flatnonzero(np.diff(stays.row[order], prepend=-1))])
        passes = self.passes.take(best.row)
        period_s = passes.ephemeris.element_set.period_s
        unrisen = np.isnan(passes.aos_s) & (best.aos_s == self.low_s[best.row])
        unset = np.isnan(passes.los_s) & (best.los_s == self.high_s[best.row])
        long_ago = best.culmination_s - best.aos_s > period_s
        far_off = best.los_s - best.culmination_s > period_s
        return replace(
            passes,
            aos_s=np.where(unrisen | long_ago, np.nan, best.aos_s),
            culmination_s=best.culmination_s,
            los_s=np.where(unset | far_off, np.nan, best.los_s),
            max_elevation_deg=best.max_elevation_deg,
            always_up=passes.always_up & unrisen & unset,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arcs:
    """Stretches of passes: the satellite in its observers' own axes, by the track's polynomials.

    Attributes:
        sky: what they are parts of.
        row: of the pass, shape (n,).
        start_s: of each arc.
        middle_s: of the piece of the track that it follows.
        coefficients: east, north and up (km), lowest power first, shape (3, DEGREE + 1, n).
    """

    sky: _Sky
    row: Integers
    start_s: Floats
    middle_s: Floats
    coefficients: Floats

    @classmethod
    def of(cls, sky: _Sky, rows: Integers, step_s: float) -> "_Arcs":
        """Cut some passes into arcs that count from their culminations."""
        passes, track = sky.passes, sky.passes.ephemeris.track()
        top_s = passes.culmination_s[rows]
        # A step further, so that what is at the end is seen.
        first, last = (
            np.floor((bound_s - top_s) / ARC_S).astype(np.int64)
            for bound_s in (sky.low_s[rows], sky.high_s[rows] + step_s)
        )
        count = last - first + 1
        number = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
        row, start_s = np.repeat(rows, count), np.repeat(top_s, count) + ARC_S * number
        piece = track.piece_at(start_s + 0.5 * ARC_S)
        observer = passes.observer[row]
        return cls(
            sky=sky,
            row=row,
            start_s=start_s,
            middle_s=track.middle_s(piece),
            coefficients=_in_own_axes(track.coefficients[piece, :3], passes.observers, observer),
        )

    def take(self, arcs: Integers) -> "_Arcs":
        """Return the chosen arcs."""
        return _Arcs(
            sky=self.sky,
            row=self.row[arcs],
            start_s=self.start_s[arcs],
            middle_s=self.middle_s[arcs],
            coefficients=self.coefficients[:, :, arcs],
        )

    def clip(self, time_s: Floats) -> Floats:
        """Return times (..., n) no further than the bounds of the pass."""
        return np.clip(time_s, self.sky.low_s[self.row], self.sky.high_s[self.row])

    def angles_deg(self, time_s: Floats) -> tuple[Floats, Floats]:
        """Return azimuth, 0 to 360, and elevation at times (..., n)."""
        x = (time_s - self.middle_s) / self.sky.passes.ephemeris.track().reach_s
        east, north, up = (_polynomial(each, x) for each in self.coefficients)
        azimuth_deg = 180.0 + np.degrees(np.arctan2(-east, -north))
        return azimuth_deg, np.degrees(np.arctan2(up, np.hypot(east, north)))

    def is_up(self, time_s: Floats) -> Flags:
        """Tell whether the satellite is above the mask at times (..., n)."""
        azimuth_deg, elevation_deg = self.angles_deg(time_s)
        mask = self.sky.passes.observer[self.row]
        return np.asarray(elevation_deg >= self.sky.masks.at(mask, azimuth_deg))

    def strides(self, step_s: float) -> tuple[Integers, Floats, Flags]:
        """Return arc and start of each stride, and whether it is up at each of its steps."""
        stride_s = STEPS * step_s
        ends_s = self.start_s + stride_s * np.arange(round(ARC_S / stride_s) + 1)[:, None]
        clear, hidden = self._clear_and_hidden(ends_s)
        low_s, high_s = self.sky.low_s[self.row], self.sky.high_s[self.row]
        touches = ((ends_s[1:] > low_s) & (ends_s[:-1] <= high_s + step_s)).T
        arc, _ = np.nonzero(touches)
        start_s = ends_s[:-1].T[touches]
        up = np.repeat(clear.T[touches][:, None], STEPS, axis=1)
        k = np.flatnonzero(~(clear | hidden).T[touches])
        doubtful = self.take(arc[k])
        steps_s = step_s * np.arange(STEPS)[:, None]
        up[k] = doubtful.is_up(doubtful.clip(start_s[k] + steps_s)).T
        return arc, start_s, up

    def _clear_and_hidden(self, ends_s: Floats) -> tuple[Flags, Flags]:
        """Tell which strides are above the mask, and which below it, from end to end."""
        masks, mask = self.sky.masks, self.sky.passes.observer[self.row]
        azimuth_deg, elevation_deg = self.angles_deg(self.clip(ends_s))
        turn_deg = np.abs((np.diff(azimuth_deg, axis=0) + 180.0) % 360.0 - 180.0)
        # Half of a narrow stride is within this of an end, though its azimuth turn back on the way.
        narrow = turn_deg < 1.5 * SECTOR_DEG
        near, around = masks.bounds_near(mask, azimuth_deg), masks.bounds_around(mask)
        least_deg, most_deg = (
            np.where(narrow, extreme(each[:-1], each[1:]), every)
            for extreme, each, every in zip((np.minimum, np.maximum), near, around, strict=True)
        )
        lower_deg = np.minimum(elevation_deg[:-1], elevation_deg[1:]) - SLACK_DEG
        upper_deg = np.maximum(elevation_deg[:-1], elevation_deg[1:]) + SLACK_DEG
        return lower_deg > most_deg, upper_deg < least_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stays(Columns):
    """Unbroken stays above a mask; ``row`` is that of the pass."""

    row: Integers
    aos_s: Floats
    culmination_s: Floats
    los_s: Floats
    max_elevation_deg: Floats


def _in_own_axes(coefficients: Floats, observers: Observers, observer: Integers) -> Floats:
    """Turn Earth-fixed polynomials (n, 3, powers) to east, north and up: (3, powers, n)."""
    axes = np.stack([observers.east_itrs, observers.north_itrs, observers.up_itrs], axis=1)
    away_km = coefficients.copy()
    away_km[:, :, 0] -= observers.position_itrs_km[observer]
    return np.ascontiguousarray(np.moveaxis(axes[observer] @ away_km, 0, -1))


def _polynomial(coefficients: Floats, x: Floats) -> Floats:
    """Return polynomials (powers, n), lowest power first, at (..., n)."""
    value: Floats = coefficients[-1] * x
    for coefficient in coefficients[-2:0:-1]:
        value += coefficient
        value *= x
    value += coefficients[0]
    return value


def _bisect(holds: Callable[[Floats], Flags], from_s: Floats, to_s: Floats) -> Floats:
    """Return until when something holds, on the way from a time when it does."""
    for _ in range(BISECTIONS):
        middle_s = 0.5 * (from_s + to_s)
        held = holds(middle_s)
        from_s, to_s = np.where(held, middle_s, from_s), np.where(held, to_s, middle_s)
    return from_s
