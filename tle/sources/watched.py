"""Files and folders of element sets, read when they change.

Renaming is the commit: a file that is written under another name and then renamed is never read
half-way. Other files are read once they have been left alone for a while.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tle.errors import NotElements
from tle.parsing import parse_elements
from tle.sources.asking import RequestResult
from tle.sources.update import Update, result_of
from tle.storage.port import Database
from tle.versions.loading import load_elements

NAME = "file"
SETTLED_S = 2.0
MAX_BYTES = 200_000_000  # the whole public catalogue is 20 MB as JSON
_UNFINISHED = (".tmp", ".part", "~")

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    path: Path
    stamp: Stamp
    modified_s: float
    size_bytes: int


class WatchedFiles:
    """Knows in memory what has been read; reading again after a restart is harmless."""

    def __init__(self, paths: Sequence[Path], *, settled_s: float = SETTLED_S) -> None:
        """Watch files, and the files that lie directly in folders.

        Files that were changed less than ``settled_s`` ago are left for the next look; who looks
        only once gives 0.
        """
        self._paths = paths
        self._settled_s = settled_s
        self._read: dict[Path, Stamp] = {}
        self._missing: set[Path] = set()

    def update(self, database: Database, *, now: datetime) -> Iterator[Update]:
        """Load what has changed since the last look; yield what came of each file.

        A missing path is reported once, until it has been there. What could not be read or
        stored is read again at the next look.
        """
        for path in self._paths:
            try:
                found = list(_files(path))
            except OSError as error:
                if path not in self._missing:
                    yield _told(path, RequestResult.FAILED, error.strerror or str(error))
                self._missing.add(path)
                continue
            self._missing.discard(path)
            for file in found:
                if self._read.get(file.path) != file.stamp:
                    yield self._update(database, file, now)

    def _update(self, database: Database, file: _Found, now: datetime) -> Update:
        if 0 <= now.timestamp() - file.modified_s < self._settled_s:
            return _told(
                file.path, RequestResult.WAITING, "written just now; left for the next look"
            )
        update = _load(database, file, now)
        if update.result is not RequestResult.FAILED:
            self._read[file.path] = file.stamp
        return update


def _load(database: Database, file: _Found, now: datetime) -> Update:
    """Load a file, or refuse it for its content; ``FAILED`` where it cannot be read."""
    if file.size_bytes > MAX_BYTES:
        return _told(file.path, RequestResult.REFUSED, f"larger than {MAX_BYTES:,} bytes")
    label = str(file.path)
    try:
        parsed = parse_elements(file.path.read_bytes(), source=label)
    except NotElements as error:
        return _told(file.path, RequestResult.REFUSED, error.reason)
    except OSError as error:
        return _told(file.path, RequestResult.FAILED, error.strerror or str(error))
    sets = parsed.sets
    loaded = load_elements(database, sets, source=label, now=now) if sets else []
    return Update(
        source=NAME,
        query=label,
        result=result_of(RequestResult.UPDATED if loaded else RequestResult.REFUSED, loaded),
        loaded=loaded,
        refusals=parsed.refusals,
    )


def _files(path: Path) -> Iterator[_Found]:
    """Yield a file, or those of a folder in the order of their names.

    Raises:
        OSError: there is no such path, or it may not be read.
    """
    if not path.is_dir():
        yield _look(path)
        return
    for each in sorted(path.iterdir()):
        hidden = each.name.startswith(".") or each.name.endswith(_UNFINISHED)
        with suppress(FileNotFoundError):  # renamed since the folder was listed
            if not hidden and each.is_file():
                yield _look(each)


def _look(path: Path) -> _Found:
    status = path.stat()
    return _Found(
        path=path,
        stamp=(status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size),
        modified_s=status.st_mtime,
        size_bytes=status.st_size,
    )


def _told(path: Path, result: RequestResult, note: str) -> Update:
    return Update(source=NAME, query=str(path), result=result, note=note)
