"""Element sets on their way into the store: which are new, and whether they are believable.

The new sets of each satellite are walked by epoch, whatever their order in the file, and each is
held against the one it would replace (``tle.motion.jump``). Nothing here writes: a load is planned
while others go on with the store, and then written by ``tle.versions.loading``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from tle.elements import ElementSet
from tle.formats.omm_json import from_json
from tle.motion.verdict import Verdict
from tle.storage.numbering import last_number
from tle.storage.port import Reader, Row
from tle.storage.statements import rows_among
from tle.times import to_ms
from tle.versions.adoption import current_ids
from tle.versions.in_force import (
    ACCEPTED,
    PENDING_AHEAD,
    InForce,
    in_force,
    stored_sets,
)

if TYPE_CHECKING:
    from tle.motion.jump import Judgement

_KNOWN = f"""
SELECT content_hash, element_set_no, name, CASE WHEN {ACCEPTED} THEN 0 ELSE 1 END
FROM element_set WHERE content_hash IN (:values)
"""
_PENDING = """
SELECT element_set_no, elements, accepted_ms FROM element_set
WHERE norad_id IN (:values) AND epoch_ms > :due_ms
"""
_QUARANTINED = f"""
SELECT elements FROM element_set WHERE norad_id IN (:values) AND NOT {ACCEPTED}
ORDER BY epoch_ms, element_set_no
"""


@dataclass(slots=True, kw_only=True)
class Incoming:
    """One set on its way into the store, or one that waits there for its time."""

    element_set: ElementSet
    """Under its current number."""
    content_hash: str
    row: int
    """Where the load mentions it first."""
    stored_no: int | None
    """Its number in the store, if that holds it already."""
    is_new: bool
    is_repeated: bool = False
    """The load has mentioned it before."""
    takes_name: bool = False
    """The store has it without a name."""
    is_quarantined: bool = False
    """The store has it in quarantine."""
    is_accepted: bool = False
    """A person has overruled the jump check."""
    judgement: "Judgement | None" = None

    @property
    def norad_id(self) -> int:
        """Whose it is."""
        return self.element_set.norad_id

    @property
    def is_kept_out(self) -> bool:
        """Whether it must not come into force."""
        is_absurd = self.judgement is not None and self.judgement.verdict is Verdict.ABSURD
        return self.is_quarantined or is_absurd


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What loading some sets would change."""

    next_no: int
    """The number of the next set in the store; another one later means that things have changed."""
    incoming: list[Incoming]
    """In the order of the load."""
    waiting: list[Incoming]
    """Pending sets of the store, judged again after those that come before them."""
    chosen: dict[int, InForce]
    """What is in force until then."""


def plan_load(reader: Reader, sets: Iterable[ElementSet], *, now: datetime) -> LoadPlan:
    """Tell what loading sets would change, and judge each that is new."""
    incoming = list(_recognise(reader, list(_renumbered(reader, list(sets)))))
    new = [each for each in incoming if each.is_new]
    numbers = sorted({each.norad_id for each in incoming})
    waiting = [_waiting(row) for row in rows_among(reader, _PENDING, numbers, due_ms=_due_ms(now))]
    chosen = in_force(reader, numbers, now=now)
    _judge(reader, new, waiting, chosen)
    return LoadPlan(
        next_no=last_number(reader, "element_set") + 1,
        incoming=incoming,
        waiting=[each for each in waiting if each.judgement is not None],
        chosen=chosen,
    )


# --- what is new ----------------------------------------------------------------------------------


def _renumbered(reader: Reader, sets: Sequence[ElementSet]) -> Iterator[ElementSet]:
    """Yield the sets under the numbers that their satellites have now."""
    numbers = current_ids(reader, {each.norad_id for each in sets})
    for each in sets:
        number = numbers[each.norad_id]
        yield each if number == each.norad_id else replace(each, norad_id=number)


def _recognise(reader: Reader, sets: Sequence[ElementSet]) -> Iterator[Incoming]:
    """Tell the new sets from those that the store, or the load before them, has already."""
    hashes = [each.content_hash for each in sets]
    stored = {row[0]: row[1:] for row in rows_among(reader, _KNOWN, hashes)}
    first: dict[str, int] = {}
    names: dict[str, str] = {content_hash: row[1] for content_hash, row in stored.items()}
    for row, (element_set, content_hash) in enumerate(zip(sets, hashes, strict=True)):
        number, _, is_quarantined = stored.get(content_hash, (None, "", 0))
        known_name = names.get(content_hash, element_set.name)
        yield Incoming(
            element_set=element_set,
            content_hash=content_hash,
            row=first.setdefault(content_hash, row),
            stored_no=number,
            is_new=number is None and first[content_hash] == row,
            is_repeated=first[content_hash] != row,
            takes_name=bool(element_set.name and not known_name),
            is_quarantined=bool(is_quarantined),
        )
        names[content_hash] = known_name or element_set.name


