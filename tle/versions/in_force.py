"""Which element set of a satellite is in force, and where the others stand.

The set of the newest epoch is in force, of equal epochs the one loaded last. Four things bend this
rule: a set whose epoch lies more than a day ahead is *pending* until it does not; an absurd one is
*quarantined* until a person accepts it; a *pinned* one stays in force until a set comes whose epoch
is newer than that of the set it replaced; and a synthetic one gives way to any real one. All of it
follows from the stored rows and the time it is asked for: nothing has to happen for a set to come
into force.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tle.elements import ElementSet
from tle.formats.omm_json import from_json
from tle.motion.verdict import Verdict
from tle.storage.port import Reader, Row
from tle.storage.statements import rows_among
from tle.times import DAY_MS, from_ms, to_ms
from tle.versions.adoption import current_ids

PENDING_AHEAD = timedelta(days=1)

_BEFORE_ALL_MS = -(2**62)

ACCEPTED = f"(verdict <> '{Verdict.ABSURD}' OR accepted_ms IS NOT NULL)"
"""The condition that a set is not quarantined."""

_BEST_FIRST = f"""
CASE verdict WHEN '{Verdict.SYNTHETIC}' THEN 1 ELSE 0 END, epoch_ms DESC, element_set_no DESC
"""
_NEWEST_OF_ONE = f"""
SELECT norad_id, element_set_no, epoch_ms, verdict FROM element_set
WHERE norad_id = :norad_id AND epoch_ms <= :due_ms AND {ACCEPTED}
ORDER BY {_BEST_FIRST} LIMIT 1
"""
_NEWEST = f"""
SELECT norad_id, element_set_no, epoch_ms, verdict FROM (
    SELECT norad_id, element_set_no, epoch_ms, verdict, ROW_NUMBER() OVER (
        PARTITION BY norad_id ORDER BY {_BEST_FIRST}
    ) AS rank_no FROM element_set WHERE epoch_ms <= :due_ms AND {ACCEPTED}
) AS ranked WHERE rank_no = 1
"""
_NEWEST_OF_SOME = f"""
SELECT norad_id, element_set_no, epoch_ms, verdict FROM (
    SELECT norad_id, element_set_no, epoch_ms, verdict, ROW_NUMBER() OVER (
        PARTITION BY norad_id ORDER BY {_BEST_FIRST}
    ) AS rank_no FROM element_set
    WHERE epoch_ms <= :due_ms AND {ACCEPTED} AND norad_id IN (:values)
) AS ranked WHERE rank_no = 1
"""
_ELEMENTS = "SELECT element_set_no, elements FROM element_set WHERE element_set_no IN (:values)"
_PINNED = f"""
SELECT p.norad_id, p.until_epoch_ms, e.element_set_no, e.epoch_ms, e.verdict
FROM element_pin p JOIN element_set e ON e.element_set_no = p.element_set_no
WHERE {ACCEPTED}
"""
_VERSIONS = f"""
SELECT element_set_no, elements, source, loaded_ms, epoch_ms, verdict, verdict_reason,
    CASE WHEN {ACCEPTED} THEN 1 ELSE 0 END, accepted_ms
FROM element_set WHERE norad_id = :norad_id ORDER BY {_BEST_FIRST}
"""
_HISTORY = f"""
SELECT elements FROM element_set
WHERE norad_id = :norad_id AND epoch_ms BETWEEN :first_ms AND :last_ms AND {ACCEPTED}
    AND verdict <> '{Verdict.SYNTHETIC}'
ORDER BY epoch_ms, element_set_no
"""
_NAMES = f"""
SELECT DISTINCT norad_id, name FROM element_set WHERE {ACCEPTED} ORDER BY norad_id
"""
_QUARANTINED = f"""
SELECT norad_id, verdict_reason FROM element_set q
WHERE NOT {ACCEPTED} AND NOT EXISTS (
    SELECT 1 FROM element_set e WHERE e.norad_id = q.norad_id AND (
        e.epoch_ms > q.epoch_ms
        OR e.epoch_ms = q.epoch_ms AND e.element_set_no > q.element_set_no
    )
)
ORDER BY norad_id
"""


class InForce(NamedTuple):
    """What is in force of one satellite."""

    version_no: int
    epoch_ms: int
    until_ms: int
    """A set of a later epoch takes over; without a pin, one of the same epoch does, too. A real
    set takes over from a synthetic one whatever its epoch."""
    is_pinned: bool
    is_synthetic: bool


class VersionState(StrEnum):
    """Where a stored set stands."""

    IN_FORCE = "in force"
    PINNED = "in force, pinned"
    PENDING = "pending"
    QUARANTINED = "quarantined"
    SET_ASIDE = "set aside"  # newer than the pinned one
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredElementSet:
    """One version of a satellite's elements, with its provenance."""

    version_no: int
    element_set: ElementSet
    source: str
    loaded_at: datetime
    state: VersionState
    verdict: Verdict
    reason: str
    """Why, with figures; empty when plausible."""
    accepted_at: datetime | None
    """When a person overruled the verdict."""

    @property
    def is_in_force(self) -> bool:
        """Whether it is in force, pinned or not."""
        return self.state in {VersionState.IN_FORCE, VersionState.PINNED}


