"""One plain e-mail is well formed whatever it says, and refuses what could change its headers."""

import email.policy
from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.addresses import parse_address
from messaging.channels.email.mime import Sender, build_message
from messaging.channels.ports import Envelope
from messaging.errors import MimeError

NOW = datetime(2026, 3, 1, 18, 30, 15, 250_000, tzinfo=UTC)
SENDER = Sender(from_address="sky@overflight.test")

one_line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])).filter(
    lambda text: "=?" not in text and "%0" not in text
)
any_text = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"))


def make_envelope(**changes):
    """Return an envelope with some fields changed."""
    values = {
        "message_id": "week/7/25544-1/first",
        "campaign": "week",
        "pass_id": "25544-1",
        "address": "person@example.test",
        "language": "en",
        "subject": "Look up",
        "text": "It rises in the west.\n",
        "not_before": NOW,
        "due": NOW,
        "expires_at": NOW,
    }
    return Envelope(**values | changes)


def build(sender=SENDER, to="person@example.test", **changes):
    """Return a message as bytes and as a mail program reads it."""
    content = build_message(make_envelope(**changes), sender=sender, to=to, sent_at=NOW)
    return content, message_from_bytes(content, policy=email.policy.default)


def test_the_headers_are_the_documented_ones():
    """A message has exactly the headers that a careful mail server expects of automatic mail."""
    sender = Sender(
        from_address="sky@bücher.test",
        from_name='Sky, "the" team',
        reply_to="answers@overflight.test",
        unsubscribe="stop@overflight.test",
    )

    _, message = build(sender, language="zh-CN")

    assert dict(message.items()) == {
        "From": '"Sky, \\"the\\" team" <sky@xn--bcher-kva.test>',
        "To": "person@example.test",
        "Reply-To": "answers@overflight.test",
        "Subject": "Look up",
        "Date": "Sun, 01 Mar 2026 18:30:15 +0000",
        "Message-ID": "<week%2F7%2F25544-1%2Ffirst@xn--bcher-kva.test>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<mailto:stop@overflight.test>",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Language": "zh-CN",
        "Content-Transfer-Encoding": "7bit",
    }


@given(subject=one_line, text=any_text, name=one_line)
def test_any_text_survives_in_a_well_formed_mail(subject, text, name):
    """Any subject, name and text come back from a parser, in short ASCII lines with CRLF."""
    content, message = build(
        Sender(from_address="sky@overflight.test", from_name=name), subject=subject, text=text
    )

    head, _, body = content.partition(b"\r\n\r\n")
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert message.defects == []
    assert body
    assert head.count(b"\r\nSubject: ") == (1 if subject else 0)
    assert "".join(str(message["Subject"] or "").split()) == "".join(subject.split())
    received = message.get_content().replace("\r\n", "\n")
    assert received == text.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "unsafe",
    [
        "a\nb",
        "a\rb",
        "a\0b",
        "a\x85b",
        "a\u2028b",
        "=?utf-8?q?a=0Ab?=",
        "=?UTF-8?B?Cg==?=",
        "a%0Db",
    ],
)
@pytest.mark.parametrize("field", ["subject", "language"])
def test_unsafe_headers_are_refused_without_repeating_them(field, unsafe):
    """A control character, plain or encoded, is refused; the error names the field only."""
    with pytest.raises(MimeError) as caught:
        build(**{field: unsafe})

    assert (caught.value.field, caught.value.rule) == (field, "bad_header")
    assert unsafe not in str(caught.value)


def test_a_lone_surrogate_is_refused():
    """A text that is not Unicode is refused, not sent in pieces."""
    with pytest.raises(MimeError) as caught:
        build(text="\ud800")

    assert caught.value.rule == "bad_text"


def test_the_message_id_depends_on_the_message_alone():
    """Two attempts at one message have one Message-ID; two messages never share one."""
    identities = ["a/b", "a_b", "a.b", "a b", "é", "a/b"]

    ids = [build(message_id=identity)[1]["Message-ID"] for identity in identities]

    assert ids[0] == ids[-1]
    assert len(set(ids)) == 5


def test_a_long_unsubscribe_url_stays_whole():
    """A long URL is neither folded nor encoded, which would break it."""
    url = "https://overflight.test/" + "u" * 300

    content, _ = build(Sender(from_address="sky@overflight.test", unsubscribe=url))

    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content


def test_the_footer_holds_what_the_law_wants():
    """Postal address, privacy page and unsubscribe address stand under the text."""
    sender = Sender(
        from_address="sky@overflight.test",
        postal_address="1 Orbit Road\nSkyville",
        privacy_url="https://overflight.test/privacy",
        unsubscribe="mailto:stop@overflight.test",
    )

    _, message = build(sender)

    assert message.get_content().replace("\r\n", "\n") == (
        "It rises in the west.\n\n-- \n1 Orbit Road\nSkyville\n"
        "Privacy: https://overflight.test/privacy\nUnsubscribe: stop@overflight.test\n"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_address", ""),
        ("from_address", "Sky <sky@overflight.test>"),
        ("from_name", "Sky\nBcc: all@example.test"),
        ("reply_to", "a@example.test, b@example.test"),
        ("unsubscribe", "http://overflight.test/stop"),
        ("unsubscribe", "https://overflight.test/> <https://evil.test"),
        ("unsubscribe", "stop@overflight.test?subject=a%0d%0ab"),
    ],
)
def test_a_sender_that_does_not_fit_into_headers_is_refused(field, value):
    """A sender is checked when it is made, and the error names the field."""
    with pytest.raises(MimeError) as caught:
        Sender(**{"from_address": "sky@overflight.test"} | {field: value})

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("person@example.test", "person@example.test"),
        ("o'neil+sky@example.test", "o'neil+sky@example.test"),
        ("person@localhost", "person@localhost"),
        ("person@bücher.test", "person@xn--bcher-kva.test"),
        ("用户@例子.test", "用户@xn--fsqu00a.test"),
    ],
)
def test_addresses_keep_their_local_part_and_get_an_ascii_domain(text, parsed):
    """The local part belongs to the recipient's server; the domain goes through IDNA."""
    assert parse_address(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "person",
        "@example.test",
        "person@",
        "a@b@example.test",
        "a@example.test,b@example.test",
        "a@example.test b@example.test",
        "A <a@example.test>",
        '"a b"@example.test',
        "a(comment)@example.test",
        ".a@example.test",
        "a..b@example.test",
        "a@.example.test",
        "a@example..test",
        "a@-example.test",
        "a@[127.0.0.1]",
        f"{'a' * 65}@example.test",
        f"a@{'b' * 64}.test",
        "a\u3000b@example.test",
    ],
)
def test_whatever_is_not_one_plain_address_is_refused(text):
    """Lists, names, comments, quotes, literals and impossible lengths are refused, unrepeated."""
    with pytest.raises(MimeError) as caught:
        parse_address(text)

    assert caught.value.rule == "bad_address"
    assert not text or text not in str(caught.value)
