"""What both paths hand back: when passes rise, culminate and set, before anyone looks where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tle.columns import Columns, Flags, Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Columns):
    """Times in seconds from the first grid point of the ephemeris, one row a pass.

    AOS and LOS are NaN where the satellite does not cross the threshold within one revolution.
    """

    observer: Integers
    aos_s: Floats
    culmination_s: Floats
    los_s: Floats
    max_elevation_deg: Floats
    always_up: Flags

    @classmethod
    def nothing(cls) -> "Found":
        """Return no pass."""
        return cls(
            observer=np.empty(0, np.int64),
            aos_s=np.empty(0),
            culmination_s=np.empty(0),
            los_s=np.empty(0),
            max_elevation_deg=np.empty(0),
            always_up=np.empty(0, np.bool_),
        )


class Finder(Protocol):
    """A path: how the passes of one satellite over some observers are found, block by block."""

    def blocks(self) -> Iterable[Any]:
        """Cut the work; what a block is only the path knows."""

    def find(self, block: Any, /) -> Found:  # noqa: ANN401 - each path has blocks of its own kind
        """Find the passes over the observers of a block, by observer and time."""
