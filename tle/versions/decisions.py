"""What a person decides about stored element sets: to go back, to go on, to accept one."""

from datetime import datetime

from tle.elements import ElementSet
from tle.errors import NoOlderVersionError, OtherOrbitError, VersionError
from tle.motion.verdict import Verdict
from tle.storage.numbering import touch
from tle.storage.port import Database, Reader
from tle.times import to_ms
from tle.versions.adoption import current_ids
from tle.versions.in_force import (
    StoredElementSet,
    VersionState,
    elements_in_force,
    in_force,
    stored_versions,
)
from tle.versions.loading import clear_pin, pin

_ACCEPT = """
UPDATE element_set SET accepted_ms = :accepted_ms WHERE element_set_no = :element_set_no
"""


def roll_back(database: Database, norad_id: int, *, now: datetime) -> ElementSet:
    """Put the set before the one in force in force again, and return it.

    It is pinned until a set comes whose epoch is newer than that of the set that was in force
    before the first step back. Rolling back again goes a step further.

    Raises:
        NoOlderVersion: there is no older set.
    """
    with database.writing() as transaction:
        touch(transaction, "element_set")
        stored = stored_versions(transaction, norad_id, now=now)
        chosen = in_force(transaction, [norad_id], now=now)
        is_synthetic = any(each.is_synthetic for each in chosen.values())
        older = [
            each
            for each in stored
            if each.state is VersionState.SUPERSEDED
            and (each.verdict is Verdict.SYNTHETIC) is is_synthetic
        ]
        if not older:
            raise NoOlderVersionError(norad_id=norad_id, count=len(stored))
        [(current, replaced)] = chosen.items()
        pin(transaction, current, older[0].version_no, replaced.until_ms, now)
    return older[0].element_set


def unpin(database: Database, norad_id: int, *, now: datetime) -> ElementSet:
    """Take a pin away, and return the set that is in force then.

    Raises:
        VersionError: no set of the satellite is pinned.
    """
    with database.writing() as transaction:
        touch(transaction, "element_set")
        [current] = current_ids(transaction, [norad_id]).values()
        chosen = in_force(transaction, [current], now=now).get(current)
        if chosen is None or not chosen.is_pinned:
            raise VersionError(f"no element set of satellite {norad_id} is pinned; nothing to undo")
        clear_pin(transaction, current)
        stored = stored_versions(transaction, current, now=now)
    return next(each.element_set for each in stored if each.state is VersionState.IN_FORCE)


def accept(database: Database, norad_id: int, *, now: datetime) -> StoredElementSet:
    """Take the newest quarantined set out of quarantine; return it as it stands then.

    Raises:
        VersionError: none is quarantined.
    """
    with database.writing() as transaction:
        touch(transaction, "element_set")
        stored = stored_versions(transaction, norad_id, now=now)
        waiting = [each for each in stored if each.state is VersionState.QUARANTINED]
        if not waiting:
            raise VersionError(
                f"no element set of satellite {norad_id} is quarantined; nothing to accept"
            )
        number = waiting[0].version_no
        transaction.execute(_ACCEPT, element_set_no=number, accepted_ms=to_ms(now))
        after = stored_versions(transaction, norad_id, now=now)
    return next(each for each in after if each.version_no == number)


def require_one_orbit(reader: Reader, temporary_id: int, norad_id: int, *, now: datetime) -> None:
    """Refuse to take two satellites for one, as far as the sets in force of both tell.

    Raises:
        DifferentOrbits: no satellite could have gone from one orbit to the other.
    """
    from tle.motion.jump import judge_jumps  # noqa: PLC0415 - imports sgp4

    both = elements_in_force(reader, [temporary_id, norad_id], now=now)
    if len(both) < len({temporary_id, norad_id}) or any(each.synthetic for each in both):
        return
    old, new = sorted(both, key=lambda each: each.epoch)
    [judgement] = judge_jumps([(old, new)])
    if judgement.verdict is Verdict.ABSURD:
        raise OtherOrbitError(temporary_id=temporary_id, norad_id=norad_id, reason=judgement.reason)
