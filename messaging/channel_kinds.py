"""Which kinds of channels there are: the one list, whoever asks by name, by word or by need."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """What planning, consent and setting up must know of a channel without loading it."""

    name: str
    """As campaigns, consent records and the ledger have it."""
    words: tuple[str, ...]
    """What people call it in a file, besides its name."""
    does: str
    """What becomes of a message, for people: it "sends e-mail"."""
    needs_address: bool
    """It reaches a person only at an address, so who has none gets nothing by it."""
    needs_sender: bool
    """The law wants to know who speaks: it is not armed without the settings of a sender."""


CHANNEL_KINDS: Mapping[str, ChannelKind] = {
    kind.name: kind
    for kind in (
        ChannelKind(
            name="file",
            words=(),
            does="writes to the outbox folder",
            needs_address=False,
            needs_sender=False,
        ),
        ChannelKind(
            name="smtp",
            words=("email",),
            does="sends e-mail",
            needs_address=True,
            needs_sender=True,
        ),
    )
}
"""By name. A new channel is a folder in ``channels/``, a row here and a line in the wiring."""


CHANNEL_WORDS: Mapping[str, str] = {
    word: kind.name for kind in CHANNEL_KINDS.values() for word in (*kind.words, kind.name)
}
"""What people may write -> the name of the channel that is meant."""


def needs_address(name: str) -> bool:
    """Tell whether a channel reaches people only at an address; one nobody knows does not."""
    return name in CHANNEL_KINDS and CHANNEL_KINDS[name].needs_address
