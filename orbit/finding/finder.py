"""What both paths hand back: when passes rise, culminate and set, before anyone looks where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orbit.earth import Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """Times in seconds from the first grid point of the ephemeris, one row a pass.

    AOS and LOS are NaN where the satellite does not cross the threshold within one revolution.
    """

    observer: Integers
    aos_s: Floats
    culmination_s: Floats
    los_s: Floats
    max_elevation_deg: Floats
    always_up: NDArray[np.bool_]

    @classmethod
    def join(cls, parts: Sequence["Crossings"]) -> "Crossings":
        """Put the blocks of observers together again."""
        empty = cls(
            observer=np.empty(0, np.int64),
            aos_s=np.empty(0),
            culmination_s=np.empty(0),
            los_s=np.empty(0),
            max_elevation_deg=np.empty(0),
            always_up=np.empty(0, np.bool_),
        )
        parts = [empty, *parts]
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Crossings":
        """Return the chosen rows."""
        return Crossings(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class Search(Protocol):
    """A path: how the passes of one satellite over some observers are found, block by block."""

    def blocks(self) -> Iterable[Any]:
        """Cut the work; what a block is only the path knows."""

    def find(self, block: Any, /) -> Crossings:  # noqa: ANN401
        """Find the passes over the observers of a block, by observer and time."""
