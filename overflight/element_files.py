"""Element sets from files and standard input."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tle import Parsed, parse_elements

STDIN = "-"
MAX_BYTES = 200_000_000  # the whole public catalogue is 5 MB as TLE, 20 MB as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFile:
    """A file whose element sets are used instead of the stored ones."""

    name: str
    parsed: Parsed


def read_elements(path: str) -> Parsed:
    """Read and parse a file, or standard input for ``-``.

    Raises:
        OSError: it cannot be read.
        NotElements: it holds no element sets.
    """
    if path == STDIN:
        return parse_elements(sys.stdin.buffer.read(MAX_BYTES), source="standard input")
    with Path(path).open("rb") as file:
        return parse_elements(file.read(MAX_BYTES), source=path)
