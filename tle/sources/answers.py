"""What an answer means: pure, from its status and text to a result."""

from dataclasses import dataclass, field

from tle.errors import NotElements
from tle.formats.base import Located, Refusal, clean_name, shorten
from tle.formats.provider_messages import ProviderMessage, recognise_message
from tle.parsing import Parsed, parse_elements
from tle.sources.asking import Reply, Request, RequestResult

_OK = 200
_NOT_UPDATED_STATUSES = {200, 403}
_OPENING_BYTES = 2_000
_EMPTY_LIST = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reply comes to."""

    result: RequestResult
    note: str = ""
    missing: frozenset[int] = frozenset()
    """Satellites that were asked for, and of which an answer with element sets has none."""
    parsed: Parsed = field(default_factory=lambda: Parsed(sets=[], refusals=[]))


def understand(reply: Reply, request: Request, *, source: str) -> Answer:
    """Tell what a reply means.

    Args:
        reply: what the provider answered.
        request: what it was asked; element sets of other satellites are refused.
        source: the provider and the query, for messages.
    """
    words = clean_name(reply.content[:_OPENING_BYTES].decode("utf-8", errors="replace"))
    message = recognise_message(words)
    if reply.status in _NOT_UPDATED_STATUSES and message is ProviderMessage.NOT_UPDATED:
        return Answer(result=RequestResult.UNCHANGED, note="nothing new since the last download")
    if reply.status != _OK:
        return Answer(result=RequestResult.STOPPED, note=_status_note(reply, words))
    try:
        parsed = parse_elements(reply.content, source=source)
    except NotElements as error:
        return _no_elements(words, message, error)
    wanted = request.norad_ids
    kept = [each for each in parsed.sets if wanted is None or each.element_set.norad_id in wanted]
    others = (
        [] if wanted is None else [e for e in parsed.sets if e.element_set.norad_id not in wanted]
    )
    taken = Parsed(sets=kept, refusals=[*parsed.refusals, *map(_unasked, others)])
    if not kept:
        note = "; ".join(f"line {each.line}: {each.reason}" for each in taken.refusals[:1])
        return Answer(result=RequestResult.REFUSED, note=note, parsed=taken)
    missing = (wanted or frozenset()) - {each.element_set.norad_id for each in kept}
    note = f"nothing of {', '.join(map(str, sorted(missing)))}" if missing else ""
    return Answer(result=RequestResult.UPDATED, note=note, missing=missing, parsed=taken)


def _status_note(reply: Reply, words: str) -> str:
    note = f"it answered {reply.status} {shorten(clean_name(reply.reason))}".rstrip()
    if reply.redirected_to:
        target = shorten(clean_name(reply.redirected_to))
        return f"{note}, a redirect to {target}, which is not followed"
    return f"{note} ({shorten(words)})" if words else note


def _no_elements(words: str, message: ProviderMessage | None, error: NotElements) -> Answer:
    if message is ProviderMessage.TOO_OFTEN:
        return Answer(
            result=RequestResult.STOPPED, note=f"it was asked too often ({shorten(words)})"
        )
    if message is ProviderMessage.NOTHING or words == _EMPTY_LIST:
        return Answer(result=RequestResult.NOTHING, note="the provider has no such element set")
    return Answer(result=RequestResult.REFUSED, note=error.reason)


def _unasked(located: Located) -> Refusal:
    element_set = located.element_set
    return Refusal(
        line=located.line,
        norad_id=element_set.norad_id,
        name=element_set.name,
        reason="another satellite than was asked for",
    )
