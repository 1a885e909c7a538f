"""Element sets on their way into the store: which are new, and whether they are believable.

Of each satellite the new sets are walked by epoch, whatever their order in the file, and each is
held against the one it would replace (``tle.jump``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from tle.elements import ElementSet
from tle.formats.omm_json import from_json
from tle.in_force import ACCEPTED, InForce, stored_sets
from tle.ports import Reader, placeholders

if TYPE_CHECKING:
    from tle.jump import Judgement

HASHES_AT_ONCE = 500

_KNOWN = """
SELECT content_hash, element_set_no, name FROM element_set WHERE content_hash IN ({hashes})
"""
_LAST_QUARANTINED = f"""
SELECT element_set_no, elements FROM element_set WHERE norad_id = :norad_id AND NOT {ACCEPTED}
ORDER BY epoch_ms DESC, element_set_no DESC LIMIT 1
"""


@dataclass(slots=True, kw_only=True)
class Incoming:
    """One set on its way into the store."""

    element_set: ElementSet
    content_hash: str
    element_set_no: int
    is_new: bool
    takes_name: bool
    judgement: "Judgement | None" = None

    @property
    def is_absurd(self) -> bool:
        """Whether the jump check found fault with it."""
        return self.judgement is not None and self.judgement.verdict == "absurd"


def recognise(reader: Reader, sets: Sequence[ElementSet], first_no: int) -> Iterator[Incoming]:
    """Tell the new sets from those that the store, or the file before them, has already."""
    hashes = [each.content_hash for each in sets]
    known = _known(reader, hashes)
    for number, (element_set, content_hash) in enumerate(zip(sets, hashes, strict=True), first_no):
        stored_no, stored_name = known.get(content_hash, (number, element_set.name))
        yield Incoming(
            element_set=element_set,
            content_hash=content_hash,
            element_set_no=stored_no,
            is_new=stored_no == number,
            takes_name=bool(element_set.name and not stored_name),
        )
        known[content_hash] = stored_no, stored_name or element_set.name


def _known(reader: Reader, hashes: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return number and name of the stored sets, by hash."""
    known: dict[str, tuple[int, str]] = {}
    for first in range(0, len(hashes), HASHES_AT_ONCE):
        names, values = placeholders(hashes[first : first + HASHES_AT_ONCE])
        for content_hash, number, name in reader.rows(_KNOWN.format(hashes=names), **values):
            known[content_hash] = number, name
    return known


def judge(reader: Reader, new: Sequence[Incoming], chosen: Mapping[int, InForce]) -> None:
    """Compare each set that would come into force with the one that it would replace.

    Args:
        reader: the store, for what was quarantined before.
        new: get their judgements here. The sets of a satellite follow each other, so they take
            turns; those of different satellites are judged at once.
        chosen: what is in force until now.
    """
    queues: defaultdict[int, list[Incoming]] = defaultdict(list)
    for each in sorted(new, key=lambda each: each.element_set.epoch_ms):
        queues[each.element_set.norad_id].append(each)
    until_ms = {n: chosen[n].until_epoch_ms if n in chosen else 0 for n in queues}
    latest = stored_sets(reader, {n: chosen[n].element_set_no for n in queues if n in chosen})
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
    _hear_witnesses(reader, new)


def _judge_at_once(newer: Sequence[Incoming], latest: dict[int, ElementSet]) -> None:
    if not newer:
        return
    from tle.jump import judge_jumps  # noqa: PLC0415 - a first load needs neither numpy nor sgp4

    pairs = [(latest[each.element_set.norad_id], each.element_set) for each in newer]
    for each, judgement in zip(newer, judge_jumps(pairs), strict=True):
        each.judgement = judgement


def _hear_witnesses(reader: Reader, new: Iterable[Incoming]) -> None:
    """Say of absurd sets where they agree with one that was quarantined before.

    Two that agree may mean that the set in force is the wrong one; a person has to see.
    """
    absurd = [each for each in new if each.is_absurd]
    if not absurd:
        return
    from tle.jump import judge_jumps  # noqa: PLC0415 - see above

    for each in absurd:
        for number, elements in reader.rows(_LAST_QUARANTINED, norad_id=each.element_set.norad_id):
            [judgement] = judge_jumps([(from_json(elements), each.element_set)])
            if each.judgement and judgement.verdict != "absurd":
                reason = (
                    f"{each.judgement.reason}; but it agrees with version {number}, quarantined "
                    "before: is the set in force the wrong one?"
                )
                each.judgement = replace(each.judgement, reason=reason)
