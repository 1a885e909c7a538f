"""What runs the kernel: numpy always, numba where it is installed and pays, on how many threads."""

import importlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from orbit.errors import OrbitError
from orbit.finding import near_circular
from orbit.finding.near_circular import Solve

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")
Engine = Literal["numpy", "numba"]

# Observers times days: with fewer, numpy is through before compiled code is loaded.
WORTH_COMPILING_DAYS = 200_000


def choose_engine(observers: int, days: float) -> Engine:
    """Choose by the size of the work, among what is installed."""
    return "numba" if observers * days >= WORTH_COMPILING_DAYS and _can_compile() else "numpy"


def _can_compile() -> bool:
    """Tell whether compiled code can be loaded, by loading it: that takes most of a second."""
    try:
        importlib.import_module("orbit.finding.compiled")
    except ImportError:
        return False
    return True


def load_engine(engine: Engine) -> Solve:
    """Return what solves blocks of observers.

    Raises:
        OrbitError: there is no such engine, or it cannot be loaded.
    """
    if engine == "numpy":
        return near_circular.solve
    if engine != "numba":
        raise OrbitError(f"engine is {engine!r}; expected 'numpy' or 'numba'")
    try:
        return cast("Solve", importlib.import_module("orbit.finding.compiled").solve)
    except ImportError as error:
        raise OrbitError(
            "engine 'numba' cannot be loaded; pip install 'overflight[fast]', or take 'numpy'"
        ) from error


def map_in_order(work: Callable[[T], R], items: Iterable[T], *, threads: int) -> Iterator[R]:
    """Yield the results in the order of the items, never more than a few ahead of the reader."""
    if threads < 1:
        raise OrbitError(f"threads is {threads}; expected 1 or more")
    return (work(item) for item in items) if threads == 1 else _map_ahead(work, items, threads)


def _map_ahead(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a preview has one thread

    pool = ThreadPoolExecutor(threads)
    try:
        ahead: deque[Future[R]] = deque()
        for item in items:
            ahead.append(pool.submit(work, item))
            if len(ahead) > 2 * threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
