"""Loading element sets into the database: all are kept, each is checked before it is in force."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tle.adoption import current_ids
from tle.elements import ElementSet
from tle.formats.omm_json import to_json
from tle.in_force import PENDING_AHEAD, InForce, in_force
from tle.incoming import Incoming, judge, recognise
from tle.numbering import reserve
from tle.ports import Database, Reader, Transaction
from tle.times import from_ms, to_ms

if TYPE_CHECKING:
    from tle.jump import Judgement

_INSERT = """
INSERT INTO element_set (element_set_no, norad_id, name, epoch_ms, content_hash, source, loaded_ms,
    elements, verdict, verdict_reason)
VALUES (:element_set_no, :norad_id, :name, :epoch_ms, :content_hash, :source, :loaded_ms,
    :elements, :verdict, :verdict_reason)
"""
_NAME = """
UPDATE element_set SET name = :name, elements = :elements WHERE element_set_no = :element_set_no
"""
_UNPIN = "DELETE FROM element_pin WHERE norad_id = :norad_id"
_PIN = """
INSERT INTO element_pin (norad_id, element_set_no, until_epoch_ms, pinned_ms)
VALUES (:norad_id, :element_set_no, :until_epoch_ms, :pinned_ms)
"""


class LoadStatus(StrEnum):
    """What loading an element set changed."""

    ADDED = "added"  # it is in force now
    OLDER = "older"  # stored, but a set of a newer epoch stays in force
    PENDING = "pending"  # stored, and in force when its epoch is less than a day ahead
    QUARANTINED = "quarantined"  # stored, but kept out: the jump check found it absurd
    NAMED = "named"  # the store had it without a name, and has the name now
    UNCHANGED = "unchanged"  # the store had it already


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of one element set."""

    element_set: ElementSet
    """Under its current number."""
    status: LoadStatus
    in_force_epoch: datetime | None
    """The epoch of the set in force after the load, to the millisecond; None where none is."""
    judgement: "Judgement | None" = None
    """What the jump check said; None where there was nothing to compare with."""


def load_elements(
    database: Database,
    parsed_sets: Iterable[tuple[ElementSet, int]],
    *,
    source: str,
    now: datetime,
    force: bool = False,
) -> list[Loaded]:
    """Store element sets, all or none, and tell what each one changed, in their order.

    Args:
        database: where to.
        parsed_sets: as ``Parsed.sets``. Loading the same sets again changes nothing.
        source: where they came from.
        now: the time of loading, aware UTC.
        force: the newest given set of each satellite comes into force even if the one in force is
            newer; it is pinned until a set of a newer epoch than that comes.
    """
    with database.writing() as transaction:
        sets = list(_renumbered(transaction, [each for each, _ in parsed_sets]))
        first_no = reserve(transaction, "element_set", len(sets))  # two loads wait for each other
        incoming = list(recognise(transaction, sets, first_no))
        chosen = in_force(transaction, {each.norad_id for each in sets}, now=now)
        judge(transaction, [each for each in incoming if each.is_new], chosen)
        _write(transaction, incoming, source=source, now=now)
        if force:
            _pin_newest(transaction, incoming, chosen, now=now)
        after = in_force(transaction, {each.norad_id for each in sets}, now=now)
    return [_told(each, chosen, after, now) for each in incoming]


def pin(
    transaction: Transaction, norad_id: int, element_set_no: int, until_epoch_ms: int, now: datetime
) -> None:
    """Keep a set in force until one comes whose epoch is later than ``until_epoch_ms``."""
    transaction.execute(_UNPIN, norad_id=norad_id)
    transaction.execute(
        _PIN,
        norad_id=norad_id,
        element_set_no=element_set_no,
        until_epoch_ms=until_epoch_ms,
        pinned_ms=to_ms(now),
    )


def unpin(transaction: Transaction, norad_id: int) -> bool:
    """Let the newest set be in force again; False if none was pinned."""
    return bool(transaction.execute(_UNPIN, norad_id=norad_id))


def _renumbered(reader: Reader, sets: Sequence[ElementSet]) -> Iterator[ElementSet]:
    """Yield the sets under the numbers that their satellites have now."""
    numbers = current_ids(reader, {each.norad_id for each in sets})
    for each in sets:
        number = numbers[each.norad_id]
        yield each if number == each.norad_id else replace(each, norad_id=number)


def _write(
    transaction: Transaction, incoming: Sequence[Incoming], *, source: str, now: datetime
) -> None:
    transaction.execute_many(
        _INSERT,
        (
            {
                "element_set_no": each.element_set_no,
                "norad_id": each.element_set.norad_id,
                "name": each.element_set.name,
                "epoch_ms": each.element_set.epoch_ms,
                "content_hash": each.content_hash,
                "source": source,
                "loaded_ms": to_ms(now),
                "elements": to_json(each.element_set),
                "verdict": each.judgement.verdict.value if each.judgement else "plausible",
                "verdict_reason": each.judgement.reason if each.judgement else "",
            }
            for each in incoming
            if each.is_new
        ),
    )
    transaction.execute_many(
        _NAME,
        (
            {
                "element_set_no": each.element_set_no,
                "name": each.element_set.name,
                "elements": to_json(each.element_set),
            }
            for each in incoming
            if each.takes_name
        ),
    )


def _pin_newest(
    transaction: Transaction,
    incoming: Iterable[Incoming],
    chosen: dict[int, InForce],
    *,
    now: datetime,
) -> None:
    """Pin the newest given set of each satellite whose set in force is newer."""
    newest: dict[int, Incoming] = {}
    for each in incoming:
        number = each.element_set.norad_id
        known = newest.get(number, each)
        if not each.is_absurd and each.element_set.epoch_ms >= known.element_set.epoch_ms:
            newest[number] = each
    for number, each in newest.items():
        before = chosen.get(number)
        if before and each.element_set.epoch_ms < before.until_epoch_ms:
            pin(transaction, number, each.element_set_no, before.until_epoch_ms, now)


def _told(
    each: Incoming, before: dict[int, InForce], after: dict[int, InForce], now: datetime
) -> Loaded:
    number = each.element_set.norad_id
    is_now = after.get(number)
    was_in_force = number in before and before[number].element_set_no == each.element_set_no
    if is_now is None or is_now.element_set_no != each.element_set_no:
        comes_into_force = False
    else:
        comes_into_force = not was_in_force and (each.is_new or is_now.is_pinned)
    if comes_into_force:
        status = LoadStatus.ADDED
    elif each.takes_name:
        status = LoadStatus.NAMED
    elif not each.is_new:
        status = LoadStatus.UNCHANGED
    elif each.is_absurd:
        status = LoadStatus.QUARANTINED
    elif each.element_set.epoch > now + PENDING_AHEAD:
        status = LoadStatus.PENDING
    else:
        status = LoadStatus.OLDER
    return Loaded(
        element_set=each.element_set,
        status=status,
        in_force_epoch=None if is_now is None else from_ms(is_now.epoch_ms),
        judgement=each.judgement,
    )
