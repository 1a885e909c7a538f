"""A satellite gets its real catalog number: what was planned for it goes on."""

from datetime import datetime

from messaging.passes.book import renumber_passes
from tle.storage.numbering import reserve
from tle.storage.port import Database
from tle.versions.adoption import adopt_number
from tle.versions.decisions import require_one_orbit

_INTERRUPT = "UPDATE campaign SET plan_no = plan_no + 1, planned_from = ''"
"""A planning that is under way still thinks of the temporary number: it gives up."""


def adopt_satellite(
    database: Database, temporary_id: int, norad_id: int, *, now: datetime, force: bool = False
) -> tuple[int, int]:
    """Move a satellite's element sets and planned passes to its real number, all or nothing.

    Passes and messages keep the names they were first given.

    Args:
        database: where.
        temporary_id: the number that is given up.
        norad_id: the real one; it may have element sets of its own already.
        now: aware UTC.
        force: even if the two are on different orbits.

    Returns:
        How many element sets and how many passes moved.

    Raises:
        VersionError: the temporary number has no element set, either has been adopted already, or
            their orbits do not fit.
    """
    with database.writing() as transaction:
        transaction.execute(_INTERRUPT)  # first: it waits for what a planning writes just now
        reserve(transaction, "element_set", 0)
        if not force:
            require_one_orbit(transaction, temporary_id, norad_id, now=now)
        sets = adopt_number(transaction, temporary_id, norad_id, now=now)
        passes = renumber_passes(transaction, temporary_id, norad_id)
    return sets, passes
