"""Time as a port: the daemon lives by the real clock, a rehearsal by one that jumps."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        ...


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


class VirtualClock:
    """A time that stands still until it is moved, and never moves back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self._now

    def advance_to(self, time: datetime) -> None:
        """Move the clock forward; a time that is past leaves it where it is."""
        self._now = max(self._now, time)
