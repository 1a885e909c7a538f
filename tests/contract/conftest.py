"""Channels under test, each with a way to look at what really arrived.

Helpers come as fixtures, because test modules cannot import from each other.
"""

import asyncio
import email.policy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiosmtpd.controller import Controller

from messaging.channel_kinds import CHANNEL_KINDS
from messaging.channels.email.channel import Sender, SmtpChannel, SmtpSettings
from messaging.channels.file.channel import FileChannel
from messaging.channels.ports import Channel, Envelope, Receipt

NOW = datetime(2026, 3, 1, 18, 30, 15, 250_000, tzinfo=UTC)
SENDER = Sender(from_address="sky@overflight.test", from_name="Overflight")


def _make_envelope(number: int = 0, **changes: Any) -> Envelope:
    """Return an envelope that differs from its neighbours in identity, address and text."""
    values: dict[str, Any] = {
        "message_id": f"week/{number}/25544-1/first",
        "campaign": "week",
        "pass_id": "25544-1",
        "address": f"person{number}@example.test",
        "language": "en",
        "subject": f"Look up, {number}",
        "text": f"It rises in the west.\n.. {number} ..\n",
        "not_before": NOW,
        "due": NOW + timedelta(minutes=1),
        "expires_at": NOW + timedelta(minutes=5),
    }
    return Envelope(**values | changes)


@dataclass
class Mailbox:
    """An aiosmtpd handler that keeps what it takes and counts its connections.

    Replies of ``refusals`` are given instead, keyed by command and recipient.
    """

    refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    sessions: set[Any] = field(default_factory=set)
    port: int = 0

    @contextmanager
    def served(self, **options: Any) -> Iterator[None]:
        """Serve the mailbox on a free port of loopback for as long as the block lasts."""
        controller = _EphemeralController(self, hostname="127.0.0.1", port=0, **options)
        controller.start()
        self.port = controller.port
        try:
            yield
        finally:
            # The server still has to notice which clients hung up, or it leaves their sockets open.
            settle = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), controller.loop)
            settle.result(timeout=5)
            controller.stop()

    def channel(self, **changes: Any) -> SmtpChannel:
        """Return a plain channel to this mailbox."""
        return _smtp_channel(self.port, **changes)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd looks for this name
        if refusal := self.refusals.get(("RCPT", address)):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802 - aiosmtpd looks for this name
        self.sessions.add(session)
        (recipient,) = envelope.rcpt_tos
        if refusal := self.refusals.get(("DATA", recipient)):
            return refusal
        self.recipients.append(recipient)
        message = message_from_bytes(envelope.original_content, policy=email.policy.default)
        self.messages.append(message)
        return "250 2.0.0 taken"


class _EphemeralController(Controller):
    """A controller on a free port; the stock one cannot probe port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _smtp_channel(port: int, **changes: Any) -> SmtpChannel:
    settings = {"host": "127.0.0.1", "port": port, "security": "none"}
    return SmtpChannel(SmtpSettings(**settings | changes), SENDER)


@dataclass
class ChannelCase:
    """One channel of the contract suite, and the subjects and texts that arrived by identity."""

    open: Callable[[], Channel]
    arrived: Callable[[], dict[str, tuple[str, str]]]


def _read_lines(directory: Path, campaign: str = "week") -> list[dict[str, Any]]:
    content = (directory / f"{campaign}.jsonl").read_bytes()
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.removesuffix(b"\n").split(b"\n")]


def _identity(message: EmailMessage) -> str:
    return unquote(message["Message-ID"].removeprefix("<").partition("@")[0])


def _send_window(channel: Channel, envelopes: list[Envelope]) -> list[Receipt]:
    async def scenario() -> list[Receipt]:
        try:
            return await channel.send(envelopes, now=NOW)
        finally:
            await channel.close()
            await asyncio.sleep(0.05)  # a TLS connection that failed early closes in its own time

    return asyncio.run(scenario())


@pytest.fixture(params=sorted(CHANNEL_KINDS))
def channel_case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChannelCase]:
    """Every channel there is, the real thing."""
    if request.param == "file":
        yield ChannelCase(
            open=lambda: FileChannel(tmp_path),
            arrived=lambda: {
                record["message_id"]: (record["subject"], record["text"])
                for record in _read_lines(tmp_path)
            },
        )
        return
    assert request.param == "smtp", f"the suite does not know how to open channel {request.param}"
    mailbox = Mailbox()
    with mailbox.served():
        yield ChannelCase(
            open=mailbox.channel,
            arrived=lambda: {
                _identity(message): (
                    message["Subject"],
                    message.get_content().replace("\r\n", "\n"),
                )
                for message in mailbox.messages
            },
        )


@pytest.fixture
def make_envelope() -> Callable[..., Envelope]:
    """Make an envelope that differs from its neighbours in identity, address and text."""
    return _make_envelope


@pytest.fixture
def send_window() -> Callable[[Channel, list[Envelope]], list[Receipt]]:
    """Send one window on a loop of its own and close the channel."""
    return _send_window


@pytest.fixture
def read_lines() -> Callable[..., list[dict[str, Any]]]:
    """Read a campaign's file, which must consist of whole lines."""
    return _read_lines


@pytest.fixture
def mailbox() -> Mailbox:
    """A mailbox that no server serves yet."""
    return Mailbox()


@pytest.fixture
def smtp_channel() -> Callable[..., SmtpChannel]:
    """Make a channel to a server on loopback."""
    return _smtp_channel
