"""What the SMTP channel promises beyond the contract, against servers that misbehave."""

import asyncio
import shutil
import ssl
import subprocess
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from messaging.channels.email.channel import Sender, SmtpChannel, SmtpSettings
from messaging.channels.ports import Outcome
from messaging.errors import MimeError

NOW = datetime(2026, 3, 1, 18, 30, 15, 250_000, tzinfo=UTC)


@asynccontextmanager
async def scripted_server(*, on_text=lambda: None, **script):
    """Run a tiny SMTP server that drops, stalls or answers as told at a command.

    Keys are ``CONNECT``, ``MAIL``, ``RCPT``, ``DATA`` and ``DOT``; values are ``drop``, ``stall``
    or an answer, or how many seconds it takes. Everything else gets the usual answer at once.
    Yields the port and the texts it was given, or whatever began of them.
    """
    usual = {"CONNECT": "220 hello", "EHLO": "250 me", "DATA": "354 go on", "QUIT": "221 bye"}
    texts = []

    async def serve(reader, writer):
        step = "CONNECT"
        try:
            while step:
                action = script.get(step, usual.get(step, "250 fine"))
                if action == "drop":
                    break
                if action == "stall":
                    await reader.read()
                    break
                if isinstance(action, float):
                    await asyncio.sleep(action)
                    action = usual.get(step, "250 fine")
                writer.write(f"{action}\r\n".encode())
                await writer.drain()
                if step == "QUIT":
                    break
                if step == "DATA" and action.startswith("354"):
                    texts.append(await reader.readuntil(b"\r\n.\r\n"))
                    on_text()
                    step = "DOT"
                else:
                    step = (await reader.readline())[:4].decode().upper()
        except asyncio.IncompleteReadError as error:
            texts.extend([error.partial] if error.partial else [])
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], texts


@pytest.fixture
def send_to_script(make_envelope, smtp_channel):
    """Send a window to a scripted server; return the receipts and what the server was given."""

    def send(count=1, connections=4, **script):
        async def scenario():
            async with scripted_server(**script) as (port, texts):
                channel = smtp_channel(port, connections=connections, command_timeout_s=0.2)
                envelopes = [make_envelope(number) for number in range(count)]
                receipts = await channel.send(envelopes, now=NOW)
                await channel.close()
                return receipts, texts

        return asyncio.run(scenario())

    return send


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        ({"CONNECT": "554 go away"}, Outcome.DEFERRED, "smtp_setup_554"),
        ({"CONNECT": "drop"}, Outcome.DEFERRED, "smtp_unreachable"),
        ({"MAIL": "550 5.1.8 who?"}, Outcome.REJECTED, "smtp_sender_550_5.1.8"),
        ({"RCPT": "550 5.1.1 <p@x.test> gone"}, Outcome.REJECTED, "smtp_550_5.1.1"),
        ({"RCPT": "550 person@example.test"}, Outcome.REJECTED, "smtp_550"),
        ({"RCPT": "451 4.7.1 later"}, Outcome.DEFERRED, "smtp_451_4.7.1"),
        ({"RCPT": "421 closing"}, Outcome.DEFERRED, "smtp_421"),
        ({"RCPT": "nonsense"}, Outcome.DEFERRED, "smtp_unreachable"),
        ({"RCPT": "drop"}, Outcome.DEFERRED, "smtp_unreachable"),
        ({"RCPT": "stall"}, Outcome.DEFERRED, "smtp_unreachable"),
        ({"DATA": "drop"}, Outcome.DEFERRED, "smtp_unreachable"),
        ({"DATA": "250 what?"}, Outcome.DEFERRED, "smtp_bad_reply"),
        ({"DOT": "552 5.2.2 full"}, Outcome.REJECTED, "smtp_552_5.2.2"),
        ({"DOT": "452 4.3.1 later"}, Outcome.DEFERRED, "smtp_452_4.3.1"),
        ({"DOT": "drop"}, Outcome.UNKNOWN, "smtp_no_reply"),
        ({"DOT": "stall"}, Outcome.UNKNOWN, "smtp_no_reply"),
        ({"DOT": "nonsense"}, Outcome.UNKNOWN, "smtp_no_reply"),
        ({"DOT": "354 again?"}, Outcome.UNKNOWN, "smtp_no_reply"),
    ],
    ids=lambda value: "-".join(f"{k}-{v}" for k, v in value.items()) if type(value) is dict else "",
)
def test_each_answer_has_its_verdict(send_to_script, script, outcome, reason):
    """An answer, or its absence, gives the documented outcome and a reason without its text."""
    (receipt,), _ = send_to_script(**script)

    assert (receipt.outcome, receipt.reason) == (outcome, reason)


