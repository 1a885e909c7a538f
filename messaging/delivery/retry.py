"""Whether and when a message that was not taken is tried again."""

from dataclasses import dataclass
from random import Random

MAX_ATTEMPTS = 6
FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """When to try again; ``None``: give up."""

    at_ms: int | None


def decide_retry(
    *, attempt: int, retry_after_s: float | None, now_ms: int, expires_at_ms: int, seed: int
) -> RetryDecision:
    """Decide on the next attempt: exponential delays with full jitter, never past the expiry.

    Args:
        attempt: how many attempts have failed.
        retry_after_s: what the channel asked for; it is honoured.
        now_ms: the present.
        expires_at_ms: when the message is worth nothing any more.
        seed: spreads the messages of one failure over the delay.
    """
    if attempt >= MAX_ATTEMPTS:
        return RetryDecision(at_ms=None)
    longest_s = min(FIRST_DELAY_S * 2 ** (attempt - 1), LONGEST_DELAY_S)
    delay_s = max(retry_after_s or 0.0, Random(seed).uniform(1.0, longest_s))  # noqa: S311 - jitter
    at_ms = now_ms + round(delay_s * 1000)
    return RetryDecision(at_ms=at_ms if at_ms < expires_at_ms else None)
