"""Times as the tables hold them, whole milliseconds since 1970, UTC, and as JSON writes them."""

from datetime import UTC, datetime, timedelta

DAY_MS = 86_400_000
SECONDS_PER_DAY = 86_400.0
MINUTES_PER_DAY = 1_440.0
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JULIAN_1970 = 2_440_587.5
"""The Julian date of ``UNIX_EPOCH``."""

_MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Return an aware instant in milliseconds, rounded down."""
    return (instant - UNIX_EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return milliseconds since 1970 as an aware UTC datetime, exactly."""
    return UNIX_EPOCH + milliseconds * _MILLISECOND


def iso_z(instant: datetime) -> str:
    """Return an aware UTC datetime as ISO 8601 with milliseconds and Z."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
