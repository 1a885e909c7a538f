"""Element sets in the database: every version ever loaded, and the one in force.

The set with the newest epoch is in force; among equal epochs, the one loaded last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tle.elements import ElementSet
from tle.formats.omm_json import from_json, to_json
from tle.ports import Database, Reader
from tle.times import from_ms, to_ms

_IN_FORCE = """
SELECT elements FROM element_set WHERE element_set_no IN (
    SELECT element_set_no FROM (
        SELECT element_set_no, ROW_NUMBER() OVER (
            PARTITION BY norad_id ORDER BY epoch_ms DESC, element_set_no DESC
        ) AS rank_no FROM element_set
    ) AS ranked WHERE rank_no = 1
) ORDER BY norad_id
"""
_VERSIONS = """
SELECT elements, source, loaded_ms FROM element_set WHERE norad_id = :norad_id
ORDER BY epoch_ms DESC, element_set_no DESC
"""
_IN_FORCE_OF_ONE = """
SELECT elements FROM element_set WHERE norad_id = :norad_id
ORDER BY epoch_ms DESC, element_set_no DESC LIMIT 1
"""
_KNOWN = """
SELECT norad_id, content_hash, epoch_ms, name FROM element_set
WHERE norad_id BETWEEN :lowest AND :highest
"""
_LAST_NO = "SELECT COALESCE(MAX(element_set_no), 0) FROM element_set"
_INSERT = """
INSERT INTO element_set
    (element_set_no, norad_id, name, epoch_ms, content_hash, source, loaded_ms, elements)
VALUES
    (:element_set_no, :norad_id, :name, :epoch_ms, :content_hash, :source, :loaded_ms, :elements)
"""
_NAME = """
UPDATE element_set SET name = :name, elements = :elements
WHERE norad_id = :norad_id AND content_hash = :content_hash
"""


class LoadStatus(StrEnum):
    """What loading an element set changed."""

    ADDED = "added"  # it is in force now
    UNCHANGED = "unchanged"  # the store had it already
    NAMED = "named"  # the store had it without a name, and has the name now
    OLDER = "older"  # stored, but a set of a newer epoch stays in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of one element set."""

    element_set: ElementSet
    status: LoadStatus
    in_force_epoch: datetime
    """The epoch of the set then in force for the satellite, to the millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredElementSet:
    """One version of a satellite's elements, with its provenance."""

    element_set: ElementSet
    source: str
    loaded_at: datetime


def load_elements(
    database: Database,
    parsed_sets: Iterable[tuple[ElementSet, int]],
    *,
    source: str,
    now: datetime,
) -> list[Loaded]:
    """Store element sets, all or none, and tell what each one changed.

    Args:
        database: where to.
        parsed_sets: as ``Parsed.sets``. Loading the same sets again changes nothing.
        source: where they came from.
        now: the time of loading, aware UTC.
    """
    hashed = [(element_set, element_set.content_hash) for element_set, _ in parsed_sets]
    with database.writing() as transaction:
        loaded = _compare(hashed, *_known(transaction, [each.norad_id for each, _ in hashed]))
        outcomes = list(zip(hashed, (each.status for each in loaded), strict=True))
        ((last_no,),) = transaction.rows(_LAST_NO)
        new = [pair for pair, status in outcomes if status in {LoadStatus.ADDED, LoadStatus.OLDER}]
        transaction.execute_many(
            _INSERT,
            (
                _row(*pair)
                | {
                    "element_set_no": element_set_no,
                    "epoch_ms": pair[0].epoch_ms,
                    "source": source,
                    "loaded_ms": to_ms(now),
                }
                for element_set_no, pair in enumerate(new, last_no + 1)
            ),
        )
        named = (pair for pair, status in outcomes if status is LoadStatus.NAMED)
        transaction.execute_many(_NAME, (_row(*pair) for pair in named))
    return loaded


def elements_in_force(reader: Reader, norad_ids: Sequence[int] | None = None) -> list[ElementSet]:
    """Return the sets in force, by catalog number: all, or those of some satellites.

    A satellite of which the store knows nothing is absent from the result.
    """
    if norad_ids is None:
        rows = reader.rows(_IN_FORCE)
    else:
        rows = [
            row
            for norad_id in sorted(set(norad_ids))
            for row in reader.rows(_IN_FORCE_OF_ONE, norad_id=norad_id)
        ]
    return [from_json(elements) for (elements,) in rows]


def versions(reader: Reader, norad_id: int) -> list[StoredElementSet]:
    """Return all that is known of one satellite, by epoch from the newest: the one in force."""
    return [
        StoredElementSet(
            element_set=from_json(elements), source=source, loaded_at=from_ms(loaded_ms)
        )
        for elements, source, loaded_ms in reader.rows(_VERSIONS, norad_id=norad_id)
    ]


def _row(element_set: ElementSet, content_hash: str) -> dict[str, object]:
    """Return the columns that identify a set, and those that a new name changes."""
    return {
        "norad_id": element_set.norad_id,
        "content_hash": content_hash,
        "name": element_set.name,
        "elements": to_json(element_set),
    }


def _known(reader: Reader, norad_ids: Sequence[int]) -> tuple[dict[str, str], dict[int, int]]:
    """Return the stored names by hash, and the newest epochs (ms), in the range of the numbers."""
    lowest, highest = min(norad_ids, default=0), max(norad_ids, default=0)
    names: dict[str, str] = {}
    newest_ms: dict[int, int] = {}
    rows = reader.stream(_KNOWN, lowest=lowest, highest=highest)
    for norad_id, content_hash, epoch_ms, name in rows:
        names[content_hash] = name
        newest_ms[norad_id] = max(epoch_ms, newest_ms.get(norad_id, epoch_ms))
    return names, newest_ms


def _compare(
    hashed: Iterable[tuple[ElementSet, str]], names: dict[str, str], newest_ms: dict[int, int]
) -> list[Loaded]:
    """Decide what the sets change, in order: each joins the known ones before the next."""
    loaded = []
    for element_set, content_hash in hashed:
        norad_id, epoch_ms = element_set.norad_id, element_set.epoch_ms
        in_force_ms = max(epoch_ms, newest_ms.get(norad_id, epoch_ms))
        known_name = names.get(content_hash)
        if known_name is not None:
            is_named = not known_name and element_set.name
            status = LoadStatus.NAMED if is_named else LoadStatus.UNCHANGED
        elif epoch_ms < in_force_ms:
            status = LoadStatus.OLDER
        else:
            status = LoadStatus.ADDED
        names[content_hash] = known_name or element_set.name
        newest_ms[norad_id] = in_force_ms
        loaded.append(
            Loaded(element_set=element_set, status=status, in_force_epoch=from_ms(in_force_ms))
        )
    return loaded
