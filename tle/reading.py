"""From an element file to its sets, by what people call the satellites."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import index
from os import PathLike
from pathlib import Path
from typing import SupportsIndex

from tle.elements import ElementSet, newest_by_satellite
from tle.errors import SelectionError, UnknownSatellite
from tle.formats.base import Refusal, excerpt
from tle.names import select_satellite
from tle.parsing import parse_elements

_TEXT = ("[{", "{", "<")  # how no path begins, but JSON and XML of one line


@dataclass(frozen=True, kw_only=True, eq=False)
class ElementSets:
    """The element sets of one file, in its order; iterable, and indexed by satellite.

    ``sets["iss"]`` is the newest set of one satellite, of equal epochs the later one. The key is
    its catalog number (25544 or ``"25544"``), its whole name (case and spacing do not matter), or
    an everyday name such as ``"hubble"``.

    Attributes:
        source: the file.
        sets: the good sets; a satellite may have several.
        refusals: the others, each with its line and the reason.
    """

    source: str
    sets: tuple[ElementSet, ...]
    refusals: tuple[Refusal, ...]

    def __getitem__(self, satellite: SupportsIndex | str) -> ElementSet:
        """Return the newest set of a satellite.

        Raises:
            UnknownSatellite: it is not there; also a KeyError.
            AmbiguousSatellite: several have this name.
        """
        if not isinstance(satellite, (SupportsIndex, str)):
            raise TypeError(
                f"expected a satellite's catalog number or name, got {excerpt(repr(satellite))}"
            )
        query = satellite if isinstance(satellite, str) else str(index(satellite))
        norad_id = select_satellite(query, self._names)
        if norad_id not in self._newest:
            raise UnknownSatellite(query=str(norad_id), near=())
        return self._newest[norad_id]

    def __contains__(self, satellite: object) -> bool:
        """Tell whether there is a set of exactly one satellite of that number or name."""
        try:
            self[satellite]  # type: ignore[index]  # what is no key is refused there
        except (SelectionError, TypeError):
            return False
        return True

    def __iter__(self) -> Iterator[ElementSet]:
        """Yield all sets in the order of the file."""
        return iter(self.sets)

    def __len__(self) -> int:
        """Return the number of sets."""
        return len(self.sets)

    def __repr__(self) -> str:
        refused = f", {len(self.refusals)} refused" if self.refusals else ""
        count = f"{len(self.sets)} of {len(self._newest)} satellites"
        return f"<ElementSets of {self.source}: {count}{refused}>"

    @cached_property
    def _newest(self) -> dict[int, ElementSet]:
        return newest_by_satellite(self.sets)

    @cached_property
    def _names(self) -> list[tuple[int, str]]:
        return [(norad_id, each.name) for norad_id, each in self._newest.items()]


def read_elements(path: str | PathLike[str]) -> ElementSets:
    """Read a file of TLE, 3LE, or OMM as CSV, JSON, XML or KVN, told apart by its content.

    Args:
        path: of the file. For a text there is ``parse_elements``.

    Raises:
        OSError: the file cannot be read.
        NotElements: it holds no element sets; also a ValueError.
        ValueError: it is not a path but a text.
        TypeError: it is neither.
    """
    if not isinstance(path, (str, PathLike)):
        raise TypeError(
            f"expected the path of an element file, got {type(path).__name__}; "
            "for its content there is parse_elements"
        )
    if isinstance(path, str) and ("\n" in path or path.lstrip().startswith(_TEXT)):
        raise ValueError(
            f"expected the path of an element file, got a text that begins {excerpt(path)}; "
            "for a text there is parse_elements"
        )
    parsed = parse_elements(Path(path).read_bytes(), source=str(path))
    return ElementSets(
        source=str(path),
        sets=tuple(each.element_set for each in parsed.sets),
        refusals=tuple(parsed.refusals),
    )
