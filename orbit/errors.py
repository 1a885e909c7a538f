"""What can go wrong with orbits.

::

    OrbitError
    ├── ArgumentError        a value that a function cannot take; also a ValueError
    │   └── HorizonError     a horizon mask cannot be one
    ├── PropagationError     SGP4 cannot carry an element set to the window
    └── PlacesError          (orbit/places/errors.py)
        ├── PlaceError       a place's text is understood and impossible
        └── PlaceNotFound    nothing is called that

What is of the wrong kind altogether, such as a text for a time, is a TypeError of Python's own.
"""


class OrbitError(Exception):
    """Root of every error of this package."""


class ArgumentError(OrbitError, ValueError):
    """A value is of the right kind, but none that the function can take."""


class PropagationError(OrbitError):
    """An element set cannot be propagated to where it is needed."""

    def __init__(self, *, norad_id: int, at: str, reason: str) -> None:
        """Keep the satellite's number beside SGP4's reason."""
        super().__init__(
            f"satellite {norad_id} cannot be propagated to {at}: {reason}; "
            "load a newer element set, or choose a window nearer to its epoch"
        )
        self.norad_id = norad_id
        self.reason = reason


class HorizonError(ArgumentError):
    """A horizon mask cannot be one.

    Attributes:
        point: which of its points is at fault, from 0; None where it has none.
    """

    def __init__(self, problem: str, *, point: int | None = None) -> None:
        """Keep the point beside the problem."""
        super().__init__(problem)
        self.point = point
