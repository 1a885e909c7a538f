"""Loading element sets into the database: all are kept, each is checked before it is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tle.elements import ElementSet
from tle.formats.omm_json import to_json
from tle.motion.verdict import Verdict
from tle.storage.numbering import reserve
from tle.storage.port import Database, Transaction
from tle.times import from_ms, to_ms
from tle.versions.in_force import PENDING_AHEAD, InForce, in_force
from tle.versions.incoming import Incoming, LoadPlan, plan_load

if TYPE_CHECKING:
    from tle.motion.jump import Judgement

_INSERT = """
INSERT INTO element_set (element_set_no, norad_id, name, epoch_ms, content_hash, source, loaded_ms,
    elements, verdict, verdict_reason)
VALUES (:element_set_no, :norad_id, :name, :epoch_ms, :content_hash, :source, :loaded_ms,
    :elements, :verdict, :verdict_reason)
"""
_NAME = f"""
UPDATE element_set SET name = :name, elements = :elements,
    verdict = CASE :is_synthetic WHEN 1 THEN '{Verdict.SYNTHETIC}' ELSE verdict END
WHERE element_set_no = :element_set_no
"""
_JUDGE = """
UPDATE element_set SET verdict = :verdict, verdict_reason = :verdict_reason
WHERE element_set_no = :element_set_no
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

    They are judged before the store is locked; where it has changed meanwhile, they are judged
    again.

    Args:
        database: where to.
        parsed_sets: as ``Parsed.sets``. Loading the same sets again changes nothing.
        source: where they came from.
        now: the time of loading, aware UTC.
        force: the newest given set of each satellite comes into force even if the one in force is
            newer; it is pinned until a set of a newer epoch than that comes.
    """
    sets = [element_set for element_set, _ in parsed_sets]
    while sets:
        with database.reading() as reader:
            plan = plan_load(reader, sets, now=now)
        with database.writing() as transaction:
            if reserve(transaction, "element_set", 0) != plan.next_no:
                continue  # without taking numbers, which would make others look again
            first_no = reserve(transaction, "element_set", len(sets))
            _write(transaction, plan, first_no, source=source, now=now)
            after = _in_force(transaction, plan, now)
            if force:
                _pin_newest(transaction, plan.incoming, after, first_no, now=now)
                after = _in_force(transaction, plan, now)
        return [_told(each, plan, after, first_no, now) for each in plan.incoming]
    return []


def pin(
    transaction: Transaction, norad_id: int, element_set_no: int, until_ms: int, now: datetime
) -> None:
    """Keep a set in force until one comes whose epoch is later than ``until_ms``."""
    clear_pin(transaction, norad_id)
    transaction.execute(
        _PIN,
        norad_id=norad_id,
        element_set_no=element_set_no,
        until_epoch_ms=until_ms,
        pinned_ms=to_ms(now),
    )


def clear_pin(transaction: Transaction, norad_id: int) -> None:
    """Let the newest set be in force again."""
    transaction.execute(_UNPIN, norad_id=norad_id)


def _write(
    transaction: Transaction, plan: LoadPlan, first_no: int, *, source: str, now: datetime
) -> None:
    new = [each for each in plan.incoming if each.is_new]
    common = {"source": source, "loaded_ms": to_ms(now)}
    transaction.execute_many(_INSERT, (common | _row(each, first_no) for each in new))
    transaction.execute_many(
        _NAME,
        (
            {
                "element_set_no": _number(each, first_no),
                "name": each.element_set.name,
                "elements": to_json(each.element_set),
                "is_synthetic": int(each.element_set.synthetic),
            }
            for each in plan.incoming
            if each.takes_name
        ),
    )
    transaction.execute_many(
        _JUDGE, ({"element_set_no": each.stored_no, **_verdict(each)} for each in plan.waiting)
    )


def _row(each: Incoming, first_no: int) -> dict[str, object]:
    return {
        "element_set_no": _number(each, first_no),
        "norad_id": each.norad_id,
        "name": each.element_set.name,
        "epoch_ms": each.element_set.epoch_ms,
        "content_hash": each.content_hash,
        "elements": to_json(each.element_set),
        **_verdict(each),
    }


def _number(each: Incoming, first_no: int) -> int:
    return first_no + each.row if each.stored_no is None else each.stored_no


def _verdict(each: Incoming) -> dict[str, str]:
    if each.element_set.synthetic:
        return {"verdict": Verdict.SYNTHETIC.value, "verdict_reason": ""}
    if each.judgement is None:
        return {"verdict": Verdict.PLAUSIBLE.value, "verdict_reason": ""}
    return {"verdict": each.judgement.verdict.value, "verdict_reason": each.judgement.reason}


def _in_force(transaction: Transaction, plan: LoadPlan, now: datetime) -> dict[int, InForce]:
    return in_force(transaction, {each.norad_id for each in plan.incoming}, now=now)


def _pin_newest(
    transaction: Transaction,
    incoming: Iterable[Incoming],
    after: dict[int, InForce],
    first_no: int,
    *,
    now: datetime,
) -> None:
    """Pin the newest given set of each satellite that is due where another one is in force."""
    newest: dict[int, Incoming] = {}
    for each in incoming:
        is_due = (
            each.norad_id in after and each.element_set.epoch_ms <= after[each.norad_id].until_ms
        )
        known = newest.get(each.norad_id, each)
        is_newest = each.element_set.epoch_ms >= known.element_set.epoch_ms
        if is_due and is_newest and not (each.is_kept_out or each.is_repeated):
            newest[each.norad_id] = each
    for number, each in newest.items():
        if after[number].version_no != _number(each, first_no):
            pin(transaction, number, _number(each, first_no), after[number].until_ms, now)


def _told(
    each: Incoming, plan: LoadPlan, after: dict[int, InForce], first_no: int, now: datetime
) -> Loaded:
    is_now, was = after.get(each.norad_id), plan.chosen.get(each.norad_id)
    return Loaded(
        element_set=each.element_set,
        status=_status(each, _number(each, first_no), was, is_now, now),
        in_force_epoch=None if is_now is None else from_ms(is_now.epoch_ms),
        judgement=each.judgement,
    )


def _status(
    each: Incoming, number: int, was: InForce | None, is_now: InForce | None, now: datetime
) -> LoadStatus:
    is_in_force = is_now is not None and is_now.version_no == number
    was_in_force = was is not None and was.version_no == number
    if is_in_force and not was_in_force and not each.is_repeated:
        return LoadStatus.ADDED
    if each.takes_name:
        return LoadStatus.NAMED
    if not each.is_new:
        return LoadStatus.UNCHANGED
    if each.is_kept_out:
        return LoadStatus.QUARANTINED
    return LoadStatus.PENDING if each.element_set.epoch > now + PENDING_AHEAD else LoadStatus.OLDER
