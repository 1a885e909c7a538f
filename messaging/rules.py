"""Every reason why a message is not planned, held back, expired, retried or refused: the one list.

Code, SQL, the ledger, reports and logs spell a reason by this enum and nowhere else; people read
its sentence.
"""

from enum import StrEnum
from typing import Self


class Stage(StrEnum):
    """Where a rule is asked first; what concerns a person is asked again when sending."""

    PLANNING = "planning"
    STEERING = "steering"  # somebody took the message back
    SENDING = "sending"
    CHANNEL = "channel"


class Rule(StrEnum):
    """A reason, as the ledger has it. Some channels add what a server answered: ``smtp_550``."""

    stage: Stage
    sentence: str
    """For people, about "it", the message, or "they", the person."""

    def __new__(cls, code: str, stage: Stage, sentence: str) -> Self:
        """Make a member that is its code, and carries where it is asked and what it means."""
        rule = str.__new__(cls, code)
        rule._value_ = code
        rule.stage = stage
        rule.sentence = sentence
        return rule

    NO_CONSENT = (
        "no_consent",
        Stage.PLANNING,
        "they never consented to this purpose by this channel",
    )
    CONSENT_WITHDRAWN = "consent_withdrawn", Stage.PLANNING, "they withdrew their consent"
    NO_ADDRESS = "no_address", Stage.PLANNING, "no address for this channel is on record"
    NO_PASS = (
        "no_pass",
        Stage.PLANNING,
        "no satellite of the campaign passes over their place in time",
    )
    NO_PASS_MEETS_THE_RULE = (
        "no_pass_meets_the_rule",
        Stage.PLANNING,
        "satellites pass, but too low or not visibly enough for the campaign",
    )
    ELEMENTS_TOO_OLD = (
        "elements_too_old",
        Stage.PLANNING,
        "the element sets are too old for the time of the pass",
    )
    PASS_VANISHED = (
        "pass_vanished",
        Stage.PLANNING,
        "newer elements, or a move, leave no such pass over their place",
    )
    EDITED = "edited", Stage.PLANNING, "the campaign was edited and leaves this pass out"

    BY_HAND = "by_hand", Stage.STEERING, "somebody cancelled it"
    CAMPAIGN_STOPPED = "campaign_stopped", Stage.STEERING, "the campaign was stopped"
    BEFORE_REHEARSAL = "before_rehearsal", Stage.STEERING, "it was due before the rehearsal began"

    WINDOW_CLOSED = "window_closed", Stage.SENDING, "its window closed before it could be sent"
    CUSTOMER_ERASED = "customer_erased", Stage.SENDING, "the person was erased"
    NO_SUCH_CHANNEL = "no_such_channel", Stage.SENDING, "no worker serves its channel"
    MISSING_VALUE = (
        "missing_value",
        Stage.SENDING,
        "the text names a value that this customer or pass does not have",
    )
    UNKNOWN_TIME_ZONE = "unknown_time_zone", Stage.SENDING, "their time zone does not exist"
    SUBJECT_TOO_LONG = "subject_too_long", Stage.SENDING, "the subject came out too long"
    TEXT_TOO_LONG = "text_too_long", Stage.SENDING, "the text came out too long"
    BAD_SUBJECT = "bad_subject", Stage.SENDING, "the subject came out with control characters"
    BAD_TEXT = "bad_text", Stage.SENDING, "the text came out with characters that cannot be sent"
    NOT_BEGUN = (
        "not_begun",
        Stage.SENDING,
        "the attempt was taken back before anything left; it is still due",
    )
    NOT_TAKEN = (
        "not_taken",
        Stage.SENDING,
        "a worker died, and the channel's records show that it never took it; it is still due",
    )
    WORKER_LOST = (
        "worker_lost",
        Stage.SENDING,
        "a worker died while sending it; it may have arrived and is not repeated",
    )
    RECONCILED = (
        "reconciled",
        Stage.SENDING,
        "a worker died, and the channel's records show that it took it",
    )

    BAD_HEADER = (
        "bad_header",
        Stage.CHANNEL,
        "its subject, or the address, could smuggle something into a header",
    )
    BAD_ADDRESS = "bad_address", Stage.CHANNEL, "the address is none"
    FILE = "file", Stage.CHANNEL, "the file could not be written"
    FILE_BAD_TEXT = "file_bad_text", Stage.CHANNEL, "no file can hold the text"
    SMTP = "smtp", Stage.CHANNEL, "the mail server refused it"
    SMTP_SENDER = "smtp_sender", Stage.CHANNEL, "the mail server refused our own address"
    SMTP_SETUP = "smtp_setup", Stage.CHANNEL, "the mail server refused the connection or the login"
    SMTP_TLS = "smtp_tls", Stage.CHANNEL, "the connection to the mail server could not be secured"
    SMTP_UNSUPPORTED = (
        "smtp_unsupported",
        Stage.CHANNEL,
        "the mail server lacks the security or the login that is set",
    )
    SMTP_UNREACHABLE = (
        "smtp_unreachable",
        Stage.CHANNEL,
        "the mail server could not be reached, or stopped answering",
    )
    SMTP_BAD_REPLY = "smtp_bad_reply", Stage.CHANNEL, "the mail server's answer makes no sense"
    SMTP_NO_SMTPUTF8 = (
        "smtp_no_smtputf8",
        Stage.CHANNEL,
        "the mail server takes no such address (it lacks SMTPUTF8)",
    )
    SMTP_NO_REPLY = (
        "smtp_no_reply",
        Stage.CHANNEL,
        "the mail server got it and never answered; it may have arrived and is not repeated",
    )


_BY_CODE = {rule.value: rule for rule in Rule}


def rule_of(reason: str) -> Rule | None:
    """Return the rule behind a reason of the ledger, whatever a server's answer adds to it."""
    while reason and reason not in _BY_CODE:
        reason = reason.rpartition("_")[0]
    return _BY_CODE.get(reason)
