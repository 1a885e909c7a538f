"""The SMTP channel: each envelope is one plain e-mail, sent over a few connections that are reused.

A message whose text was handed over and for which no answer came may have been taken. It is
``unknown``, never deferred: a second attempt could send it twice.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial

from messaging.addresses import parse_address
from messaging.channels.email.mime import Sender, build_message
from messaging.channels.email.session import UNREACHABLE, Session, SetupError, SmtpSettings
from messaging.channels.ports import Envelope, MayBegin, Outcome, Receipt, always
from messaging.errors import MimeError


class SmtpChannel:
    """Send messages through one mail server.

    Reasons of its receipts: ``bad_header``, ``bad_address``, ``bad_text`` (the message itself),
    ``smtp_550_5.1.1`` (the server, about message or recipient), ``smtp_sender_550_5.1.8`` (the
    server, about our own address), ``smtp_setup_535_5.7.8``, ``smtp_tls``, ``smtp_unsupported``,
    ``smtp_unreachable`` (no connection), ``smtp_no_smtputf8`` and ``smtp_no_reply`` (unknown).

    Args:
        settings: the server.
        sender: who speaks.
    """

    name = "smtp"
    keeps_records = False

    def __init__(self, settings: SmtpSettings, sender: Sender) -> None:
        self._settings = settings
        self._sender = sender
        self._from_address = parse_address(sender.from_address, field="from_address")
        self._idle: list[Session] = []
        self._slots = asyncio.Semaphore(settings.connections)

    async def send(
        self, envelopes: Sequence[Envelope], *, now: datetime, may_begin: MayBegin = always
    ) -> list[Receipt]:
        """Send a burst; return a receipt for each envelope, in order.

        Where the server cannot be reached, or stops answering, what was not tried is deferred.
        ``may_begin`` is asked twice: before the first command and right before the text.
        """
        pending = iter(enumerate(envelopes))
        receipts: dict[int, Receipt] = {}
        async with asyncio.TaskGroup() as group:
            workers = [
                group.create_task(self._work(pending, receipts, now, may_begin))
                for _ in range(min(self._settings.connections, len(envelopes)))
            ]
        untried = next((stop for worker in workers if (stop := worker.result())), UNREACHABLE)
        return [receipts.get(index, untried) for index in range(len(envelopes))]

    async def reconcile(self, message_ids: Collection[str]) -> set[str]:  # noqa: ARG002 - the port
        """Return nothing: a mail server cannot be asked what it took."""
        return set()

    async def close(self) -> None:
        """Close the session on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(session.quit() for session in idle))

    async def _work(
        self,
        pending: Iterator[tuple[int, Envelope]],
        receipts: dict[int, Receipt],
        now: datetime,
        may_begin: MayBegin,
    ) -> Receipt | None:
        """Send what is pending, one after another; return why it stopped early, if it did."""
        async with self._slots:
            try:
                session = await self._take_session()
                for index, envelope in pending:
                    if not may_begin(envelope):
                        receipts[index] = Receipt(outcome=Outcome.NOT_BEGUN)
                        continue
                    receipts[index] = await self._submit(session, envelope, now, may_begin)
                    if session.stalled:
                        return UNREACHABLE
                    if not session.is_usable:
                        await session.quit()
                        session = await self._take_session()
            except SetupError as error:
                return error.receipt
            self._idle.append(session)
            return None

    async def _take_session(self) -> Session:
        """Return an idle connection that still works, or a new one.

        Raises:
            SetupError: there is none and none can be made.
        """
        while self._idle:
            session = self._idle.pop()
            if await session.is_alive():
                return session
        return await Session.open(self._settings)

    async def _submit(
        self, session: Session, envelope: Envelope, now: datetime, may_begin: MayBegin
    ) -> Receipt:
        try:
            to = parse_address(envelope.address)
            message = build_message(envelope, sender=self._sender, to=to, sent_at=now)
        except MimeError as error:
            return Receipt(outcome=Outcome.REJECTED, reason=error.rule)
        try:
            return await session.submit(
                message, sender=self._from_address, to=to, may_begin=partial(may_begin, envelope)
            )
        except BaseException:  # cancelled between two answers: nobody may use it again
            session.drop()
            raise
