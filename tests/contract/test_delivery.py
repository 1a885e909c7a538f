"""Delivery, with the real database and real channels, on a clock that the test moves."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from messaging.campaigns.store import load_into
from messaging.channels.file.channel import FileChannel
from messaging.channels.ports import Channel, Outcome, Receipt, always
from messaging.clock import VirtualClock
from messaging.delivery.bursts import begin, outcomes, settle
from messaging.delivery.retry import MAX_ATTEMPTS
from messaging.delivery.worker import Delivery, DeliveryOptions
from messaging.people.consent import ANY, ConsentKind, ConsentRecord
from messaging.people.customers import Customer
from messaging.people.importing.consent_cells import SpokenConsent
from messaging.people.importing.rows import CustomerRow
from messaging.people.writing import Changes, find_changes, store_changes
from messaging.planning.existing import existing_messages
from messaging.queue.chunks import Windows
from messaging.queue.leases import QueuedMessage, cancel_message, lease_due
from messaging.queue.messages import MessageRows, append_messages
from messaging.report import history, queue_rows, tally
from messaging.steering import move
from overflight.database.opening import open_database
from tests.making import campaign_text, store_pass
from tle.storage.port import Database
from tle.times import DAY_MS, to_ms

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
WINDOW_S = 240


def _definition(channel: str) -> str:
    return campaign_text(
        key=channel, channel=channel, subject="Look up", text="Look up, {{ customer.name }}.\n"
    )


@dataclass(frozen=True)
class World:
    """Customers 1 to n, with one message each that is due at ``NOW``, and a clock there."""

    database: Database
    clock: VirtualClock
    channel: str

    def dispatch(self, channel: Channel, *, after_s: float = 0.0, lease_s: float = 25.0) -> int:
        """Move the clock and deliver what is due, with a worker of its own."""
        self.clock.advance_to(self.clock.now() + timedelta(seconds=after_s))

        async def scenario() -> int:
            options = DeliveryOptions(worker="worker", lease_s=lease_s)
            delivery = Delivery(self.database, {channel.name: channel}, self.clock, options)
            try:
                return await delivery.dispatch(channel.name)
            finally:
                await delivery.close()

        return asyncio.run(scenario())

    def lease(self, *, lease_s: float) -> list[QueuedMessage]:
        """Lease what is due for another worker, and return its messages."""
        leased, _ = lease_due(
            self.database,
            channel=self.channel,
            owner="other",
            now=self.clock.now(),
            lease_s=lease_s,
        )
        return [message for _, messages in leased for message in messages]

    def begin(self, messages: list[QueuedMessage]):
        """Write the intents of the other worker."""
        with self.database.writing() as transaction:
            return begin(
                transaction,
                messages,
                channel_name=self.channel,
                max_age_days=10.0,
                now=self.clock.now(),
            )

    def write(self, results) -> None:
        """Write what the other worker has to say."""
        with self.database.writing() as transaction:
            results.write(transaction)

    def stands(self) -> list[str]:
        """Where each message stands, with the reason, in the order of customers."""
        with self.database.reading() as reader:
            rows = sorted(queue_rows(reader), key=lambda row: row.message_no)
        return [f"{row.state} {row.reason}".strip() for row in rows]

    def events(self, message_no: int) -> list[tuple[str, int, str]]:
        """What the ledger says of a message: event, attempt, reason."""
        with self.database.reading() as reader:
            told = history(reader, message_no)
        return [(each["event"], each["attempt"], each["reason"]) for each in told]

    def move(self, verb: str) -> None:
        """Change the state of the campaign."""
        move(self.database, self.channel, verb, actor="test", now=self.clock.now())

    def say(self, customer_no: int, kind: ConsentKind) -> None:
        """Record what a customer says now."""
        now = self.clock.now()
        said = ConsentRecord(
            kind=kind, purpose="service", channel=ANY, at_ms=to_ms(now), recorded_ms=to_ms(now)
        )
        changes = Changes(added=(), updated=(), unchanged=0, consent=[(customer_no, said)])
        with self.database.writing() as transaction:
            store_changes(transaction, changes, now=now)

    def execute(self, sql: str) -> None:
        """Change the database by hand."""
        with self.database.writing() as transaction:
            transaction.execute(sql)


def _customer(number: int) -> CustomerRow:
    said = ConsentRecord(
        kind=ConsentKind.GRANT,
        purpose="service",
        channel=ANY,
        at_ms=to_ms(NOW - timedelta(days=1)),
        recorded_ms=to_ms(NOW),
    )
    return CustomerRow(
        customer=Customer(
            customer_id=f"c-{number}",
            name=f"Person {number}",
            email=f"person{number}@example.test",
            time_zone="UTC",
            latitude_deg=52.5,
            longitude_deg=13.4,
        ),
        consent=SpokenConsent(records=[said]),
    )


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator:
    """Make a world for a channel; its messages expire ``WINDOW_S`` after they are due."""
    opened: list[Database] = []

    def make(count: int, *, channel: str = "file") -> World:
        database = open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
        opened.append(database)
        stored, _ = load_into(database, _definition(channel), source="test", now=NOW)
        for verb in ("approve", "arm"):
            move(database, stored.key, verb, actor="test", now=NOW)
        ones = np.ones(count, int)
        now_ms, los_ms = to_ms(NOW), to_ms(NOW) + 1000 * WINDOW_S
        with database.writing() as transaction:
            people = [_customer(number) for number in range(1, count + 1)]
            store_changes(transaction, find_changes(transaction, people), now=NOW)
            store_pass(transaction, rise=NOW, lasts_s=WINDOW_S)
            append_messages(
                transaction,
                MessageRows(
                    message_no=-ones,
                    revision=ones,
                    customer_no=np.arange(1, count + 1),
                    pass_no=ones,
                    windows=Windows(
                        not_before_ms=ones * now_ms,
                        due_ms=ones * now_ms,
                        expires_at_ms=ones * los_ms,
                    ),
                ),
                campaign_no=stored.campaign_no,
                campaign_version=stored.version,
                channel=channel,
            )
        return World(database, VirtualClock(NOW), channel)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """The folder of the file channel."""
    return tmp_path / "outbox"


def _written(outbox: Path) -> list[str]:
    """The customers whose message was written, in the order of the file."""
    lines = (outbox / "file.jsonl").read_text().splitlines()
    return [json.loads(line)["message_id"].split("/")[1] for line in lines]


# --- the window ---------------------------------------------------------------------------------


def test_what_is_due_is_sent_once(make_world, outbox):
    """Everything due is sent, with intent before outcome, and nothing at the second look."""
    world = make_world(150)
    assert world.dispatch(FileChannel(outbox)) == 150
    assert world.dispatch(FileChannel(outbox), after_s=5) == 0
    assert world.stands() == ["accepted"] * 150
    assert len(set(_written(outbox))) == len(_written(outbox)) == 150
    assert world.events(1) == [("intent", 1, ""), ("accepted", 1, "")]


def test_nothing_is_sent_early(make_world, outbox):
    """A message waits for its time, to the millisecond."""
    world = make_world(3)
    early = World(world.database, VirtualClock(NOW - timedelta(milliseconds=1)), "file")
    assert early.dispatch(FileChannel(outbox)) == 0
    assert early.dispatch(FileChannel(outbox), after_s=0.001) == 3


@pytest.mark.parametrize(("left_ms", "stands"), [(1, "accepted"), (0, "expired window_closed")])
def test_nothing_is_sent_late(make_world, outbox, left_ms, stands):
    """In the last millisecond of its window a message is sent; then it expires."""
    world = make_world(2)
    assert world.dispatch(FileChannel(outbox), after_s=WINDOW_S - left_ms / 1000) == 2
    assert world.stands() == [stands] * 2


def test_after_an_outage_the_missed_are_expired(make_world, outbox):
    """What nobody was there to send is recorded as expired, and nothing of it is sent."""
    world = make_world(100)
    assert world.dispatch(FileChannel(outbox), after_s=4 * 3600) == 100
    assert set(world.stands()) == {"expired window_closed"}
    assert not outbox.exists()


# --- people change their minds ------------------------------------------------------------------


def test_what_changed_after_planning_counts(make_world, outbox):
    """Withdrawn, erased and cancelled messages are not sent, and the ledger tells the rule."""
    world = make_world(4)
    world.say(1, ConsentKind.WITHDRAWAL)
    world.execute("DELETE FROM customer WHERE customer_no = 2")
    with world.database.writing() as transaction:
        assert cancel_message(transaction, 3, now_ms=to_ms(NOW))
    world.dispatch(FileChannel(outbox))
    assert world.stands() == [
        "suppressed consent_withdrawn",
        "suppressed customer_erased",
        "cancelled by_hand",
        "accepted",
    ]
    assert _written(outbox) == ["4"]


def test_erased_consent_is_no_consent(make_world, outbox):
    """Without any record nothing is sent."""
    world = make_world(1)
    world.execute("DELETE FROM consent")
    world.dispatch(FileChannel(outbox))
    assert world.stands() == ["suppressed no_consent"]


@pytest.mark.parametrize("days", [-10.01, 10.01])
def test_what_rests_on_old_elements_is_held(make_world, tmp_path, days):
    """A message whose pass was predicted with elements beyond the limit is not sent, and says why.

    Predicted backwards, elements are as wrong.
    """
    world = make_world(2)
    shift_ms = round(days * DAY_MS)
    world.execute(f"UPDATE pass_crossing SET element_epoch_ms = element_epoch_ms + {shift_ms}")
    assert world.dispatch(FileChannel(tmp_path)) == 2
    assert world.stands() == ["suppressed elements_too_old"] * 2
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_withdrawal_counts_in_a_leased_chunk(make_world):
    """Consent withdrawn between lease and intent keeps the message back."""
    world = make_world(2)
    messages = world.lease(lease_s=25)
    world.say(1, ConsentKind.WITHDRAWAL)
    begun = world.begin(messages)
    assert [each.message.customer_no for each in begun.outgoing] == [2]
    assert world.stands() == ["suppressed consent_withdrawn", "intent"]


def test_no_address_no_mail(make_world, mailbox):
    """A customer whose address is gone is suppressed, not rejected by a server."""
    world = make_world(1, channel="smtp")
    world.execute("UPDATE customer SET email = ''")
    with mailbox.served():
        world.dispatch(mailbox.channel())
    assert world.stands() == ["suppressed no_address"]
    assert mailbox.recipients == []


# --- pause --------------------------------------------------------------------------------------


def test_pause_holds_and_resume_sends_what_still_may_be_sent(make_world, outbox):
    """A paused campaign sends nothing; resumed within the window, it sends all of it."""
    world = make_world(70)
    world.move("pause")
    assert world.dispatch(FileChannel(outbox)) == 0
    world.move("resume")
    assert world.dispatch(FileChannel(outbox), after_s=WINDOW_S - 1) == 70
    assert world.stands() == ["accepted"] * 70


@pytest.mark.parametrize("verbs", [["pause"], ["pause", "resume"]])
def test_a_pause_that_outlasts_the_window_expires_the_messages(make_world, outbox, verbs):
    """Whether it is resumed or not, what was held too long is expired."""
    world = make_world(3)
    for verb in verbs:
        world.move(verb)
    world.dispatch(FileChannel(outbox), after_s=WINDOW_S + 1)
    assert world.stands() == ["expired window_closed"] * 3


class PausingChannel(FileChannel):
    """A file channel during whose first window somebody pauses the campaign."""

    def __init__(self, outbox: Path, world: World) -> None:
        super().__init__(outbox)
        self._world = world

    async def send(self, envelopes, *, now, may_begin=always) -> list[Receipt]:
        """Send, and meanwhile pause."""
        self._world.move("pause")
        return await super().send(envelopes, now=now, may_begin=may_begin)


class SlowChannel(FileChannel):
    """A file channel that takes a while over each message; after the first, something happens."""

    def __init__(self, outbox: Path, happens) -> None:
        super().__init__(outbox)
        self._happens = happens

    async def send(self, envelopes, *, now, may_begin=always) -> list[Receipt]:
        """Send one after another, asking each time."""
        receipts = []
        for envelope in envelopes:
            receipts += await super().send([envelope], now=now, may_begin=may_begin)
            if len(receipts) == 1:
                self._happens()
            await asyncio.sleep(0.05)
        return receipts


def test_pause_holds_leased_chunks(make_world, outbox):
    """Only the window under way when the pause came is sent; the rest of its chunk waits."""
    world = make_world(200)
    assert world.dispatch(PausingChannel(outbox, world)) == 64
    world.move("resume")
    assert world.dispatch(FileChannel(outbox), after_s=1) == 136
    assert len(set(_written(outbox))) == len(_written(outbox)) == 200


@pytest.mark.parametrize("event", ["pause", "expiry"])
def test_a_slow_channel_is_interrupted(make_world, outbox, monkeypatch, event):
    """A pause or the end of the window holds what a slow channel has not begun yet."""
    monkeypatch.setattr("messaging.delivery.worker.WATCH_S", 0.05)
    world = make_world(40)

    def happens() -> None:
        if event == "pause":
            world.move("pause")
        else:
            world.clock.advance_to(NOW + timedelta(days=1))

    world.dispatch(SlowChannel(outbox, happens))
    assert 1 <= len(_written(outbox)) < 10
    assert set(world.stands()) == {"accepted", "deferred not_begun"}
    if event == "pause":
        world.move("resume")
    world.dispatch(FileChannel(outbox), after_s=1)
    if event == "pause":
        assert len(set(_written(outbox))) == len(_written(outbox)) == 40
    else:
        assert set(world.stands()) == {"accepted", "expired window_closed"}


def test_an_edited_text_is_not_sent(make_world, outbox):
    """What was planned with an older version waits for planning, though the campaign is armed."""
    world = make_world(3)
    edited = _definition("file").replace("Look up", "Look down")
    load_into(world.database, edited, source="test", now=NOW)
    for verb in ("approve", "arm"):
        world.move(verb)
    assert world.dispatch(FileChannel(outbox)) == 0
    assert world.stands() == ["planned"] * 3


def test_what_a_pause_has_interrupted_may_be_revised(make_world, outbox, monkeypatch):
    """A message that was not begun is as open to planning as one that was never tried."""
    monkeypatch.setattr("messaging.delivery.worker.WATCH_S", 0.05)
    world = make_world(40)
    world.dispatch(SlowChannel(outbox, lambda: world.move("pause")))
    with world.database.reading() as reader:
        existing = existing_messages(reader, 1, first_no=1, last_no=40)
    assert existing.pending.sum() == world.stands().count("deferred not_begun") > 0


def test_outcomes_survive_a_failed_write(make_world, outbox, monkeypatch):
    """If the ledger cannot be written, what is known is kept and written with the next dispatch."""
    world = make_world(3)
    options = DeliveryOptions(worker="worker", in_thread=False)
    delivery = Delivery(world.database, {"file": FileChannel(outbox)}, world.clock, options)
    with monkeypatch.context() as broken:
        broken.setattr("messaging.delivery.worker.close_or_release", _fail)
        with pytest.raises(OSError, match="no ledger"):
            asyncio.run(delivery.dispatch("file"))
    assert world.stands() == ["intent"] * 3
    asyncio.run(delivery.close())
    assert world.stands() == ["accepted"] * 3


def _fail(*_args: object, **_more: object) -> None:
    raise OSError("no ledger")


def test_a_slow_channel_holds_up_no_other(make_world, outbox):
    """Channels are dispatched side by side."""
    world = make_world(2)
    slow = SlowChannel(outbox, lambda: None)
    slow.name = "slow"

    async def both() -> list[int]:
        options = DeliveryOptions(worker="worker")
        channels = {"file": FileChannel(outbox), "slow": slow}
        delivery = Delivery(world.database, channels, world.clock, options)
        counts = await asyncio.gather(delivery.dispatch("slow"), delivery.dispatch("file"))
        await delivery.close()
        return counts

    assert asyncio.run(both()) == [0, 2]


# --- refusals -----------------------------------------------------------------------------------


def test_a_message_that_was_not_taken_is_tried_again(make_world, mailbox):
    """After a 4xx a revision waits in the queue, and the second attempt is told in order."""
    world = make_world(2, channel="smtp")
    mailbox.refusals[("RCPT", "person1@example.test")] = "451 4.7.1 later"
    with mailbox.served():
        world.dispatch(mailbox.channel())
        assert world.stands() == ["deferred smtp_451_4.7.1", "accepted"]
        with world.database.reading() as reader:
            row = next(row for row in queue_rows(reader) if row.message_no == 1)
        assert row.revision == 2
        assert NOW < row.due < row.expires_at
        assert row.not_before == NOW
        mailbox.refusals.clear()
        world.clock.advance_to(row.due - timedelta(milliseconds=1))
        assert world.dispatch(mailbox.channel()) == 0
        assert world.dispatch(mailbox.channel(), after_s=0.001) == 1
    assert mailbox.recipients == ["person2@example.test", "person1@example.test"]
    assert world.events(1) == [
        ("intent", 1, ""),
        ("deferred", 1, "smtp_451_4.7.1"),
        ("intent", 2, ""),
        ("accepted", 2, ""),
    ]


@pytest.mark.parametrize("interval_s", [1.0, 60.0])
def test_given_up_in_the_end(make_world, mailbox, interval_s):
    """A message that is never taken is dead, at the last attempt or before its window closes."""
    world = make_world(1, channel="smtp")
    mailbox.refusals[("RCPT", "person1@example.test")] = "451 4.7.1 later"
    with mailbox.served():
        for _ in range(int(WINDOW_S / interval_s) + 2):
            world.dispatch(mailbox.channel(), after_s=interval_s)
            if world.stands() != ["deferred smtp_451_4.7.1"]:
                break
    attempts = [attempt for event, attempt, _ in world.events(1) if event == "intent"]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) <= MAX_ATTEMPTS
    assert world.stands()[0].startswith(("dead", "expired"))
    assert to_ms(world.clock.now()) <= to_ms(NOW) + 1000 * (WINDOW_S + interval_s)


def test_refused_for_good(make_world, mailbox):
    """A 550 is final: rejected, with its code, and no other attempt."""
    world = make_world(1, channel="smtp")
    mailbox.refusals[("RCPT", "person1@example.test")] = "550 5.1.1 nobody"
    with mailbox.served():
        world.dispatch(mailbox.channel())
        assert world.dispatch(mailbox.channel(), after_s=120) == 0
    assert world.events(1) == [("intent", 1, ""), ("rejected", 1, "smtp_550_5.1.1")]


def test_unknown_stays_unknown(make_world, mailbox):
    """What may have been taken is never tried again."""
    world = make_world(1, channel="smtp")
    (message,) = world.lease(lease_s=25)
    begun = world.begin([message])
    receipts = [Receipt(outcome=Outcome.UNKNOWN, reason="smtp_no_reply")]
    world.write(outcomes(begun.outgoing, receipts, channel_name="smtp", now=NOW))
    world.execute("UPDATE chunk SET leased_until_ms = 0")
    with mailbox.served():
        world.dispatch(mailbox.channel(), after_s=60)
    assert world.stands() == ["unknown smtp_no_reply"]
    assert mailbox.recipients == []


# --- workers that are lost ----------------------------------------------------------------------


def test_a_lost_mail_worker_leaves_unknowns_and_the_rest_is_sent(make_world, mailbox):
    """What had an intent is unknown; the others of the chunk go to the next worker."""
    world = make_world(100, channel="smtp")
    messages = world.lease(lease_s=0.0)
    world.begin(messages[:30])
    with mailbox.served():
        world.dispatch(mailbox.channel())
    assert world.stands() == ["unknown worker_lost"] * 30 + ["accepted"] * 70
    assert len(mailbox.recipients) == 70


@pytest.mark.parametrize("has_sent", [True, False])
def test_a_lost_file_worker_leaves_no_unknowns(make_world, outbox, has_sent):
    """The file tells whether the window was written; if not, the next worker writes it."""
    world = make_world(40)
    begun = world.begin(world.lease(lease_s=0.0)[:30])
    if has_sent:
        envelopes = [each.envelope for each in begun.outgoing]
        asyncio.run(FileChannel(outbox).send(envelopes, now=NOW))
    world.dispatch(FileChannel(outbox))
    assert {stands.split()[0] for stands in world.stands()} == {"accepted"}
    assert sorted(map(int, _written(outbox))) == list(range(1, 41))
    told = [event for event, _, _ in world.events(1)]
    again = [] if has_sent else ["deferred", "intent"]
    assert told == ["intent", *again, "accepted"]


def test_a_chunk_that_is_held_is_left_alone(make_world, outbox):
    """While a lease lasts, no other worker touches the chunk."""
    world = make_world(5)
    world.lease(lease_s=60)
    assert world.dispatch(FileChannel(outbox)) == 0
    assert world.stands() == ["planned"] * 5


def test_whoever_comes_back_late_opens_nothing_again(make_world, mailbox):
    """An intent taken back after another worker called it unknown stays unknown, for good."""
    world = make_world(1, channel="smtp")
    begun = world.begin(world.lease(lease_s=0.0))
    with mailbox.served():
        world.dispatch(mailbox.channel())
        taken_back = [Receipt(outcome=Outcome.NOT_BEGUN)]
        world.write(outcomes(begun.outgoing, taken_back, channel_name="smtp", now=NOW))
        world.dispatch(mailbox.channel())
    assert world.stands() == ["unknown worker_lost"]
    assert mailbox.recipients == []


@pytest.mark.parametrize("found", ["away", "refused", "written"])
def test_whoever_comes_back_late_spoils_nothing(make_world, outbox, found):
    """What another worker has sent meanwhile stays accepted, and is not written again."""
    world = make_world(1)
    begun = world.begin(world.lease(lease_s=0.0))
    late = FileChannel(outbox)
    world.dispatch(FileChannel(outbox))
    if found == "away":
        receipts = [Receipt(outcome=Outcome.NOT_BEGUN)]
    elif found == "refused":
        receipts = [Receipt(outcome=Outcome.DEFERRED, reason="file_enospc")]
    else:
        envelopes = [each.envelope for each in begun.outgoing]
        receipts = asyncio.run(late.send(envelopes, now=NOW))
    world.write(outcomes(begun.outgoing, receipts, channel_name="file", now=NOW))
    world.dispatch(FileChannel(outbox), after_s=60)
    assert world.stands() == ["accepted"]
    assert _written(outbox) == ["1"]


def test_a_certain_outcome_ends_an_unknown_one(make_world):
    """A worker that was only slow may still say that its message was taken."""
    world = make_world(1, channel="smtp")
    (message,) = world.lease(lease_s=0.0)
    begun = world.begin([message])
    lost = replace(message, attempts=1)
    world.write(settle([lost], {1: "a"}, set(), keeps_records=False, now=NOW))
    accepted = [Receipt(outcome=Outcome.ACCEPTED)]
    world.write(outcomes(begun.outgoing, accepted, channel_name="smtp", now=NOW))
    assert world.stands() == ["accepted"]


def test_a_worker_is_not_lost_that_has_just_answered(make_world):
    """An outcome written while another worker was asking its channel is not overwritten."""
    world = make_world(1, channel="smtp")
    (message,) = world.lease(lease_s=0.0)
    begun = world.begin([message])
    lost = settle([replace(message, attempts=1)], {1: "a"}, set(), keeps_records=False, now=NOW)
    accepted = [Receipt(outcome=Outcome.ACCEPTED)]
    world.write(outcomes(begun.outgoing, accepted, channel_name="smtp", now=NOW))
    world.write(lost)
    assert world.stands() == ["accepted"]


def test_the_tally_adds_up(make_world, mailbox):
    """Whatever became of the messages, the counts are those of the messages."""
    world = make_world(5, channel="smtp")
    mailbox.refusals[("RCPT", "person1@example.test")] = "550 5.1.1 nobody"
    mailbox.refusals[("RCPT", "person2@example.test")] = "451 4.7.1 later"
    world.say(3, ConsentKind.WITHDRAWAL)
    with mailbox.served():
        world.dispatch(mailbox.channel())
    with world.database.reading() as reader:
        counted = tally(reader)
    assert (counted.failed, counted.planned, counted.suppressed, counted.sent) == (1, 1, 1, 2)
