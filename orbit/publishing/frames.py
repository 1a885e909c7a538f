"""Columns as the data frames of other libraries, which nothing else here needs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


def pandas_frame(columns: Mapping[str, NDArray[Any]]) -> "pd.DataFrame":
    """Return a frame whose times are aware, UTC; NaT is NaT.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - half a second, for those who ask for it
    except ImportError as error:
        raise _missing("pandas") from error

    frame = pd.DataFrame(dict(columns))
    for name in _times(columns):
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def polars_frame(columns: Mapping[str, NDArray[Any]]) -> "pl.DataFrame":
    """Return a frame whose times are aware, UTC; NaT and NaN are null.

    Raises:
        ImportError: polars is not installed.
    """
    try:
        import polars as pl  # noqa: PLC0415 - as above
    except ImportError as error:
        raise _missing("polars") from error

    frame = pl.DataFrame(dict(columns), nan_to_null=True)
    return frame.with_columns(pl.col(_times(columns)).dt.replace_time_zone("UTC"))


def _times(columns: Mapping[str, NDArray[Any]]) -> list[str]:
    return [name for name, column in columns.items() if column.dtype.kind == "M"]


def _missing(library: str) -> ImportError:
    return ImportError(f"{library} is not installed: pip install {library}", name=library)
