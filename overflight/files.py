"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from overflight.errors import OverflightError

__all__ = ["OutputError", "whole_file"]


class OutputError(OverflightError):
    """A file could not be written; ``path`` is the one that was asked for."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; at the end the file there takes the place of ``path``.

    It lies alone in a new folder beside ``path``, which may hold temporary files besides and is
    gone afterwards, however the writing ends.

    Raises:
        OutputError: ``path`` is no file, or it cannot be written; then it is as it was.
    """
    if path.exists() and not path.is_file():
        raise OutputError(f"{path}: expected a file, got something else", path=path)
    target = path.resolve()  # a link stays one
    try:
        with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            partial = Path(folder) / target.name
            yield partial
            _sync(partial)
            partial.replace(target)
        _sync(target.parent)
    except OSError as error:
        message = f"{path} could not be written; nothing of it is left behind"
        raise OutputError(message, path=path) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
