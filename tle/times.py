"""Times as the tables hold them, whole milliseconds since 1970, UTC, and as JSON writes them."""

from datetime import UTC, datetime, timedelta

DAY_MS = 86_400_000

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Return an aware instant in milliseconds, rounded down."""
    return (instant - _UNIX_EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC datetime, exactly."""
    return _UNIX_EPOCH + milliseconds * _MILLISECOND


def iso_z(instant: datetime) -> str:
    """Return an aware UTC datetime as ISO 8601 with milliseconds and Z."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
