"""Chunks: messages that fall due together, so that one lease serves many."""

from dataclasses import dataclass

import numpy as np

from tle.columns import Columns, Integers

CHUNK_SIZE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows(Columns):
    """When each message may be sent, milliseconds since 1970 UTC."""

    not_before_ms: Integers
    due_ms: Integers
    expires_at_ms: Integers


def group_by_due(due_ms: Integers) -> tuple[Integers, Integers]:
    """Group messages that are due at the same time, at most ``CHUNK_SIZE`` together.

    Returns:
        order: rows by due time, shape (n,).
        group: for each row in that order the number of its group, from 0.
    """
    order = np.argsort(due_ms, kind="stable")
    starts = (rank_in_group(due_ms[order]) % CHUNK_SIZE) == 0
    return order, np.cumsum(starts) - 1


def rank_in_group(group: Integers) -> Integers:
    """Return which of its run of equal, neighbouring values each row is, from 0."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(starts, append=len(group)))
