"""A mail server that counts: whatever it takes is a line in a file before it answers.

Run as ``counting_smtp.py TAKEN DELAY_S``; it prints its port. Each line of TAKEN is a recipient.
"""

import asyncio
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Counter:
    """The handler that aiosmtpd calls for each message."""

    def __init__(self, taken: Path, delay_s: float) -> None:
        self._taken = taken
        self._delay_s = delay_s

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd looks for this name
        with self._taken.open("a") as file:  # before the answer
            file.write(f"{envelope.rcpt_tos[0]}\n")
        await asyncio.sleep(self._delay_s)
        return "250 2.0.0 taken"


async def serve(taken: Path, delay_s: float) -> None:
    """Serve on a free port of loopback until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Counter(taken, delay_s), loop=loop), "127.0.0.1", 0
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
