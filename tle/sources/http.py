"""Asking a web server, within bounds of time and size, over connections that are verified."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from aiohttp import hdrs
from yarl import URL

from tle.errors import HostUnknown, NoAnswer
from tle.sources.asking import Reply

MAX_REDIRECTS = 3
_CHUNK_BYTES = 65_536
_MOVED = {301, 302, 303, 307, 308}
_MOVED_FOR_GOOD = {301, 308}  # an address to be put right by a person; providers count who does not


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How servers are asked."""

    user_agent: str
    """The program and its version."""
    connect_timeout_s: float = 15.0
    total_timeout_s: float = 120.0
    """For all of a conversation: login, redirects and the answer's last byte."""


class Browser:
    """A conversation with one server; cookies last as long as it does."""

    def __init__(self, options: HttpOptions, *, max_bytes: int) -> None:
        """Take no more than ``max_bytes`` in all answers together, packed or unpacked."""
        self._max_bytes = max_bytes
        self._received_bytes = 0
        self._unpacked_bytes = 0
        self._session = aiohttp.ClientSession(
            auto_decompress=False,  # by hand, so that a small answer cannot unpack to a huge one
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # of servers without a name, too
            headers={hdrs.USER_AGENT: options.user_agent, hdrs.ACCEPT_ENCODING: "gzip"},
            timeout=aiohttp.ClientTimeout(total=None, connect=options.connect_timeout_s),
            trust_env=True,
        )

    async def __aenter__(self) -> Self:
        """Open it."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._session.close()

    async def get(self, url: str) -> Reply:
        """Ask for a page; follow what has moved for now within the same scheme, host and port."""
        address = URL(url)
        for _ in range(MAX_REDIRECTS):
            reply = await self._ask(hdrs.METH_GET, address)
            target = _joined(address, reply.redirected_to)
            if (
                reply.status in _MOVED_FOR_GOOD
                or target is None
                or target.origin() != address.origin()
            ):
                return reply
            address = target
        return await self._ask(hdrs.METH_GET, address)

    async def post(self, url: str, form: Mapping[str, str]) -> Reply:
        """Send a form; no redirect is followed, because a form may hold a password."""
        return await self._ask(hdrs.METH_POST, URL(url), form=form)

    async def _ask(self, method: str, url: URL, form: Mapping[str, str] | None = None) -> Reply:
        try:
            async with self._session.request(
                method, url, data=form, allow_redirects=False
            ) as response:
                content = await self._read(response)
        except aiohttp.ClientPayloadError as error:
            raise self.no_answer("the answer was cut short") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise HostUnknown(host=url.host or "") from error
        except aiohttp.ClientConnectorCertificateError as error:
            why = getattr(error.certificate_error, "verify_message", str(error.certificate_error))
            raise self.no_answer(f"the certificate of {url.host} is not trusted: {why}") from error
        except TimeoutError as error:
            raise self.no_answer(f"{url.host} did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self.no_answer(f"{url.host}: {error}") from error
        moved = response.status in _MOVED
        return Reply(
            status=response.status,
            reason=response.reason or _words(response.status),
            content=content,
            received_bytes=self._received_bytes,
            redirected_to=response.headers.get(hdrs.LOCATION, "") if moved else "",
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Return the body, unpacked."""
        if self._received_bytes + (response.content_length or 0) > self._max_bytes:
            raise self._too_large()
        unpacker = _unpacker(response.headers.get(hdrs.CONTENT_ENCODING, ""))
        if unpacker is None:
            raise self.no_answer("the answer is packed in a way that was not asked for")
        content, before = bytearray(), self._received_bytes
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            self._received_bytes += len(chunk)
            content += self._unpack(unpacker, chunk)
        if self._received_bytes > before and not unpacker.eof:
            raise self.no_answer("the answer was cut short")
        return bytes(content)

    def _unpack(self, unpacker: "_Unpacker", chunk: bytes) -> bytes:
        try:
            content = unpacker.decompress(chunk, self._max_bytes - self._unpacked_bytes + 1)
        except zlib.error as error:
            raise self.no_answer("the answer is packed, and damaged") from error
        if unpacker.unused_data:
            raise self.no_answer("the answer goes on after the end of what is packed")
        self._unpacked_bytes += len(content)
        if max(self._received_bytes, self._unpacked_bytes) > self._max_bytes:
            raise self._too_large()
        return content

    def _too_large(self) -> NoAnswer:
        return self.no_answer(f"more than {self._max_bytes:,} bytes came, or were to come")

    def no_answer(self, reason: str) -> NoAnswer:
        """Return the error to raise, with what has been received so far."""
        return NoAnswer(reason=reason, received_bytes=self._received_bytes)


class _Unpacker(Protocol):
    """What ``zlib`` gives, and what stands in for it where nothing is packed."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Plain:
    eof = True
    unused_data = b""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return data[:max_length]


def _unpacker(encoding: str) -> _Unpacker | None:
    match encoding.strip().casefold():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    return None


def _joined(address: URL, location: str) -> URL | None:
    """Return where a redirect leads, or None where there is none that makes sense."""
    if not location:
        return None
    try:
        target = address.join(URL(location))
        return target if target.is_absolute() and target.scheme in {"http", "https"} else None
    except ValueError:
        return None


def _words(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def converse(
    talk: Callable[[Browser], Awaitable[Reply]], options: HttpOptions, *, max_bytes: int
) -> Reply:
    """Talk with a server and return its last reply, which counts the bytes of all of them.

    Raises:
        NoAnswer: no whole answer came in time and within ``max_bytes``, which bounds all of them.
        HostUnknown: the server's name was not found.
    """

    async def conversation() -> Reply:
        async with Browser(options, max_bytes=max_bytes) as browser:
            try:
                async with asyncio.timeout(options.total_timeout_s):
                    return await talk(browser)
            except TimeoutError as error:
                raise browser.no_answer(
                    f"no whole answer came within {options.total_timeout_s:g} s"
                ) from error

    return asyncio.run(conversation())
