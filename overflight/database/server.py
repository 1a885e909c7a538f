"""A database server behind the port, reached through SQLAlchemy."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy

from overflight.errors import ServerError
from tle.storage.port import Parameters, Reader, Row, Transaction

STREAM_ROWS = 10_000


class EngineDatabase:
    """A server reached through an SQLAlchemy engine."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        """Wrap ``engine``."""
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a consistent view."""
        with (
            _explained(),
            self._engine.connect().execution_options(
                isolation_level="REPEATABLE READ"
            ) as connection,
        ):
            yield _EngineTransaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a write transaction."""
        with _explained(), self._engine.begin() as connection:
            yield _EngineTransaction(connection)

    def close(self) -> None:
        """Return all connections."""
        self._engine.dispose()


@contextmanager
def _explained() -> Iterator[None]:
    """Turn a server's errors into ours; what the driver says may hold what was to be stored."""
    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise ServerError(type(error).__name__) from None


class _EngineTransaction:
    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        return [tuple(row) for row in self._connection.execute(sqlalchemy.text(sql), parameters)]

    def stream(self, sql: str, **parameters: object) -> Iterator[Row]:
        result = self._connection.execute(
            sqlalchemy.text(sql), parameters, execution_options={"yield_per": STREAM_ROWS}
        )
        return (tuple(row) for row in result)

    def execute(self, sql: str, **parameters: object) -> int:
        return self._connection.execute(sqlalchemy.text(sql), parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        if batch := [dict(row) for row in rows]:
            self._connection.execute(sqlalchemy.text(sql), batch)

    def clock_ms(self) -> int:
        sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        return int(self.rows(sql)[0][0])
