"""Files that appear whole or not at all, and files that nobody else may read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from overflight.errors import OutputError


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


def create_private(path: Path, content: bytes) -> None:
    """Create a file that only its owner may read.

    Raises:
        FileExistsError: there is one already; it stays as it is.
        OSError: it cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
