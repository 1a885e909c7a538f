"""The kernel, compiled: what the extra ``fast`` brings. Imported only where it is wanted."""

from functools import partial

import numpy as np
from numba import njit
from numba.extending import register_jitable

from orbit.ephemeris import Track
from orbit.finding import kernel
from orbit.finding.near_circular import Block
from tle.columns import Floats, Integers

for _function in kernel.INLINED:
    register_jitable(forceinline=True, **kernel.ARITHMETIC)(_function)
register_jitable(**kernel.ARITHMETIC)(kernel.solve)
_compile = partial(njit, nogil=True, **kernel.ARITHMETIC)
try:
    sweep = _compile(cache=True)(kernel.sweep)
except RuntimeError:  # there is no folder to keep the code in: each process compiles it again
    sweep = _compile()(kernel.sweep)


def solve(
    block: Block, track: Track, culminations_s: tuple[float, float]
) -> tuple[Integers, Floats]:
    """Do what ``near_circular.solve`` does."""
    candidates = int(np.diff(block.first)[block.cell].sum())
    member, found = np.empty(candidates, np.int64), np.empty((4, candidates))
    count = sweep(
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
    return member[:count], found[:, :count]
