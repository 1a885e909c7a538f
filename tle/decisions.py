"""What a person decides about stored element sets: go back, go on, accept."""

from datetime import datetime

from tle.adoption import current_ids
from tle.elements import ElementSet
from tle.errors import VersionError
from tle.in_force import Standing, StoredElementSet, in_force, versions
from tle.ports import Database
from tle.store import pin, unpin
from tle.times import to_ms

_ACCEPT = """
UPDATE element_set SET accepted_ms = :accepted_ms WHERE element_set_no = :element_set_no
"""


def roll_back(database: Database, norad_id: int, *, now: datetime) -> ElementSet:
    """Put the set before the one in force in force again, and return it.

    It is pinned until a set comes whose epoch is newer than that of the set that was in force
    before the first step back. Rolling back again goes a step further.

    Raises:
        VersionError: there is no older set.
    """
    with database.writing() as transaction:
        stored = versions(transaction, norad_id, now=now)
        older = [each for each in stored if each.standing is Standing.SUPERSEDED]
        if not older:
            raise VersionError(
                f"satellite {norad_id} has no older element set to go back to; it has "
                f"{len(stored)} in all: overflight tle history {norad_id}"
            )
        [(current, chosen)] = in_force(transaction, [norad_id], now=now).items()
        pin(transaction, current, older[0].element_set_no, chosen.until_epoch_ms, now)
    return older[0].element_set


def release(database: Database, norad_id: int, *, now: datetime) -> ElementSet:
    """Take a pin away, and return the set that is in force then.

    Raises:
        VersionError: no set of the satellite is pinned.
    """
    with database.writing() as transaction:
        [current] = current_ids(transaction, [norad_id]).values()
        chosen = in_force(transaction, [current], now=now).get(current)
        if chosen is None or not chosen.is_pinned:
            raise VersionError(f"no element set of satellite {norad_id} is pinned; nothing to undo")
        unpin(transaction, current)
        stored = versions(transaction, current, now=now)
    return next(each.element_set for each in stored if each.standing is Standing.IN_FORCE)


def accept(database: Database, norad_id: int, *, now: datetime) -> StoredElementSet:
    """Take the newest quarantined set out of quarantine; return it as it stands then.

    Raises:
        VersionError: none is quarantined.
    """
    with database.writing() as transaction:
        stored = versions(transaction, norad_id, now=now)
        waiting = [each for each in stored if each.standing is Standing.QUARANTINED]
        if not waiting:
            raise VersionError(
                f"no element set of satellite {norad_id} is quarantined; nothing to accept"
            )
        number = waiting[0].element_set_no
        transaction.execute(_ACCEPT, element_set_no=number, accepted_ms=to_ms(now))
        after = versions(transaction, norad_id, now=now)
    return next(each for each in after if each.element_set_no == number)
