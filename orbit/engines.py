"""What runs the search: numpy always, numba where it is installed and pays, on how many threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")
Engine = Literal["numpy", "numba"]

WORTH_COMPILING_DAYS = (
    500_000  # observers times days: below, numba takes longer to load than to run
)


def choose_engine(observers: int, days: float) -> Engine:
    """Choose by the size of the work: loading compiled code takes most of a second."""
    return "numba" if observers * days >= WORTH_COMPILING_DAYS and has_numba() else "numpy"


def has_numba() -> bool:
    """Tell whether the extra ``fast`` is installed, without loading it."""
    return find_spec("numba") is not None


def map_in_order(work: Callable[[T], R], items: Iterable[T], *, threads: int) -> Iterator[R]:
    """Yield the results in the order of the items, never more than a few ahead of the reader."""
    if threads == 1:
        yield from map(work, items)
        return
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
