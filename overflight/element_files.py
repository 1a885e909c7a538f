"""Element sets from files and standard input."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tle import Parsed, parse_elements

STDIN = "-"
MAX_BYTES = 200_000_000  # the whole public catalogue is 5 MB as TLE, 20 MB as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFile:
    """A file of element sets, by the name that messages call it."""

    name: str
    parsed: Parsed


def read_element_file(path: str) -> ElementFile:
    """Read and parse a file, or standard input for ``-``.

    Raises:
        OSError: it cannot be read.
        NotElements: it holds no element sets.
    """
    if path == STDIN:
        name, content = "standard input", sys.stdin.buffer.read(MAX_BYTES)
    else:
        with Path(path).open("rb") as file:
            name, content = path, file.read(MAX_BYTES)
    return ElementFile(name=name, parsed=parse_elements(content, source=name))
