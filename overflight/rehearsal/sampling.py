"""Which messages of a rehearsal are written: all, or a sample from the whole span."""

from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

from messaging.channels.file.channel import FileChannel
from messaging.channels.ports import Envelope, MayBegin, Outcome, Receipt, always

_HASHES = 2**32


class Sample:
    """Takes the first messages whose hash falls into a share of all hashes."""

    def __init__(self, limit: int | None) -> None:
        """Take at most ``limit`` messages; None: all."""
        self._limit = limit
        self._share = 1.0
        self._taken = 0

    def spread_over(self, planned: int) -> None:
        """Take such a share that about the wanted number come out of all that is planned."""
        if self._limit is not None:
            self._share = self._limit / max(planned, 1)

    def takes(self, message_id: str) -> bool:
        """Decide about one message, and count it."""
        if self._limit is None:
            return True
        if self._taken >= self._limit or crc32(message_id.encode()) >= self._share * _HASHES:
            return False
        self._taken += 1
        return True


class SampledChannel:
    """A file channel that writes the messages of a sample and accepts all."""

    keeps_records = True

    def __init__(self, name: str, inner: FileChannel, sample: Sample) -> None:
        """Stand in for the channel ``name``."""
        self.name = name
        self._inner = inner
        self._sample = sample
        self.written = 0

    async def send(
        self, envelopes: Sequence[Envelope], *, now: datetime, may_begin: MayBegin = always
    ) -> list[Receipt]:
        """Write those messages that belong to the sample."""
        kept = [envelope for envelope in envelopes if self._sample.takes(envelope.message_id)]
        receipts = await self._inner.send(kept, now=now, may_begin=may_begin) if kept else []
        answers = {e.message_id: receipt for e, receipt in zip(kept, receipts, strict=True)}
        self.written += sum(receipt.outcome is Outcome.ACCEPTED for receipt in receipts)
        taken = Receipt(outcome=Outcome.ACCEPTED)
        return [answers.get(envelope.message_id, taken) for envelope in envelopes]

    async def reconcile(self, message_ids: object) -> set[str]:  # noqa: ARG002 - nothing is lost here
        """Return nothing: no other worker shares a copy."""
        return set()

    async def close(self) -> None:
        """Release the files."""
        await self._inner.close()
