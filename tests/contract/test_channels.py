"""The contract that every channel keeps."""

import asyncio
from datetime import UTC, datetime

import pytest

from messaging.channels.ports import Outcome

NOW = datetime(2026, 3, 1, 18, 30, 15, 250_000, tzinfo=UTC)

TEXTS = {
    "chinese": "国际空间站将在今晚七点经过您的城市。",
    "arabic": "تمر محطة الفضاء الدولية فوق مدينتك الليلة \u200f(21:04).",
    "emoji": "👩🏽‍🚀🛰️ looks up 🇨🇳",
    "dots": ".\n..\n.leading",
    "separators": "one\u2028two\u2029three\u0085four",
    "long": "no break " * 400,
}


def test_every_message_of_a_window_arrives_with_its_own_text(
    channel_case, make_envelope, send_window
):
    """A window of 64 gives 64 receipts that accept, and each text arrives once, under its name."""
    envelopes = [make_envelope(number) for number in range(64)]

    receipts = send_window(channel_case.open(), envelopes)

    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] * 64
    assert channel_case.arrived() == {e.message_id: (e.subject, e.text) for e in envelopes}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_texts_of_any_script_survive(channel_case, make_envelope, send_window, text):
    """A text arrives character by character, whatever its script."""
    subject = "".join(character for character in text[:80] if character.isprintable())
    envelope = make_envelope(subject=subject, text=text + "\n")

    send_window(channel_case.open(), [envelope])

    assert channel_case.arrived() == {envelope.message_id: (envelope.subject, envelope.text)}


def test_receipts_keep_the_order_of_the_window(channel_case, make_envelope, send_window):
    """The receipt of a message that cannot be sent stands at the place of that message."""
    envelopes = [make_envelope(number) for number in range(5)]
    envelopes[3] = make_envelope(3, text="a lone surrogate: \ud800")

    receipts = send_window(channel_case.open(), envelopes)

    rejected = [receipt.outcome is Outcome.REJECTED for receipt in receipts]
    assert rejected == [False, False, False, True, False]
    assert len(channel_case.arrived()) == 4


def test_a_line_break_in_a_subject_smuggles_nothing(channel_case, make_envelope, send_window):
    """A subject with a line break is refused, or arrives as one record with the break inside."""
    subject = "Look up\r\nBcc: everybody@example.test"
    envelopes = [make_envelope(0, subject=subject), make_envelope(1)]

    first, second = send_window(channel_case.open(), envelopes)

    arrived = channel_case.arrived()
    assert second.outcome is Outcome.ACCEPTED
    if first.outcome is Outcome.ACCEPTED:
        assert arrived[envelopes[0].message_id][0] == subject
    else:
        assert first.reason == "bad_header"
        assert list(arrived) == [envelopes[1].message_id]


def test_an_empty_window_is_no_work(channel_case, send_window):
    """No envelopes give no receipts."""
    assert send_window(channel_case.open(), []) == []


def test_closing_twice_is_harmless(channel_case, make_envelope):
    """close() may be called again, before and after sending."""

    async def scenario():
        channel = channel_case.open()
        await channel.close()
        await channel.send([make_envelope()], now=NOW)
        await channel.close()
        await channel.close()

    asyncio.run(scenario())
    assert len(channel_case.arrived()) == 1


def test_a_later_instance_adds_to_what_is_there(channel_case, make_envelope, send_window):
    """What one instance sent stays when the next one sends."""
    for number in range(2):
        send_window(channel_case.open(), [make_envelope(number)])

    assert len(channel_case.arrived()) == 2


def test_windows_sent_at_the_same_time_do_not_mix(channel_case, make_envelope):
    """Four windows sent at once over one instance all arrive whole."""

    async def scenario():
        channel = channel_case.open()
        windows = [[make_envelope(8 * w + n) for n in range(8)] for w in range(4)]
        await asyncio.gather(*(channel.send(window, now=NOW) for window in windows))
        await channel.close()

    asyncio.run(scenario())
    assert len(channel_case.arrived()) == 32


def test_reconcile_never_claims_what_was_not_sent(channel_case, make_envelope):
    """A message that was never sent is never among those the channel knows."""

    async def scenario():
        channel = channel_case.open()
        await channel.send([make_envelope(1)], now=NOW)
        known = await channel.reconcile([make_envelope(1).message_id, make_envelope(2).message_id])
        await channel.close()
        return known

    assert make_envelope(2).message_id not in asyncio.run(scenario())
