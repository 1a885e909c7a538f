"""Samples for people to look at: a few messages of each language as ``.eml`` files."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from messaging.channels.email.mime import Sender, build_message
from messaging.channels.ports import Envelope
from messaging.errors import MimeError
from messaging.locking import locked

MAX_SAMPLES = 100

_NOBODY = Sender(from_address="overflight@overflight.invalid", from_name="Overflight")


class Samples:
    """Write the first messages of each campaign and language, never more than 100 in a folder.

    Samples name no recipient. They are a convenience: where one cannot be written, nothing fails.
    """

    def __init__(self, directory: Path, *, per_language: int) -> None:
        self._directory = directory
        self._per_language = per_language
        self._complete: set[tuple[str, str]] = set()

    def offer(self, envelopes: Sequence[Envelope], now: datetime) -> None:
        """Write those messages of which there are too few samples so far."""
        if self._per_language <= 0:
            return
        if all(_kind(envelope) in self._complete for envelope in envelopes):
            return
        with suppress(OSError), locked(self._directory, os.O_RDONLY):
            for envelope in envelopes:
                if _kind(envelope) not in self._complete:
                    self._write(envelope, now)

    def _write(self, envelope: Envelope, now: datetime) -> None:
        path = self._free_path(envelope)
        if path is None:
            self._complete.add(_kind(envelope))
            return
        with suppress(MimeError):
            message = build_message(envelope, sender=_NOBODY, to="", sent_at=now)
            path.touch(mode=0o600)
            path.write_bytes(message)

    def _free_path(self, envelope: Envelope) -> Path | None:
        if sum(1 for _ in self._directory.glob("*.eml")) >= MAX_SAMPLES:
            return None
        stem = quote(f"{envelope.campaign}-{envelope.language}", safe="")
        paths = (self._directory / f"{stem}-{n + 1}.eml" for n in range(self._per_language))
        return next((path for path in paths if not path.exists()), None)


def _kind(envelope: Envelope) -> tuple[str, str]:
    return envelope.campaign, envelope.language