def elements_in_force(
    reader: Reader, norad_ids: Sequence[int] | None = None, *, now: datetime
) -> list[ElementSet]:
    """Return the sets in force, by catalog number: all, or those of some satellites.

    A satellite of which the store knows nothing is absent from the result; one that is asked for by
    a temporary number is found under the one it has got since.
    """
    found = in_force(reader, norad_ids, now=now)
    sets = stored_sets(reader, {number: found[number].version_no for number in sorted(found)})
    return list(sets.values())


def in_force(
    reader: Reader, norad_ids: Iterable[int] | None = None, *, now: datetime
) -> dict[int, InForce]:
    """Return what is in force, by current catalog number; see ``elements_in_force``."""
    due_ms = to_ms(now + PENDING_AHEAD)
    pins = {row[0]: row[1:] for row in reader.rows(_PINNED)}
    if norad_ids is None:
        newest = reader.rows(_NEWEST, due_ms=due_ms)
    else:
        wanted = sorted(set(current_ids(reader, norad_ids).values()))
        newest = list(_newest(reader, wanted, due_ms))
    return {row[0]: _in_force(row, pins.get(row[0])) for row in newest}


def _in_force(newest: Row, pin: Row | None) -> InForce:
    """Return the newest set, unless a pin holds out against it."""
    _, number, epoch_ms, verdict = newest
    is_synthetic = verdict == Verdict.SYNTHETIC
    if pin is None or pin[0] < epoch_ms or (pin[3] == Verdict.SYNTHETIC and not is_synthetic):
        return InForce(number, epoch_ms, epoch_ms, is_pinned=False, is_synthetic=is_synthetic)
    until_ms, pinned_no, pinned_ms, verdict = pin
    return InForce(
        pinned_no, pinned_ms, until_ms, is_pinned=True, is_synthetic=verdict == Verdict.SYNTHETIC
    )


def _newest(reader: Reader, wanted: Sequence[int], due_ms: int) -> Iterable[Row]:
    """Return the newest sets of some satellites, quickly of one."""
    if len(wanted) == 1:
        return reader.rows(_NEWEST_OF_ONE, norad_id=wanted[0], due_ms=due_ms)
    return rows_among(reader, _NEWEST_OF_SOME, wanted, due_ms=due_ms)


def stored_sets(reader: Reader, wanted: Mapping[int, int]) -> dict[int, ElementSet]:
    """Return stored sets, by whatever their numbers in the store are given under."""
    rows = rows_among(reader, _ELEMENTS, list(wanted.values()))
    found = {element_set_no: from_json(elements) for element_set_no, elements in rows}
    return {key: found[number] for key, number in wanted.items()}


def satellite_names(reader: Reader) -> list[tuple[int, str]]:
    """Return the numbers of all stored satellites with the names each has ever had."""
    return [(int(number), str(name)) for number, name in reader.rows(_NAMES)]


def quarantined(reader: Reader) -> list[tuple[int, str]]:
    """Return the satellites whose newest set is kept out, each with the reason."""
    return [(int(number), str(reason)) for number, reason in reader.rows(_QUARANTINED)]


def stored_versions(reader: Reader, norad_id: int, *, now: datetime) -> list[StoredElementSet]:
    """Return all that is known of one satellite: by epoch from the newest, synthetic sets last."""
    [current] = current_ids(reader, [norad_id]).values()
    chosen = in_force(reader, [current], now=now).get(current)
    due_ms, has_passed, found = to_ms(now + PENDING_AHEAD), False, []
    for row in reader.rows(_VERSIONS, norad_id=current):
        number, elements, source, loaded_ms, epoch_ms, verdict, reason, accepted, accepted_ms = row
        if chosen is not None and number == chosen.version_no:
            state = VersionState.PINNED if chosen.is_pinned else VersionState.IN_FORCE
            has_passed = True
        elif not accepted:
            state = VersionState.QUARANTINED
        elif epoch_ms > due_ms:
            state = VersionState.PENDING
        else:
            state = VersionState.SUPERSEDED if has_passed else VersionState.SET_ASIDE
        found.append(
            StoredElementSet(
                version_no=number,
                element_set=from_json(elements),
                source=source,
                loaded_at=from_ms(loaded_ms),
                state=state,
                verdict=Verdict(verdict),
                reason=reason,
                accepted_at=None if accepted_ms is None else from_ms(accepted_ms),
            )
        )
    return found


def recent_history(
    reader: Reader, norad_id: int, *, now: datetime, days: float | None
) -> list[ElementSet]:
    """Return the real sets that led to the one in force, itself included, by epoch from the oldest.

    Args:
        reader: the store.
        norad_id: whose; empty is the answer where nothing is in force.
        now: what is quarantined or pending then is left out.
        days: how far before the epoch of the set in force to go back; None: to the first.
    """
    chosen = in_force(reader, [norad_id], now=now)
    if not chosen:
        return []
    [(current, newest)] = chosen.items()
    rows = reader.rows(
        _HISTORY,
        norad_id=current,
        first_ms=_BEFORE_ALL_MS if days is None else newest.epoch_ms - round(days * DAY_MS),
        last_ms=newest.epoch_ms,
    )
    return [from_json(elements) for (elements,) in rows]
