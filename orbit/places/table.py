"""Text tables searched where they lie on disk."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path


class SortedTable:
    """Lines of ``key<TAB>fields`` in ascending byte order of their keys.

    The file is mapped, not read: opening it costs nothing, a look-up touches about twenty lines.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def get(self, key: str) -> list[str] | None:
        """Return the fields stored under a key, or None."""
        target = key.encode() + b"\t"
        start = self._bisect(target)
        end = self._bytes.find(b"\n", start)
        line = self._bytes[start:end]
        return line[len(target) :].decode().split("\t") if line.startswith(target) else None

    def rows(self) -> Iterator[list[str]]:
        """Yield the key and fields of every line, in order."""
        for line in self._bytes[:].decode().splitlines():
            yield line.split("\t")

    def search(self, pattern: re.Pattern[bytes]) -> Iterator[list[str]]:
        r"""Yield the key and fields of each line that is group 1 of a pattern after ``\n``."""
        for match in pattern.finditer(self._bytes):
            yield match[1].decode().split("\t")

    def _bisect(self, target: bytes) -> int:
        """Return where the first line that is not below the target starts."""
        low, high = 0, len(self._bytes)
        while low < high:
            middle = (low + high) // 2
            start = self._bytes.rfind(b"\n", low, middle) + 1 or low
            if self._bytes[start : start + len(target)] < target:
                low = self._bytes.find(b"\n", start) + 1
            else:
                high = start
        return low