def test_a_refusal_is_kept_when_the_server_hangs_up_afterwards(send_to_script):
    """A recipient that was refused stays refused though the connection is lost right after."""
    (receipt,), _ = send_to_script(RCPT="550 5.1.1 gone", RSET="drop")

    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, "smtp_550_5.1.1")


def test_a_silent_server_costs_one_time_out_and_no_more_unknowns(send_to_script):
    """When texts get no answer, at most one message a connection is unknown, the rest wait."""
    started_s = time.monotonic()
    receipts, texts = send_to_script(count=64, DOT="stall")

    verdicts = [receipt.outcome for receipt in receipts]
    assert verdicts.count(Outcome.UNKNOWN) == len(texts) <= 4
    assert verdicts.count(Outcome.DEFERRED) == 64 - len(texts)
    assert time.monotonic() - started_s < 2.0


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_no_text_leaves_after_its_window(make_envelope, smtp_channel, step):
    """Where a slow server asks for a text too late, it gets none of it, and later ones arrive."""

    async def scenario():
        async with scripted_server(**{step: 0.3}) as (port, texts):
            channel = smtp_channel(port, connections=1)
            expiry_s = time.monotonic() + 0.15
            late = await channel.send(
                [make_envelope(number) for number in (1, 2)],
                now=NOW,
                may_begin=lambda _envelope: time.monotonic() < expiry_s,
            )
            in_time = await channel.send([make_envelope(3)], now=NOW)
            await channel.close()
            return late, in_time, texts

    late, (in_time,), (text,) = asyncio.run(scenario())
    assert [receipt.outcome for receipt in late] == [Outcome.NOT_BEGUN] * 2
    assert in_time.outcome is Outcome.ACCEPTED
    assert b"person3@example.test" in text


def test_a_server_that_is_not_there_defers_the_window(make_envelope, smtp_channel, send_window):
    """A refused connection defers every message, quickly."""
    receipts = send_window(smtp_channel(1), [make_envelope(number) for number in range(64)])

    assert {(r.outcome, r.reason) for r in receipts} == {(Outcome.DEFERRED, "smtp_unreachable")}


def test_one_bad_recipient_does_not_touch_its_neighbours(make_envelope, mailbox, send_window):
    """Of a window only the refused recipients are refused; all others get their message."""
    mailbox.refusals = {
        ("RCPT", "person3@example.test"): "550 5.1.1 nobody",
        ("DATA", "person5@example.test"): "451 4.3.0 later",
    }
    with mailbox.served():
        channel = mailbox.channel(connections=1)
        receipts = send_window(channel, [make_envelope(number) for number in range(8)])

    reasons = {index: receipt.reason for index, receipt in enumerate(receipts) if receipt.reason}
    assert reasons == {3: "smtp_550_5.1.1", 5: "smtp_451_4.3.0"}
    assert sorted(mailbox.recipients) == [f"person{n}@example.test" for n in (0, 1, 2, 4, 6, 7)]


def test_connections_are_few_and_reused(make_envelope, mailbox):
    """Two windows of 64 messages need at most four connections."""

    async def scenario():
        channel = mailbox.channel()
        for start in (0, 64):
            envelopes = [make_envelope(start + number) for number in range(64)]
            await channel.send(envelopes, now=NOW)
        await channel.close()

    with mailbox.served():
        asyncio.run(scenario())

    assert len(mailbox.messages) == 128
    assert 1 <= len(mailbox.sessions) <= 4


def test_a_connection_is_given_up_after_a_hundred_messages(make_envelope, mailbox):
    """One connection carries 100 messages, then the next one takes over without a loss."""

    async def scenario():
        channel = mailbox.channel(connections=1)
        for start in (0, 64):
            envelopes = [make_envelope(start + number) for number in range(64)]
            await channel.send(envelopes, now=NOW)
        await channel.close()

    with mailbox.served():
        asyncio.run(scenario())

    assert len(mailbox.messages) == 128
    assert len(mailbox.sessions) == 2


def test_a_connection_dropped_while_idle_is_replaced(make_envelope, mailbox):
    """A server that hung up between two windows costs no message."""

    async def scenario():
        channel = mailbox.channel()
        await channel.send([make_envelope(1)], now=NOW)
        await asyncio.sleep(0.6)
        receipts = await channel.send([make_envelope(2)], now=NOW)
        await channel.close()
        return receipts

    with mailbox.served(timeout=0.3):
        (receipt,) = asyncio.run(scenario())

    assert receipt.outcome is Outcome.ACCEPTED
    assert len(mailbox.messages) == 2