def _waiting(row: Row) -> Incoming:
    element_set_no, elements, accepted_ms = row
    return Incoming(
        element_set=from_json(elements),
        content_hash="",
        row=-1,
        stored_no=element_set_no,
        is_new=False,
        is_accepted=accepted_ms is not None,
    )


def _due_ms(now: datetime) -> int:
    return to_ms(now + PENDING_AHEAD)


# --- what is believable ---------------------------------------------------------------------------


def _judge(
    reader: Reader,
    new: Sequence[Incoming],
    waiting: Sequence[Incoming],
    chosen: Mapping[int, InForce],
) -> None:
    """Compare each set with the one that is in force before it comes into force.

    A set that is older than the one in force is held against it, too: a person may put it in force
    one day. Synthetic sets are not judged, and real ones only by what no orbit may be, if there is
    nothing but a synthetic one before them.
    """
    known = {each.norad_id: chosen[each.norad_id] for each in new if each.norad_id in chosen}
    first = stored_sets(reader, {n: each.version_no for n, each in known.items()})
    older: list[Incoming] = []
    queues: defaultdict[int, list[Incoming]] = defaultdict(list)
    for each in sorted([*new, *waiting], key=lambda each: each.element_set.epoch_ms):
        if each.element_set.synthetic and each.norad_id in first:
            continue
        if each.is_new and _is_older(each, known.get(each.norad_id)):
            older.append(each)
        else:
            queues[each.norad_id].append(each)
    _judge_in_turn(list(queues.values()), first)
    _hold_against(older, first)
    _compare_with_quarantined(reader, [*new, *waiting])


def _judge_in_turn(queues: Sequence[Sequence[Incoming]], first: Mapping[int, ElementSet]) -> None:
    """Judge the sets of each satellite one after the other, those of all satellites side by side.

    Args:
        queues: the sets of one satellite each, by epoch.
        first: what is in force before them, by catalog number.
    """
    latest = dict(first)
    for turn in zip_longest(*queues):
        due = [
            each
            for each in turn
            if each and not (each.element_set.synthetic and each.norad_id in latest)
        ]
        unsettled = [each for each in due if each.norad_id in latest and not each.is_accepted]
        _hold_against(unsettled, latest)
        latest |= {each.norad_id: each.element_set for each in due if not each.is_kept_out}


def _is_older(each: Incoming, chosen: InForce | None) -> bool:
    """Tell whether a real set is in force that is newer."""
    if chosen is None or chosen.is_synthetic:
        return False
    return each.element_set.epoch_ms < chosen.until_ms


def _hold_against(sets: Sequence[Incoming], others: Mapping[int, ElementSet]) -> None:
    """Judge each set with the other of its satellite, the older epoch of the two first."""
    if not sets:
        return
    from tle.motion.jump import judge_jumps  # noqa: PLC0415 - a first load needs no sgp4

    pairs = [(others[each.norad_id], each.element_set) for each in sets]
    in_order = [(new, old) if new.epoch < old.epoch else (old, new) for old, new in pairs]
    for each, pair, judgement in zip(sets, in_order, judge_jumps(in_order), strict=True):
        comes_later = pair[1] is each.element_set
        # The older one knows nothing of a burn between the two.
        if comes_later or judgement.verdict is Verdict.ABSURD:
            each.judgement = judgement


def _compare_with_quarantined(reader: Reader, sets: Iterable[Incoming]) -> None:
    """Say of absurd sets where they agree with one that was quarantined before.

    Two that agree may mean that the set in force is the wrong one; a person has to see.
    """
    absurd = [each for each in sets if each.is_kept_out and each.judgement is not None]
    if not absurd:
        return
    from tle.motion.jump import judge_jumps  # noqa: PLC0415 - see above

    before: dict[int, ElementSet] = {}
    for (elements,) in rows_among(reader, _QUARANTINED, sorted({each.norad_id for each in absurd})):
        element_set = from_json(elements)
        before[element_set.norad_id] = element_set
    later, pairs = [], []
    for each in sorted(absurd, key=lambda each: each.element_set.epoch):
        earlier = before.get(each.norad_id, each.element_set)
        if earlier.epoch < each.element_set.epoch:
            later.append(each)
            pairs.append((earlier, each.element_set))
        before[each.norad_id] = each.element_set
    for each, (earlier, _), found in zip(later, pairs, judge_jumps(pairs), strict=True):
        if each.judgement and found.verdict is not Verdict.ABSURD:
            reason = (
                f"{each.judgement.reason}; but it agrees with the one of "
                f"{earlier.epoch:%Y-%m-%dT%H:%MZ}, quarantined too: is the one in force wrong?"
            )
            each.judgement = replace(each.judgement, reason=reason)
