"""The file channel: one JSON line for each message, in one file for each campaign.

A line is whole or it is not there. Every burst is one write under a lock that all worker
processes share, and what a killed writer left torn is cut off before the next one appends. So the
file itself answers which messages were taken, and this channel has no unknowns to reconcile by
guessing. A writer that stood still for so long that another one took over its work finds that out
under the lock: what others have appended since its own last line, it does not write again.
"""

import asyncio
import errno
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from messaging.channels.file.samples import Samples
from messaging.channels.ports import Envelope, MayBegin, Outcome, Receipt, always
from messaging.locking import locked
from messaging.rules import Rule
from tle.times import iso_z

_TAIL_BYTES = 65_536
_ACCEPTED = Receipt(outcome=Outcome.ACCEPTED)
_NOT_BEGUN = Receipt(outcome=Outcome.NOT_BEGUN)
_UNWRITABLE = Receipt(outcome=Outcome.REJECTED, reason=Rule.FILE_BAD_TEXT)


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    message_id: str
    campaign: str
    pass_id: str
    language: str
    subject: str
    text: str
    not_before: str
    due: str
    expires_at: str
    sent_at: str


class _Identity(msgspec.Struct, frozen=True):
    """The part of a line that reconciling reads."""

    message_id: str


class FileChannel:
    """Append messages to JSON Lines files in a folder that several processes may share.

    Args:
        directory: where the files go; created with mode 0700. POSIX only, as the lock is flock.
        eml_samples_per_language: how many messages of each campaign and language are also written
            as ``.eml`` files for people to look at; at most 100 files in the whole folder.
        durable: sync to disk before a message counts as accepted. Turn it off for rehearsals.
    """

    name = "file"
    keeps_records = True

    def __init__(
        self, directory: Path, *, eml_samples_per_language: int = 0, durable: bool = True
    ) -> None:
        self._directory = directory
        self._durable = durable
        self._samples = Samples(directory, per_language=eml_samples_per_language)
        self._read_bytes: dict[Path, int] = {}
        """How much of each file holds nothing that this writer does not know of."""

    async def send(
        self, envelopes: Sequence[Envelope], *, now: datetime, may_begin: MayBegin = always
    ) -> list[Receipt]:
        """Append a burst; return a receipt for each envelope, in order.

        A burst is written whole or not at all: a full disk defers all of it (``file_enospc``).
        """
        begun = [envelope for envelope in envelopes if may_begin(envelope)]
        # Without syncing, a burst is written faster than a thread is woken.
        receipts = iter(
            await asyncio.to_thread(self._send, begun, now)
            if self._durable
            else self._send(begun, now)
        )
        names = {envelope.message_id for envelope in begun}
        return [next(receipts) if e.message_id in names else _NOT_BEGUN for e in envelopes]

    async def reconcile(self, message_ids: Collection[str]) -> set[str]:
        """Return those messages that stand in the files as whole lines.

        Raises:
            OSError: a file cannot be read, so nothing is known of the messages.
        """
        return await asyncio.to_thread(self._find, frozenset(message_ids))

    async def close(self) -> None:
        """Do nothing: no file stays open between two bursts."""

    def _send(self, envelopes: Sequence[Envelope], now: datetime) -> list[Receipt]:
        receipts = [_UNWRITABLE] * len(envelopes)
        lines: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        for index, envelope in enumerate(envelopes):
            try:
                lines[envelope.campaign][index] = _encode(envelope, now)
            except UnicodeEncodeError:  # a lone surrogate: no file can hold it
                continue
        for campaign, by_index in lines.items():
            block = {envelopes[index].message_id: line for index, line in by_index.items()}
            receipt = self._append(campaign, block)
            for index in by_index:
                receipts[index] = receipt
        taken = [e for e, r in zip(envelopes, receipts, strict=True) if r is _ACCEPTED]
        self._samples.offer(taken, now)
        return receipts

    def _append(self, campaign: str, lines: Mapping[str, bytes]) -> Receipt:
        """Add whole lines by message and make them durable, or leave the file as it was."""
        path = self._directory / f"{quote(campaign, safe='')}.jsonl"
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
                size_bytes = _cut_torn_line(file)
                taken = self._written_by_others(path, file, size_bytes, lines.keys())
                block = b"".join(line for name, line in lines.items() if name not in taken)
                try:
                    _write_all(file, block)
                    self._sync(file, is_new=size_bytes == 0)
                except OSError:
                    os.ftruncate(file, size_bytes)
                    raise
                self._read_bytes[path] = size_bytes + len(block)
        except OSError as error:
            return Receipt(outcome=Outcome.DEFERRED, reason=f"{Rule.FILE}_{_code(error)}")
        return _ACCEPTED

    def _written_by_others(
        self, path: Path, file: int, size_bytes: int, message_ids: AbstractSet[str]
    ) -> AbstractSet[str]:
        """Return those messages that stand in what others appended since this writer last did."""
        read_bytes = self._read_bytes.get(path, 0)
        if read_bytes == size_bytes:
            return frozenset()
        with open(file, "rb", closefd=False) as lines:
            lines.seek(min(read_bytes, size_bytes))
            return message_ids & set(_identities(lines))

    def _sync(self, file: int, *, is_new: bool) -> None:
        if not self._durable:
            return
        os.fsync(file)
        if is_new:  # the name of a new file is durable only with its folder
            folder = os.open(self._directory, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _find(self, message_ids: frozenset[str]) -> set[str]:
        found: set[str] = set()
        for path in sorted(self._directory.glob("*.jsonl")):
            with (
                locked(path, os.O_RDONLY, shared=True) as file,
                open(file, "rb", closefd=False) as lines,
            ):
                found.update(message_ids.intersection(_identities(lines)))
        return found


def _identities(lines: Iterable[bytes]) -> Iterator[str]:
    """Yield the message of every whole line; a line that holds no message counts for none."""
    decode = msgspec.json.Decoder(_Identity).decode
    for line in lines:
        if line.endswith(b"\n"):
            with suppress(msgspec.DecodeError):
                yield decode(line).message_id


def _cut_torn_line(file: int) -> int:
    """Cut off what follows the last newline; return the size in bytes that is left."""
    size_bytes = end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - _TAIL_BYTES)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size_bytes:
        os.ftruncate(file, end)
    return end


def _write_all(file: int, block: bytes) -> None:
    """Write a block, usually in one call; a nearly full disk takes only part of it at first."""
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(file, rest) :]


def _encode(envelope: Envelope, now: datetime) -> bytes:
    record = _Record(
        message_id=envelope.message_id,
        campaign=envelope.campaign,
        pass_id=envelope.pass_id,
        language=envelope.language,
        subject=envelope.subject,
        text=envelope.text,
        not_before=iso_z(envelope.not_before),
        due=iso_z(envelope.due),
        expires_at=iso_z(envelope.expires_at),
        sent_at=iso_z(now),
    )
    return msgspec.json.encode(record) + b"\n"


def _code(error: OSError) -> str:
    """Return the short name of a system error, such as ``enospc``."""
    return errno.errorcode.get(error.errno or 0, "error").lower()
