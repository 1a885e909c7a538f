"""The live view of a rehearsal: the time, the satellites over the world, and the counts."""

import sys
import time
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from overflight import console

if TYPE_CHECKING:
    from overflight.rehearsal import Moment

REFRESH_S = 0.1


class LiveView:
    """Shows a rehearsal on a terminal; where nobody watches, it shows nothing."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self._start, self._end = start, end
        self._shown_s = 0.0

    def __enter__(self) -> "LiveView":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def show(self, moment: "Moment") -> None:
        """Draw a moment, unless the last one is still fresh."""
