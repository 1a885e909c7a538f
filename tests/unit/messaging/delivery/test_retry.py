"""When a message that was not taken is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.delivery.retry import FIRST_DELAY_S, LONGEST_DELAY_S, MAX_ATTEMPTS, decide_retry

NOW_MS = 1_794_000_000_000
FAR_MS = NOW_MS + 86_400_000


def delay_s(attempt: int = 1, *, seed: int = 0, retry_after_s: float | None = None) -> float:
    """The delay before the next attempt, where nothing expires."""
    decision = decide_retry(
        attempt=attempt,
        retry_after_s=retry_after_s,
        now_ms=NOW_MS,
        expires_at_ms=FAR_MS,
        seed=seed,
    )
    assert decision.at_ms is not None
    return (decision.at_ms - NOW_MS) / 1000


@pytest.mark.parametrize("attempt", range(1, MAX_ATTEMPTS))
def test_delays_grow_and_are_spread(attempt):
    """Each failure doubles the longest delay up to its cap, and the delays fill the range."""
    longest_s = min(FIRST_DELAY_S * 2 ** (attempt - 1), LONGEST_DELAY_S)
    delays = [delay_s(attempt, seed=seed) for seed in range(200)]
    assert 1.0 <= min(delays) < 1.0 + 0.1 * longest_s
    assert 0.9 * longest_s < max(delays) <= longest_s


def test_the_last_attempt_is_the_last():
    """After the highest number of attempts a message is given up, however much time is left."""
    decision = decide_retry(
        attempt=MAX_ATTEMPTS, retry_after_s=None, now_ms=NOW_MS, expires_at_ms=FAR_MS, seed=0
    )
    assert decision.at_ms is None


def test_what_the_channel_asks_for_is_honoured():
    """A longer wait that the channel asked for counts; a shorter one hurries nobody."""
    assert delay_s(retry_after_s=3_600.0) == 3_600.0
    assert delay_s(retry_after_s=0.001) >= 1.0


@given(
    attempt=st.integers(1, MAX_ATTEMPTS),
    retry_after_s=st.none() | st.floats(0, 1e6),
    left_ms=st.integers(-60_000, 600_000),
    seed=st.integers(0),
)
def test_never_past_the_expiry(attempt, retry_after_s, left_ms, seed):
    """The next attempt lies in the future and before the expiry, or there is none."""
    at_ms = decide_retry(
        attempt=attempt,
        retry_after_s=retry_after_s,
        now_ms=NOW_MS,
        expires_at_ms=NOW_MS + left_ms,
        seed=seed,
    ).at_ms
    assert at_ms is None or NOW_MS < at_ms < NOW_MS + left_ms
