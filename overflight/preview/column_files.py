"""Passes as files of columns: npz for numpy, and Parquet."""

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overflight.errors import OverflightError
from overflight.preview.many_places import ABSENT_MS, Columns

_COPY_BYTES = 1 << 20


def write_npz(path: Path, batches: Iterable[Columns]) -> int:
    """Write an uncompressed archive of one array a column; return the number of rows.

    Each column grows in a file of its own beside ``path`` first, because an archive takes them
    only one after the other.

    Args:
        path: the file to write, alone in its folder.
        batches: at least one; all have the same columns.
    """
    dtypes, batches = _dtypes(batches)
    parts = {name: path.with_name(f"{name}.part") for name in dtypes}
    count = 0
    with ExitStack() as stack:
        files = {name: stack.enter_context(part.open("wb")) for name, part in parts.items()}
        for columns in batches:
            count += len(columns["observer"])
            for name, file in files.items():
                file.write(np.ascontiguousarray(columns[name]).data)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            descr = np.lib.format.dtype_to_descr(dtypes[name])
            header = {"descr": descr, "fortran_order": False, "shape": (count,)}
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                with part.open("rb") as column:
                    shutil.copyfileobj(column, member, _COPY_BYTES)
            part.unlink()
    return count


def write_parquet(path: Path, batches: Iterable[Columns]) -> int:
    """Write a row group for each batch; return the number of rows.

    What is ``ABSENT_MS`` or NaN in the columns is null in the file.

    Args:
        path: the file to write.
        batches: at least one; all have the same columns.

    Raises:
        OverflightError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise OverflightError(
            "Parquet needs pyarrow, which is not installed; "
            "install it (pip install 'overflight[parquet]'), or choose --format npz"
        ) from error
    dtypes, batches = _dtypes(batches)
    schema = pa.schema([(name, pa.from_numpy_dtype(dtype)) for name, dtype in dtypes.items()])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for columns in batches:
            arrays = [pa.array(columns[name], mask=_is_absent(columns[name])) for name in dtypes]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(columns["observer"])
    return count


def _dtypes(batches: Iterable[Columns]) -> tuple[dict[str, np.dtype[Any]], Iterator[Columns]]:
    """Return what kinds of columns the first batch has, and all the batches."""
    following = iter(batches)
    first = next(following)
    return {name: column.dtype for name, column in first.items()}, chain([first], following)


def _is_absent(column: NDArray[Any]) -> NDArray[np.bool_]:
    is_integer = np.issubdtype(column.dtype, np.integer)
    return np.asarray(column == ABSENT_MS if is_integer else np.isnan(column), np.bool_)


COLUMN_WRITERS = {"npz": write_npz, "parquet": write_parquet}
