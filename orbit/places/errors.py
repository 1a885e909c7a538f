"""What can go wrong with a place; ``orbit/errors.py`` draws the tree."""

from collections.abc import Sequence

from orbit.errors import OrbitError


class PlacesError(OrbitError, ValueError):
    """A text that names no place."""


class PlaceError(PlacesError):
    """Coordinates that are no point on Earth, or that cannot be read.

    Attributes:
        query: the text that was given.
        expected: what would have been right.
        got: what came instead.
    """

    def __init__(self, query: str, *, expected: str, got: str) -> None:
        super().__init__(f"cannot use {query!r} as a place: expected {expected}, got {got}")
        self.query = query
        self.expected = expected
        self.got = got


class PlaceNotFound(PlacesError):
    """No city has this name.

    Attributes:
        query: the text that was given.
        suggestions: near names, each of which can be found.
    """

    def __init__(self, query: str, suggestions: Sequence[str]) -> None:
        near = f"did you mean {_either(suggestions)}? Or give" if suggestions else "give"
        super().__init__(
            f"no place called {query!r}; {near} coordinates such as 52.52,13.41 "
            "or a locator such as JO62"
        )
        self.query = query
        self.suggestions = tuple(suggestions)


def _either(names: Sequence[str]) -> str:
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} or {last}" if most else last
