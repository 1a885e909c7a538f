"""What providers say instead of element sets: their phrases, and the kind each one is of."""

from enum import Enum, auto


class ProviderMessage(Enum):
    """What a provider means by a text that is no element file."""

    TOO_OFTEN = auto()
    NOT_UPDATED = auto()
    NOTHING = auto()
    INVALID_QUERY = auto()
    LOGIN = auto()
    FORBIDDEN = auto()
    NO_PAGE = auto()
    UNAVAILABLE = auto()


_PHRASES = {
    "rate limit": ProviderMessage.TOO_OFTEN,
    "too many requests": ProviderMessage.TOO_OFTEN,
    "has not updated since your last successful download": ProviderMessage.NOT_UPDATED,
    "no gp data found": ProviderMessage.NOTHING,
    "no results returned": ProviderMessage.NOTHING,
    "invalid query": ProviderMessage.INVALID_QUERY,
    "login": ProviderMessage.LOGIN,
    "401 unauthorized": ProviderMessage.LOGIN,
    "403 forbidden": ProviderMessage.FORBIDDEN,
    "404 not found": ProviderMessage.NO_PAGE,
    "service unavailable": ProviderMessage.UNAVAILABLE,
}
"""Where a text holds several, the first of this list counts."""


def recognise_message(opening: str) -> ProviderMessage | None:
    """Return what a provider means by a text that opens so; None where no phrase is known.

    Only for texts that are no element file: a satellite may be called by any of the phrases.
    """
    words = " ".join(opening.split()).casefold()
    return next((kind for phrase, kind in _PHRASES.items() if phrase in words), None)
