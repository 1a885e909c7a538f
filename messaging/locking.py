"""A lock on a file or folder that holds between processes and between threads."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, flags: int, *, shared: bool = False) -> Iterator[int]:
    """Open a path, wait for its lock, and yield the file descriptor.

    Each call has a descriptor of its own, so flock keeps the threads of one process apart too.

    Args:
        path: a file, or a folder opened for reading only.
        flags: as for ``os.open``; a file that is created gets mode 0600.
        shared: let other readers in; writers wait.

    Raises:
        OSError: the path cannot be opened.
    """
    file = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
