"""Asking a web server: a whole answer of a sane size from whom we meant, or why there is none."""

import shutil
import subprocess
import sys
import time

import pytest

from tle.errors import HostUnknown, NoAnswer
from tle.sources.http import converse

MAX_BYTES = 50_000


@pytest.fixture
def fetch(http):
    """Get a page."""
    return lambda url: converse(lambda browser: browser.get(url), http, max_bytes=MAX_BYTES)


def test_who_asks(provider, fetch):
    """A server learns the program and its version."""
    provider.behave(text="hello")
    assert fetch(provider.url).content == b"hello"
    [request] = provider.requests
    assert request["headers"]["User-Agent"] == "overflight/9.9 (tests)"


def test_packed_answers_are_unpacked(provider, fetch):
    """A packed answer comes out whole, and counts as what went over the wire."""
    reply = fetch(f"{provider.url}/NORAD/elements/gp.php?GROUP=stations&FORMAT=CSV")
    assert reply.content.count(b"\n") == 3
    assert 0 < reply.received_bytes < len(reply.content)


def test_any_status_is_an_answer(provider, fetch):
    """What a status means is for others to say."""
    provider.behave(status=503, text="busy")
    reply = fetch(provider.url)
    assert (reply.status, reply.reason, reply.content) == (503, "Service Unavailable", b"busy")


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        ("cut", "the answer was cut short"),
        ("cut pack", "the answer was cut short"),
        ("bad pack", "packed, and damaged"),
        ("other pack", "packed in a way that was not asked for"),
        ("gone", "Server disconnected"),
        ("silent", "no whole answer came within 3 s"),
        ("slow", "no whole answer came within 3 s"),
        ("two packs", "goes on after the end of what is packed"),
        ("endless after pack", "goes on after the end of what is packed"),
        ("endless", "more than 50,000 bytes"),
        ("bomb", "more than 50,000 bytes"),
    ],
)
def test_what_is_no_whole_answer(provider, fetch, manner, why):
    """An answer that is cut, endless, a bomb or late is an error that says so, soon."""
    provider.behave(text="x" * 5_000, manner=manner)
    begun_s = time.monotonic()
    with pytest.raises(NoAnswer, match=why) as caught:
        fetch(provider.url)
    assert time.monotonic() - begun_s < 6
    assert caught.value.received_bytes < 400_000


def test_the_declared_length_is_believed(provider, fetch):
    """An answer that says it is too long is not even read."""
    provider.behave(text="x" * 50_001)
    with pytest.raises(NoAnswer, match="more than 50,000 bytes") as caught:
        fetch(provider.url)
    assert caught.value.received_bytes == 0


@pytest.mark.parametrize("manner", ["whole", "packed"])
def test_a_conversation_is_bounded_as_a_whole(provider, http, manner):
    """Answers that are small enough one by one are too large together, packed or unpacked."""
    provider.behave("/login", text="x" * 30_000, manner=manner)

    async def talk(browser):
        await browser.post(f"{provider.url}/login", {})
        provider.behave(text="y" * 30_000, manner=manner)
        return await browser.get(provider.url)

    with pytest.raises(NoAnswer, match="more than 50,000 bytes"):
        converse(talk, http, max_bytes=MAX_BYTES)
    assert len(provider.requests) == 2


def test_redirects_count_as_what_came(provider, fetch):
    """The pages of redirects are part of the conversation."""
    provider.behave(status=302, text="x" * 20_000, headers={"Location": "/again"})
    with pytest.raises(NoAnswer, match="more than 50,000 bytes"):
        fetch(provider.url)
    assert len(provider.requests) == 3


def test_nobody_listens(fetch):
    """A port without a server is an error that names the host."""
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1"):
        fetch("http://127.0.0.1:1/")


def test_no_such_host(fetch, monkeypatch):
    """Where the name is not found, nobody was asked, and the error says so by its kind."""

    def not_found(*_args, **_options):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", not_found)
    with pytest.raises(HostUnknown, match=r"elements\.test was not found"):
        fetch("http://elements.test/")


@pytest.mark.parametrize("status", [301, 308])
def test_what_has_moved_for_good_is_told(provider, fetch, status):
    """A permanent redirect is not followed, not even on the same server: our address is wrong."""
    provider.behave(status=status, headers={"Location": "/new"})
    assert fetch(f"{provider.url}/old").redirected_to == "/new"
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [302, 303, 307])
def test_redirects_within_a_server_are_followed(provider, fetch, status):
    """A page that has moved for now on the same server is found there."""
    provider.behave("/old", status=status, headers={"Location": "/NORAD/x"})
    assert fetch(f"{provider.url}/old").status == 404
    assert [each["path"] for each in provider.requests] == ["/old", "/NORAD/x"]


def test_redirects_in_a_circle_end(provider, fetch):
    """After three redirects the next is an answer as it is."""
    provider.behave(status=302, headers={"Location": "/again"})
    assert fetch(provider.url).status == 302
    assert len(provider.requests) == 4


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "//other.test/", "https:{rest}"])
def test_redirects_elsewhere_are_not_followed(provider, start_provider, fetch, target):
    """Another host, another port, another scheme: the answer is the redirect, nobody is asked."""
    other = start_provider()
    rest = provider.url.removeprefix("http:")
    location = target.format(port=other.port, rest=rest)
    provider.behave(status=302, headers={"Location": location})
    reply = fetch(provider.url)
    assert (reply.status, reply.redirected_to) == (302, location)
    assert len(provider.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize("location", ["mailto:a@b.test", "http://[", "file:///etc/passwd"])
def test_redirects_to_nowhere(provider, fetch, location):
    """A redirect to what is no page is not followed."""
    provider.behave(status=302, headers={"Location": location})
    assert fetch(provider.url).redirected_to == location


def test_a_form_is_sent_once(provider, http):
    """A form is not sent on to where a redirect leads."""
    provider.behave(status=307, headers={"Location": "/elsewhere"})
    form = {"password": "hush"}
    reply = converse(lambda b: b.post(f"{provider.url}/login", form), http, max_bytes=100)
    assert reply.status == 307
    assert [each["form"] for each in provider.requests] == [form]


@pytest.fixture
def certificate(tmp_path):
    """A certificate for localhost that signs itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    path, key = tmp_path / "localhost.pem", tmp_path / "localhost.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += (
        f" -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {path}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return path, key


def test_a_certificate_that_nobody_signed_is_refused(start_provider, fetch, certificate):
    """A server that cannot prove who it is gets no request."""
    provider = start_provider(*certificate)
    with pytest.raises(NoAnswer, match="the certificate of localhost is not trusted: self-signed"):
        fetch(f"https://localhost:{provider.port}/")
    assert provider.requests == []


def test_proxies_of_the_environment_are_used(provider, fetch, monkeypatch):
    """Who has to go through a proxy can."""
    monkeypatch.setenv("http_proxy", provider.url)
    provider.behave(text="from afar")
    assert fetch("http://far.test/page").content == b"from afar"
    [request] = provider.requests
    assert request["headers"]["Host"] == "far.test"


def test_who_does_not_fetch_does_not_pay():
    """The daemon and the commands know the sources without importing an HTTP client."""
    modules = (
        "tle.sources.update, tle.sources.watched, tle.sources.providers, overflight.wiring, "
        "overflight.cli.tle.update, overflight.cli.passes.first_run"
    )
    script = f"import sys, {modules}; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
