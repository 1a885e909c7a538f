"""What every store of element sets, people and messages needs of a database, in plain SQL.

SQL uses named parameters (``:norad_id``) and only what SQLite and PostgreSQL share, so that one
text serves both engines. The port stands on the ground floor because stores of several packages
share it; ``overflight/database/`` implements it for both engines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = Sequence[Any]
Parameters = Mapping[str, Any]


class Reader(Protocol):
    """A consistent view of the database."""

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        """Return all rows of a query."""
        ...

    def stream(self, sql: str, **parameters: object) -> Iterator[Row]:
        """Yield the rows of a query in bounded memory."""
        ...


class Transaction(Reader, Protocol):
    """A write transaction: all of it is durable when its block ends, or none of it."""

    def execute(self, sql: str, **parameters: object) -> int:
        """Run one statement; return the number of rows it touched."""
        ...

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each mapping of parameters."""
        ...

    def clock_ms(self) -> int:
        """Return the store's own clock, milliseconds UTC, shared by all its clients."""
        ...


class Database(Protocol):
    """Where stores read and write."""

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a consistent view."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open a write transaction, exclusive from its first statement on SQLite."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...
