"""What can go wrong in a person's hands.

OverflightError
├── SettingsError       the home or the settings in it cannot be used
├── DatabaseError       the database cannot be used
│   └── ServerError     a database server refused, or was lost
├── WiringError         what is asked for is not set up
├── TimeError           a time that cannot be read, or a window that is none
├── NoElements          no element set of the satellites asked for is known
├── NoSuchMessageError  an id that no planned message has
├── NoSuchVersionError  a version of a satellite's elements that is not stored
├── NumberTakenError    a catalog number stands for a satellite that flies, or none is free
├── PlacesFileError     a file of places cannot be used
└── OutputError         a file could not be written
"""

from collections.abc import Sequence
from pathlib import Path

from messaging.errors import Problem


class OverflightError(Exception):
    """Root of the errors that are shown to a person without a traceback."""


class SettingsError(OverflightError):
    """The home or the settings in it cannot be used; every problem found is listed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class DatabaseError(OverflightError):
    """The database cannot be used; the message says why and what to do."""


class ServerError(DatabaseError):
    """A database server refused, or was lost; ``kind`` is the driver's word for it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"the database server refused or was lost ({kind}); "
            "nothing of this step was stored: look at the server and try again"
        )
        self.kind = kind


class WiringError(OverflightError):
    """What is asked for is not set up."""


class TimeError(OverflightError):
    """A time that cannot be read, or a window that is none."""


class NoElements(OverflightError):
    """No element set of the satellites asked for is known; ``norad_ids`` are those missing."""

    def __init__(self, message: str, *, norad_ids: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.norad_ids = tuple(norad_ids)


class NoSuchMessageError(OverflightError):
    """An id that no planned message has."""


class NoSuchVersionError(OverflightError):
    """A version of a satellite's elements that is not stored."""


class NumberTakenError(OverflightError):
    """The number stands for a satellite that flies, or none is free."""


class PlacesFileError(OverflightError):
    """A file of places cannot be used; ``lines`` are those of the bad rows that are told."""

    def __init__(self, message: str, *, lines: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.lines = tuple(lines)


class OutputError(OverflightError):
    """A file could not be written; ``path`` is the one that was asked for."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path
