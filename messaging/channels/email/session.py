"""One SMTP connection: what the server answers, turned into receipts."""

import re
import ssl
from asyncio import CancelledError, WriteTransport
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal, Self

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from messaging.channels.ports import Outcome, Receipt
from messaging.errors import MessagingError
from messaging.rules import Rule

_MAX_MESSAGES: Final = 100  # then a fresh connection: servers dislike endless ones
_CLOSE_TIMEOUT_S: Final = 2.0
_COMPLETED: Final = 250
_WILL_FORWARD: Final = 251
_START_INPUT: Final = 354
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")

UNREACHABLE: Final = Receipt(outcome=Outcome.DEFERRED, reason=Rule.SMTP_UNREACHABLE)
_ACCEPTED: Final = Receipt(outcome=Outcome.ACCEPTED)
_BAD_REPLY: Final = Receipt(outcome=Outcome.DEFERRED, reason=Rule.SMTP_BAD_REPLY)
_NO_SMTPUTF8: Final = Receipt(outcome=Outcome.REJECTED, reason=Rule.SMTP_NO_SMTPUTF8)
_MAYBE_TAKEN: Final = Receipt(outcome=Outcome.UNKNOWN, reason=Rule.SMTP_NO_REPLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where the mail server is and how to speak to it.

    Attributes:
        host: name or address of the server.
        port: usually 587 with ``starttls``, 465 with ``tls``, 25 with ``none``.
        security: ``starttls`` and ``tls`` check the certificate. ``none`` sends everything in the
            clear: for a server on the same machine only.
        username: empty to send without logging in.
        password: for the user; its value stays out of the repr.
        connections: how many connections are open at the same time, at most.
        connect_timeout_s: for connecting and the greeting.
        command_timeout_s: for each answer.
    """

    host: str = "localhost"
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    connect_timeout_s: float = 10.0
    command_timeout_s: float = 20.0


class SetupError(MessagingError):
    """No connection could be set up.

    Attributes:
        receipt: why, for every message that waits for the connection.
    """

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__(f"the mail server cannot be used: {receipt.reason}")


class Session:
    """A connection that is used for one message after another."""

    def __init__(self, client: SMTP) -> None:
        self._client = client
        self._messages = 0
        self.stalled = False
        """The server left a command without an answer: more of them would only wait as long."""

    @classmethod
    async def open(cls, settings: SmtpSettings) -> Self:
        """Connect, secure the connection and log in.

        Raises:
            SetupError: one of these failed. It is never the fault of a message.
        """
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            username=settings.username or None,
            password=settings.password or None,
            timeout=settings.command_timeout_s,
        )
        try:
            await client.connect(timeout=settings.connect_timeout_s)
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except (OSError, SMTPException, UnicodeError) as error:
            client.close()
            raise SetupError(_setup_failure(error)) from error
        except CancelledError:
            client.close()
            raise
        return cls(client)

    @property
    def is_usable(self) -> bool:
        """Whether another message may be sent."""
        return self._client.is_connected and self._messages < _MAX_MESSAGES

    async def is_alive(self) -> bool:
        """Ask the server whether it still listens; an idle connection may have been dropped."""
        alive = False
        try:
            with suppress(OSError, SMTPException):
                await self._client.noop(timeout=_CLOSE_TIMEOUT_S)
                alive = True
        finally:
            if not alive:
                self.drop()
        return alive

    async def submit(
        self, message: bytes, *, sender: str, to: str, may_begin: Callable[[], bool]
    ) -> Receipt:
        """Send one message to one parsed address and say what the answer means.

        Args:
            message: all of it, with CRLF line ends.
            sender: our own parsed address.
            to: the recipient's.
            may_begin: asked when the server waits for the text, which may be long after the start.
        """
        self._messages += 1
        options = [] if f"{sender}{to}".isascii() else [b"SMTPUTF8", b"BODY=8BITMIME"]
        if options and not self._client.supports_extension("smtputf8"):
            return _NO_SMTPUTF8
        steps = (
            (Rule.SMTP_SENDER, [b"MAIL", f"FROM:<{sender}>".encode(), *options], {_COMPLETED}),
            (Rule.SMTP, [b"RCPT", f"TO:<{to}>".encode()], {_COMPLETED, _WILL_FORWARD}),
            (Rule.SMTP, [b"DATA"], {_START_INPUT}),
        )
        try:
            for rule, command, expected in steps:
                reply = await self._client.execute_command(*command)
                if reply.code not in expected:
                    await self._reset()
                    return _refusal(reply.code, reply.message, rule=rule)
        except (OSError, SMTPException) as error:
            self._abandon(error)
            return UNREACHABLE
        if not may_begin():
            self.drop()  # a server that waits for a text takes no RSET, and forgets what has no end
            return Receipt(outcome=Outcome.NOT_BEGUN)
        return await self._hand_over(message)

    async def _hand_over(self, message: bytes) -> Receipt:
        """Send the text and its final dot; from here on a missing answer proves nothing."""
        try:
            if self._client.protocol is None:
                raise SMTPServerDisconnected("Connection lost")
            self._client.protocol.write(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            reply = await self._client.protocol.read_response(timeout=self._client.timeout)
        except (OSError, SMTPException) as error:
            self._abandon(error)
            return _MAYBE_TAKEN
        if reply.code == _COMPLETED:
            return _ACCEPTED
        receipt = _refusal(reply.code, reply.message)
        return _MAYBE_TAKEN if receipt is _BAD_REPLY else receipt

    async def _reset(self) -> None:
        """Make the server forget a refused message; if it cannot, do without this connection."""
        try:
            await self._client.rset()
        except (OSError, SMTPException) as error:
            self._abandon(error)

    def _abandon(self, error: Exception) -> None:
        self.stalled = isinstance(error, TimeoutError)
        self.drop()

    def drop(self) -> None:
        """Drop the connection at once, without QUIT: TLS would wait for an answer."""
        if isinstance(self._client.transport, WriteTransport):
            self._client.transport.abort()
        self._client.close()

    async def quit(self) -> None:
        """Close the session, but do not wait long for the server's answer."""
        try:
            with suppress(OSError, SMTPException):
                await self._client.execute_command(b"QUIT", timeout=_CLOSE_TIMEOUT_S)
        finally:
            self.drop()


def _refusal(code: int, message: str, *, rule: Rule = Rule.SMTP) -> Receipt:
    """Turn a refusal into a receipt; of its text only an enhanced code is kept (RFC 3463)."""
    enhanced = _ENHANCED_CODE.match(message)
    reason = f"{rule}_{code}" + (f"_{enhanced[0]}" if enhanced else "")
    match code // 100:
        case 5:
            return Receipt(outcome=Outcome.REJECTED, reason=reason)
        case 4:
            return Receipt(outcome=Outcome.DEFERRED, reason=reason)
        case _:
            return _BAD_REPLY


def _setup_failure(error: Exception) -> Receipt:
    if isinstance(error, SMTPResponseException):
        reason = _refusal(error.code, error.message, rule=Rule.SMTP_SETUP).reason
    elif isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        reason = Rule.SMTP_TLS
    elif isinstance(error, OSError | UnicodeError):
        return UNREACHABLE
    else:
        reason = Rule.SMTP_UNSUPPORTED  # no STARTTLS, or no way to log in
    return Receipt(outcome=Outcome.DEFERRED, reason=reason)
