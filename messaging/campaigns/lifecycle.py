"""The states of a campaign, and what may be done to it in each.

A loaded campaign is a draft. Somebody approves it, then it is armed; an edit makes it a draft
again. Only an armed campaign sends.
"""

from enum import StrEnum

from messaging.errors import CampaignStateError, NotApprovedError


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    ARMED = "armed"
    PAUSED = "paused"
    STOPPED = "stopped"


PLANNED_STATES = frozenset({State.APPROVED, State.ARMED, State.PAUSED})

# What may be done to a campaign: the states it may be in, and the one it gets.
_MOVES = {
    "approve": ({State.DRAFT}, State.APPROVED),
    "arm": ({State.APPROVED}, State.ARMED),
    "pause": ({State.ARMED}, State.PAUSED),
    "resume": ({State.PAUSED}, State.ARMED),
    "stop": ({State.DRAFT, State.APPROVED, State.ARMED, State.PAUSED}, State.STOPPED),
}


def next_state(state: State, verb: str, *, key: str, actor: str) -> State:
    """Return the state that a campaign gets when somebody approves, arms, ... or stops it.

    Args:
        state: where it is.
        verb: ``approve``, ``arm``, ``pause``, ``resume`` or ``stop``.
        key: of the campaign, for messages.
        actor: who does it; an approval names somebody.

    Raises:
        CampaignStateError: it is not in a state for this, or nobody is named who approves it.
    """
    allowed, target = _MOVES[verb]
    if target is State.APPROVED and not actor.strip():
        problem = f"to approve campaign {key}, somebody has to be named"
        raise NotApprovedError(problem, key=key)
    if state in allowed:
        return target
    expected = " or ".join(sorted(allowed))
    text = f"campaign {key} is {state}; to {verb} it, it must be {expected}"
    if verb == "arm" and state is State.DRAFT:
        raise NotApprovedError(f"{text}; approve it first", key=key)
    raise CampaignStateError(text)
