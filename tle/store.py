"""Loading element sets into the database: all are kept, each is checked before it is in force.

Of each satellite the new sets are walked by epoch, whatever their order in the file. A set that
would replace the one in force is compared with it first (``tle.jump``); an absurd one is kept, but
stays out until a person accepts it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING

from tle.adoption import current_ids
from tle.elements import ElementSet
from tle.formats.omm_json import from_json, to_json
from tle.in_force import PENDING_AHEAD, InForce, in_force
from tle.numbering import reserve
from tle.ports import Database, Reader, Transaction, placeholders
from tle.times import from_ms, to_ms

if TYPE_CHECKING:
    from tle.jump import Judgement

HASHES_AT_ONCE = 500

_KNOWN = """
SELECT content_hash, element_set_no, name FROM element_set WHERE content_hash IN ({hashes})
"""
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


@dataclass(slots=True, kw_only=True)
class _Incoming:
    """One set on its way into the store."""

    element_set: ElementSet
    content_hash: str
    element_set_no: int
    is_new: bool
    takes_name: bool
    judgement: "Judgement | None" = None

    @property
    def is_absurd(self) -> bool:
        return self.judgement is not None and self.judgement.verdict == "absurd"


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
        incoming = list(_compare(transaction, sets, first_no))
        chosen = in_force(transaction, {each.norad_id for each in sets}, now=now)
        _judge([each for each in incoming if each.is_new], chosen)
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


def _compare(reader: Reader, sets: Sequence[ElementSet], first_no: int) -> Iterator[_Incoming]:
    """Tell the new sets from those that the store, or the file before them, has already."""
    hashes = [each.content_hash for each in sets]
    known: dict[str, tuple[int, str]] = {}
    for first in range(0, len(hashes), HASHES_AT_ONCE):
        names, values = placeholders(hashes[first : first + HASHES_AT_ONCE])
        for content_hash, number, name in reader.rows(_KNOWN.format(hashes=names), **values):
            known[content_hash] = number, name
    for number, (element_set, content_hash) in enumerate(zip(sets, hashes, strict=True), first_no):
        stored_no, stored_name = known.get(content_hash, (number, element_set.name))
        yield _Incoming(
            element_set=element_set,
            content_hash=content_hash,
            element_set_no=stored_no,
            is_new=stored_no == number,
            takes_name=bool(element_set.name and not stored_name),
        )
        known[content_hash] = stored_no, stored_name or element_set.name


def _judge(new: Iterable[_Incoming], chosen: dict[int, InForce]) -> None:
    """Compare each set that would come into force with the one that it would replace.

    The sets of a satellite follow each other, so they take turns; those of different satellites
    are judged at once.
    """
    queues: defaultdict[int, list[_Incoming]] = defaultdict(list)
    for each in sorted(new, key=lambda each: each.element_set.epoch_ms):
        queues[each.element_set.norad_id].append(each)
    until_ms = {n: chosen[n].until_epoch_ms if n in chosen else 0 for n in queues}
    latest = {n: from_json(chosen[n].elements) for n in queues if n in chosen}
    for turn in zip_longest(*queues.values()):
        newer = [
            each
            for each in turn
            if each and each.element_set.epoch_ms >= until_ms[each.element_set.norad_id]
        ]
        _judge_at_once([each for each in newer if each.element_set.norad_id in latest], latest)
        for each in newer:
            if not each.is_absurd:
                latest[each.element_set.norad_id] = each.element_set


def _judge_at_once(newer: Sequence[_Incoming], latest: dict[int, ElementSet]) -> None:
    if not newer:
        return
    from tle.jump import judge_jumps  # noqa: PLC0415 - a first load needs neither numpy nor sgp4

    pairs = [(latest[each.element_set.norad_id], each.element_set) for each in newer]
    for each, judgement in zip(newer, judge_jumps(pairs), strict=True):
        each.judgement = judgement


def _write(
    transaction: Transaction, incoming: Sequence[_Incoming], *, source: str, now: datetime
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
    incoming: Iterable[_Incoming],
    chosen: dict[int, InForce],
    *,
    now: datetime,
) -> None:
    """Pin the newest given set of each satellite whose set in force is newer."""
    newest: dict[int, _Incoming] = {}
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
    each: _Incoming, before: dict[int, InForce], after: dict[int, InForce], now: datetime
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
