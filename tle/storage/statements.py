"""Lists in SQL: queries about any number of values, a bounded number at a time."""

from collections.abc import Iterator, Sequence

from tle.storage.port import Reader, Row

VALUES_AT_ONCE = 500  # SQLite looks named parameters up one by one


def rows_among(
    reader: Reader, sql: str, values: Sequence[object], **parameters: object
) -> Iterator[Row]:
    """Yield the rows of a query about some values, whatever their number.

    Args:
        reader: the view to read.
        sql: names the values as ``IN (:values)``. What it groups or orders is grouped and ordered
            among ``VALUES_AT_ONCE`` of them only.
        values: asked about, in their order.
        parameters: the others that it names.
    """
    for first in range(0, len(values), VALUES_AT_ONCE):
        names, some = placeholders(values[first : first + VALUES_AT_ONCE])
        yield from reader.rows(sql.replace(":values", names), **some, **parameters)


def placeholders(values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """Return the inside of ``IN (...)`` for some values, and the parameters it names."""
    parameters = {f"v{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{name}" for name in parameters) or "NULL", parameters