def test_a_cancelled_window_leaves_no_connection_behind(make_envelope, smtp_channel):
    """Cancelling in the middle of a command drops its connection instead of reusing it."""

    async def scenario():
        handed_over = asyncio.Event()
        async with scripted_server(on_text=handed_over.set, DOT="stall") as (port, texts):
            channel = smtp_channel(port)
            sending = asyncio.create_task(channel.send([make_envelope()], now=NOW))
            await handed_over.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await channel.close()
            return len(texts)

    assert asyncio.run(scenario()) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": "a\nBcc: all@example.test"}, "bad_header"),
        ({"subject": "=?utf-8?q?a=0D=0ABcc:_all=40example.test?="}, "bad_header"),
        ({"language": "en\r\nBcc: all@example.test"}, "bad_header"),
        ({"address": "a@example.test\r\nRCPT TO:<b@example.test>"}, "bad_header"),
        ({"address": "a@example.test,b@example.test"}, "bad_address"),
        ({"address": "A Name <a@example.test>"}, "bad_address"),
        ({"address": ""}, "bad_address"),
        ({"address": "用户@example.test"}, "smtp_no_smtputf8"),
    ],
)
def test_what_must_not_reach_a_header_is_refused(
    make_envelope, mailbox, send_window, changes, reason
):
    """Injection, lists and addresses the server cannot take are refused and nothing is sent."""
    with mailbox.served(enable_SMTPUTF8=False):
        (receipt,) = send_window(mailbox.channel(), [make_envelope(**changes)])

    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, reason)
    assert mailbox.recipients == []


@pytest.mark.parametrize(
    ("address", "arrives_as"),
    [
        ("a@bücher.test", "a@xn--bcher-kva.test"),
        ("用户@例子.test", "用户@xn--fsqu00a.test"),
        ("o'neil+sat%x!y@example.test", "o'neil+sat%x!y@example.test"),
    ],
)
def test_addresses_of_any_script_arrive(make_envelope, mailbox, send_window, address, arrives_as):
    """Domains travel in ASCII, local parts as they are where the server offers SMTPUTF8."""
    with mailbox.served(enable_SMTPUTF8=True):
        (receipt,) = send_window(mailbox.channel(), [make_envelope(address=address)])

    assert receipt.outcome is Outcome.ACCEPTED
    assert mailbox.recipients == [arrives_as]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost that signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += f" -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {path}.key"
    subprocess.run([*command.split(), "-out", path], check=True, capture_output=True)
    return path


@pytest.fixture
def tls_context(certificate):
    """The server's side of TLS, with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context


@pytest.fixture
def _trusted_certificate(certificate, monkeypatch):
    """Make this process trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("_trusted_certificate")
def test_starttls_and_login(make_envelope, mailbox, send_window, tls_context):
    """With STARTTLS the right password is accepted and a wrong one defers with the code."""

    def authenticate(server, session, envelope, mechanism, credentials):
        right = credentials == LoginPassword(b"sky", b"right")
        return AuthResult(success=right, handled=False)

    def send_with(password):
        channel = mailbox.channel(
            host="localhost", security="starttls", username="sky", password=password
        )
        return send_window(channel, [make_envelope()])

    options = {"tls_context": tls_context, "authenticator": authenticate, "auth_required": True}
    with mailbox.served(**options):
        (right,) = send_with("right")
        (wrong,) = send_with("wrong")

    assert right.outcome is Outcome.ACCEPTED
    assert (wrong.outcome, wrong.reason) == (Outcome.DEFERRED, "smtp_setup_535_5.7.8")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_unknown_certificate_is_not_trusted(
    make_envelope, mailbox, send_window, tls_context, security
):
    """A certificate that nobody vouches for defers the window before anything is said."""
    option = {"starttls": "tls_context", "tls": "ssl_context"}[security]
    with mailbox.served(**{option: tls_context}):
        channel = mailbox.channel(host="localhost", security=security)
        (receipt,) = send_window(channel, [make_envelope()])

    assert (receipt.outcome, receipt.reason) == (Outcome.DEFERRED, "smtp_tls")
    assert mailbox.messages == []


def test_a_server_without_starttls_gets_nothing(make_envelope, mailbox, send_window):
    """Where STARTTLS is asked for and not offered, nothing is sent in the clear."""
    with mailbox.served():
        channel = mailbox.channel(security="starttls")
        (receipt,) = send_window(channel, [make_envelope()])

    assert (receipt.outcome, receipt.reason) == (Outcome.DEFERRED, "smtp_unsupported")
    assert mailbox.messages == []


def test_reconcile_knows_nothing(smtp_channel, make_envelope):
    """A mail server cannot be asked, so no message is ever claimed."""
    assert asyncio.run(smtp_channel(1).reconcile([make_envelope().message_id])) == set()


def test_the_password_stays_out_of_the_repr():
    """Printing the settings shows no password."""
    assert "secret" not in repr(SmtpSettings(password="secret"))


def test_a_sender_without_an_address_is_refused_at_start():
    """A channel is not made without an address to send from; the error names the field."""
    with pytest.raises(MimeError, match="from_address: expected one address"):
        SmtpChannel(SmtpSettings(), Sender(from_address=""))
