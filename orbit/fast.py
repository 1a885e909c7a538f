"""The kernel, compiled: what the extra ``fast`` brings. Imported only where it is wanted."""

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from orbit import kernel
from orbit.crossings import Crossings
from orbit.ephemeris import Track
from orbit.near_circular import Block

# Nothing here is infinite or not a number. Without this promise, or with one of the functions not
# laid out inside the loop that calls it, the compiler would take the candidates one by one.
_ARITHMETIC: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": {"contract", "nnan", "ninf", "nsz", "arcp"},
}
for _function in kernel.COMPILED:
    register_jitable(forceinline=True, **_ARITHMETIC)(_function)
register_jitable(**_ARITHMETIC)(kernel.solve)
search = njit(cache=True, nogil=True, **_ARITHMETIC)(kernel.search)


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
