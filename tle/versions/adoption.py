"""Temporary catalog numbers, and the real ones that took their place.

A satellite before its launch, or just after it, goes by a number of one's own. When it gets its
real one, that number *adopts* the history; the temporary one is still understood.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tle.errors import NothingToAdoptError, VersionError
from tle.formats.omm_json import from_json, to_json
from tle.storage.numbering import touch
from tle.storage.port import Reader, Transaction
from tle.times import to_ms

_ADOPTED = "SELECT temporary_id, norad_id FROM adoption"
_SETS = "SELECT element_set_no, elements, accepted_ms FROM element_set WHERE norad_id = :norad_id"
_HASHES = "SELECT content_hash, element_set_no FROM element_set WHERE norad_id = :norad_id"
_REPOINT = "UPDATE element_pin SET element_set_no = :held_no WHERE element_set_no = :element_set_no"
_ACCEPT = """
UPDATE element_set SET accepted_ms = COALESCE(accepted_ms, :accepted_ms)
WHERE element_set_no = :held_no
"""
_DROP = "DELETE FROM element_set WHERE element_set_no = :element_set_no"
_RENUMBER = """
UPDATE element_set SET norad_id = :norad_id, content_hash = :content_hash, elements = :elements
WHERE element_set_no = :element_set_no
"""
_MOVE_PIN = """
UPDATE element_pin SET norad_id = :norad_id WHERE norad_id = :temporary_id
    AND NOT EXISTS (SELECT 1 FROM element_pin WHERE norad_id = :norad_id)
"""
_UNPIN = "DELETE FROM element_pin WHERE norad_id = :norad_id"
_FORWARD = "UPDATE adoption SET norad_id = :norad_id WHERE norad_id = :temporary_id"
_ADOPT = """
INSERT INTO adoption (temporary_id, norad_id, adopted_ms)
VALUES (:temporary_id, :norad_id, :adopted_ms)
"""


def current_ids(reader: Reader, norad_ids: Iterable[int]) -> dict[int, int]:
    """Return the number that each satellite has now, by the number it is asked for."""
    adopted = _adopted(reader)
    return {norad_id: adopted.get(norad_id, norad_id) for norad_id in norad_ids}


def adopters(reader: Reader) -> set[int]:
    """Return the real numbers that have taken the place of temporary ones."""
    return set(_adopted(reader).values())


def adopt_number(
    transaction: Transaction, temporary_id: int, norad_id: int, *, now: datetime
) -> int:
    """Give a satellite its real number; return how many element sets have moved to it.

    A set that the real number holds already, from another source, is not kept twice. What was
    pinned or accepted under the temporary number stays so, unless the real one has a pin.

    Raises:
        NothingToAdopt: the temporary number has no element set.
        VersionError: either number has been adopted already.
    """
    touch(transaction, "element_set")
    adopted = _adopted(transaction)
    for number in (temporary_id, norad_id):
        if number in adopted:
            raise VersionError(
                f"{number} is a temporary number that {adopted[number]} has adopted already; "
                f"expected one that is in use, such as {adopted[number]}"
            )
    stored = transaction.rows(_SETS, norad_id=temporary_id)
    if not stored or temporary_id == norad_id:
        raise NothingToAdoptError(temporary_id=temporary_id, norad_id=norad_id)
    moved = 0
    held = {row[0]: row[1] for row in transaction.rows(_HASHES, norad_id=norad_id)}
    for element_set_no, elements, accepted_ms in stored:
        element_set = replace(from_json(elements), norad_id=norad_id)
        held_no = held.get(element_set.content_hash)
        if held_no is not None:
            transaction.execute(_REPOINT, element_set_no=element_set_no, held_no=held_no)
            transaction.execute(_ACCEPT, accepted_ms=accepted_ms, held_no=held_no)
            transaction.execute(_DROP, element_set_no=element_set_no)
            continue
        transaction.execute(
            _RENUMBER,
            element_set_no=element_set_no,
            norad_id=norad_id,
            content_hash=element_set.content_hash,
            elements=to_json(element_set),
        )
        moved += 1
    transaction.execute(_MOVE_PIN, temporary_id=temporary_id, norad_id=norad_id)
    transaction.execute(_UNPIN, norad_id=temporary_id)
    transaction.execute(_FORWARD, temporary_id=temporary_id, norad_id=norad_id)
    transaction.execute(_ADOPT, temporary_id=temporary_id, norad_id=norad_id, adopted_ms=to_ms(now))
    return moved


def _adopted(reader: Reader) -> dict[int, int]:
    return {int(old): int(new) for old, new in reader.rows(_ADOPTED)}
