"""What the file channel promises beyond the contract."""

import asyncio
import email.policy
import multiprocessing
import resource
import stat
from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from messaging.channels.file.channel import FileChannel
from messaging.channels.ports import Outcome

NOW = datetime(2026, 3, 1, 18, 30, 15, 250_000, tzinfo=UTC)


def test_a_line_holds_the_documented_keys_and_no_address(
    tmp_path, make_envelope, send_window, read_lines
):
    """A line has ten keys, times with milliseconds and Z, and never the address."""
    send_window(FileChannel(tmp_path), [make_envelope(7, text="你好")])

    assert read_lines(tmp_path) == [
        {
            "message_id": "week/7/25544-1/first",
            "campaign": "week",
            "pass_id": "25544-1",
            "language": "en",
            "subject": "Look up, 7",
            "text": "你好",
            "not_before": "2026-03-01T18:30:15.250Z",
            "due": "2026-03-01T18:31:15.250Z",
            "expires_at": "2026-03-01T18:35:15.250Z",
            "sent_at": "2026-03-01T18:30:15.250Z",
        }
    ]
    assert "你好" in (tmp_path / "week.jsonl").read_text("utf-8")


def test_folder_and_files_are_private(tmp_path, make_envelope, send_window):
    """The folder it creates has mode 0700 and every file in it 0600."""
    outbox = tmp_path / "outbox"
    send_window(FileChannel(outbox, eml_samples_per_language=1), [make_envelope()])

    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700
    files = list(outbox.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_campaign_cannot_leave_the_folder(tmp_path, make_envelope, send_window):
    """A campaign named like a path still writes into the folder."""
    outbox = tmp_path / "outbox"
    send_window(FileChannel(outbox), [make_envelope(campaign="../../escape")])

    assert [path.name for path in outbox.iterdir()] == ["..%2F..%2Fescape.jsonl"]
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]


@pytest.mark.parametrize("torn", [b'{"message_id":"torn', b"x" * 200_000])
def test_a_torn_last_line_is_cut_off(tmp_path, make_envelope, send_window, read_lines, torn):
    """What a killed writer left without a newline is gone when the next window is appended."""
    send_window(FileChannel(tmp_path), [make_envelope(1)])
    with (tmp_path / "week.jsonl").open("ab") as file:
        file.write(torn)

    send_window(FileChannel(tmp_path), [make_envelope(2)])

    ids = [record["message_id"] for record in read_lines(tmp_path)]
    assert ids == ["week/1/25544-1/first", "week/2/25544-1/first"]


def test_reconcile_finds_whole_lines_of_every_campaign_and_no_torn_one(
    tmp_path, make_envelope, send_window
):
    """Exactly the messages that stand as whole lines, in any file, count as taken."""
    envelopes = [make_envelope(1), make_envelope(2, campaign="moon"), make_envelope(3)]
    send_window(FileChannel(tmp_path), envelopes)
    with (tmp_path / "week.jsonl").open("ab") as file:
        file.write(b'not a record\n{"message_id":"week/4/25544-1/first"}')
    asked = [make_envelope(number).message_id for number in range(1, 9)]

    found = asyncio.run(FileChannel(tmp_path).reconcile(asked))

    assert found == set(asked[:3])


def test_reconcile_without_a_folder_finds_nothing(tmp_path):
    """Before the first window there is nothing to find, and nothing to fail on."""
    assert asyncio.run(FileChannel(tmp_path / "outbox").reconcile(["any"])) == set()


def test_two_processes_share_a_file_and_leave_whole_lines(tmp_path, make_envelope, read_lines):
    """Two processes that append at the same time lose and tear nothing."""

    async def append(worker):
        channel = FileChannel(tmp_path, durable=False)
        for start in range(0, 1920, 64):
            numbers = range(start, start + 64)
            await channel.send(
                [make_envelope(message_id=f"{worker}/{n}", text="t" * n) for n in numbers], now=NOW
            )

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=lambda w=w: asyncio.run(append(w))) for w in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    ids = {record["message_id"] for record in read_lines(tmp_path)}
    assert ids == {f"{worker}/{number}" for worker in (1, 2) for number in range(1920)}


def test_a_window_that_does_not_fit_is_deferred_and_leaves_no_trace(tmp_path, make_envelope):
    """Where the system takes only part of a window, the file goes back to its former size."""
    channel = FileChannel(tmp_path)
    asyncio.run(channel.send([make_envelope(1)], now=NOW))
    before = (tmp_path / "week.jsonl").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        receipts = asyncio.run(channel.send([make_envelope(2), make_envelope(3)], now=NOW))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [r.outcome for r in receipts] == [Outcome.DEFERRED] * 2
    assert {r.reason for r in receipts} == {"file_efbig"}
    assert (tmp_path / "week.jsonl").read_bytes() == before


def test_a_folder_that_cannot_be_made_defers(tmp_path, make_envelope, send_window):
    """A file where the folder should be gives a receipt, not an exception."""
    (tmp_path / "outbox").write_text("in the way")

    (receipt,) = send_window(FileChannel(tmp_path / "outbox"), [make_envelope()])

    assert (receipt.outcome, receipt.reason) == (Outcome.DEFERRED, "file_eexist")


def test_samples_are_readable_mails_without_a_recipient(tmp_path, make_envelope, send_window):
    """The asked number of samples of each language is written, as mail that names nobody."""
    languages = {"en": "Hello\r\n", "zh-CN": "你好\r\n"}
    envelopes = [
        make_envelope(number, language=language, text=text)
        for number in range(3)
        for language, text in languages.items()
    ]

    for _ in range(2):
        send_window(FileChannel(tmp_path, eml_samples_per_language=2), envelopes)

    samples = sorted(path.name for path in tmp_path.glob("*.eml"))
    expected = ["week-en-1.eml", "week-en-2.eml", "week-zh-CN-1.eml", "week-zh-CN-2.eml"]
    assert samples == expected
    for name in samples:
        content = (tmp_path / name).read_bytes()
        message = message_from_bytes(content, policy=email.policy.default)
        assert message.defects == []
        assert message.get_content() == languages[message["Content-Language"]]
        assert b"example.test" not in content


def test_never_more_than_a_hundred_samples(tmp_path, make_envelope, send_window):
    """However many campaigns and languages there are, the folder holds at most 100 samples."""
    envelopes = [make_envelope(n, campaign=f"c{n}") for n in range(60)]

    send_window(FileChannel(tmp_path, eml_samples_per_language=2), envelopes * 2)

    assert len(list(tmp_path.glob("*.eml"))) == 100
