"""The kernel, compiled: what the extra ``fast`` brings. Imported only where it is wanted."""

import numpy as np
from numba import njit
from numba.extending import register_jitable

from orbit import kernel
from orbit.crossings import Crossings
from orbit.ephemeris import Track
from orbit.near_circular import Block

for _function in kernel.INLINED:
    register_jitable(forceinline=True, **kernel.ARITHMETIC)(_function)
register_jitable(**kernel.ARITHMETIC)(kernel.solve)
search = njit(cache=True, nogil=True, **kernel.ARITHMETIC)(kernel.search)


def find_crossings(block: Block, track: Track, culminations_s: tuple[float, float]) -> Crossings:
    """Find the passes of a block whose culminations lie in [start, end), by observer and time."""
    candidates = int(np.diff(block.first)[block.cell].sum())
    member, found = np.empty(candidates, np.int64), np.empty((4, candidates))
    count = search(
        block.first,
        block.columns,
        block.cell,
        block.piece,
        track.coefficients,
        track.middle_s(block.piece),
        track.reach_s,
        *culminations_s,
        member,
        found,
    )
    aos_s, culmination_s, los_s, sine = found[:, :count]
    return Crossings(
        observer=block.row[member[:count]],
        aos_s=aos_s,
        culmination_s=culmination_s,
        los_s=los_s,
        max_elevation_deg=np.degrees(np.arcsin(np.minimum(sine, 1.0))),
        always_up=np.zeros(count, np.bool_),
    )
