"""One plain e-mail, and the refusal of whatever could smuggle something into its headers.

The few headers are put together here: the standard library's modern generator folds long URLs and
identifiers into encoded words, which no reader undoes, and takes three times as long.
"""

import re
from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from messaging.addresses import check_header, parse_address
from messaging.channels.ports import Envelope
from messaging.errors import MimeError
from messaging.rules import Rule

_PLAIN_TEXT = re.compile(r"(?:[\t\x20-\x7e]{0,998}\r\n)*")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNSUBSCRIBE_URL = re.compile(r"(?:mailto|https):[!-;=?-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who speaks, and what the law wants under a message.

    Attributes:
        from_address: one address, such as ``sky@example.org``.
        from_name: the name shown beside it.
        reply_to: one address for answers, if another.
        postal_address: put under every text.
        privacy_url: put under every text.
        unsubscribe: an address, or a ``mailto:`` or ``https:`` URL; put under every text and into
            ``List-Unsubscribe``.

    Raises:
        MimeError: a field does not fit into a header.
    """

    from_address: str
    from_name: str = ""
    reply_to: str = ""
    postal_address: str = ""
    privacy_url: str = ""
    unsubscribe: str = ""

    def __post_init__(self) -> None:
        parse_address(self.from_address, field="from_address")
        check_header(self.from_name, field="from_name")
        if self.reply_to:
            parse_address(self.reply_to, field="reply_to")
        check_header(self.unsubscribe_url, field="unsubscribe")
        if self.unsubscribe and not _UNSUBSCRIBE_URL.fullmatch(self.unsubscribe_url):
            raise MimeError(
                "expected an address, or a mailto: or https: URL",
                field="unsubscribe",
                rule=Rule.BAD_HEADER,
            )

    @property
    def unsubscribe_url(self) -> str:
        """The unsubscribe address as a URL; empty if there is none."""
        is_address = "@" in self.unsubscribe and ":" not in self.unsubscribe
        return f"mailto:{self.unsubscribe}" if is_address else self.unsubscribe

    @property
    def footer(self) -> str:
        """What goes under every text; empty if there is nothing to say."""
        labelled = {"": self.postal_address, "Privacy: ": self.privacy_url}
        labelled["Unsubscribe: "] = self.unsubscribe_url.removeprefix("mailto:")
        lines = [label + value for label, value in labelled.items() if value]
        return "\n".join(["", "-- ", *lines, ""]) if lines else ""


def build_message(envelope: Envelope, *, sender: Sender, to: str, sent_at: datetime) -> bytes:
    """Return one message with CRLF line ends; its leading dots are not yet doubled for SMTP.

    All of it is ASCII, but for addresses with a local part that is not (RFC 6532).

    Args:
        envelope: what to say.
        sender: who says it.
        to: a parsed address; empty names no recipient.
        sent_at: the ``Date``, an aware UTC datetime.

    Raises:
        MimeError: by the rule ``BAD_HEADER`` or ``BAD_TEXT``.
    """
    check_header(envelope.subject, field="subject")
    check_header(envelope.language, field="language")
    from_address = parse_address(sender.from_address, field="from_address")
    encoding, body = _encode_body(envelope.text + sender.footer)
    headers = {
        "From": _name_words(sender.from_name) + f"<{from_address}>",
        "To": to or "undisclosed-recipients:;",
        "Reply-To": sender.reply_to and parse_address(sender.reply_to, field="reply_to"),
        "Subject": _words(envelope.subject, header="Subject"),
        "Date": format_datetime(sent_at),
        "Message-ID": _message_id(envelope.message_id, from_address),
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": sender.unsubscribe and f"<{sender.unsubscribe_url}>",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Language": _words(envelope.language, header="Content-Language"),
        "Content-Transfer-Encoding": encoding,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{head}\r\n".encode() + body


def _encode_body(text: str) -> tuple[str, bytes]:
    """Return the transfer encoding and the text in it, with CRLF line ends."""
    lines = _LINE_BREAK.sub("\r\n", text.rstrip("\r\n") + "\n")
    if _PLAIN_TEXT.fullmatch(lines):
        return "7bit", lines.encode("ascii")
    try:
        return "base64", encodebytes(lines.encode()).replace(b"\n", b"\r\n")
    except UnicodeEncodeError:
        raise MimeError("expected valid Unicode", field="text", rule=Rule.BAD_TEXT) from None


def _words(text: str, *, header: str) -> str:
    """Return text for a header, folded, as encoded words (RFC 2047) where it is not ASCII."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header).encode(linesep="\r\n")


def _name_words(name: str) -> str:
    """Return the name before an address, with a space after it; empty if there is none."""
    if not name.isascii():
        return _words(name, header="From") + " "
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}" ' if name else ""


def _message_id(message_id: str, from_address: str) -> str:
    """Return the same identifier for the same message, on every attempt."""
    left = quote(message_id, safe="").replace(".", "%2E")
    return f"<{left}@{from_address.rpartition('@')[2]}>"
