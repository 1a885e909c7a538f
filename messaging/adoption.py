"""A satellite gets its real catalog number: what was planned for it goes on."""

from datetime import datetime

from tle.adoption import adopt_number
from tle.ports import Database

_PASSES = "UPDATE satellite_pass SET norad_id = :norad_id WHERE norad_id = :temporary_id"


def adopt_satellite(
    database: Database, temporary_id: int, norad_id: int, *, now: datetime
) -> tuple[int, int]:
    """Move a satellite's element sets and planned passes to its real number, all or nothing.

    Passes and messages keep the names they were first given.

    Returns:
        How many element sets and how many passes moved.

    Raises:
        VersionError: the temporary number has no element set, or either has been adopted already.
    """
    with database.writing() as transaction:
        sets = adopt_number(transaction, temporary_id, norad_id, now=now)
        passes = transaction.execute(_PASSES, temporary_id=temporary_id, norad_id=norad_id)
    return sets, passes
