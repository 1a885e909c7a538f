"""What to type next: the rooms below say what is wrong, and know no command."""

from messaging.errors import (
    MisspeltColumnError,
    NotApprovedError,
    PersonalIdError,
    UnknownCampaignError,
)
from overflight.errors import NoSuchMessageError, NoSuchVersionError
from tle.errors import NoOlderVersionError, NothingToAdoptError, OtherOrbitError


def advice_on(error: BaseException) -> str:
    """Return what a person can type about an error; nothing where its own words say it all."""
    match error:
        case UnknownCampaignError(known=()):
            advice = "load one: overflight campaign load FILE"
        case NotApprovedError(key=key):
            advice = f"overflight campaign approve {key} --by NAME"
        case MisspeltColumnError(column=column) if column:
            advice = f"if it is an attribute of your own, add --attribute {column}"
        case PersonalIdError():
            advice = "or add --hash-ids"
        case NoOlderVersionError(norad_id=norad_id):
            advice = f"overflight tle history {norad_id}"
        case OtherOrbitError():
            advice = "or add --force if you are sure"
        case NothingToAdoptError():
            advice = "overflight tle adopt 99001 25999"
        case NoSuchMessageError():
            advice = "overflight queue list"
        case NoSuchVersionError():
            advice = "overflight tle history SATELLITE"
        case _:
            advice = ""
    return advice


def with_advice(error: BaseException) -> str:
    """Return an error's message, and what to type about it."""
    advice = advice_on(error)
    return f"{error}; {advice}" if advice else str(error)
