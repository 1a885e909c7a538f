"""Stretches of time, any number for each of many rows."""

from dataclasses import dataclass

import numpy as np

from tle.columns import Columns, Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans(Columns):
    """Stretches of time as columns, by row and then by time; those of one row do not overlap.

    Attributes:
        row: whose they are; a row may have none, one or several.
        start_s, end_s: seconds from the first grid point of the ephemeris.
    """

    row: Integers
    start_s: Floats
    end_s: Floats

    @classmethod
    def of_rows(cls, start_s: Floats, end_s: Floats) -> "Spans":
        """Give every row its one span."""
        return cls(row=np.arange(len(start_s)), start_s=start_s, end_s=end_s)

    def split(self, row: Integers, cut_s: Floats) -> "Spans":
        """Cut the spans, one a row, at times within them: any number of cuts, under their rows."""
        start_s, end_s = np.append(self.start_s, cut_s), np.append(cut_s, self.end_s)
        starts = np.lexsort((start_s, np.append(self.row, row)))
        ends = np.lexsort((end_s, np.append(row, self.row)))
        return Spans(
            row=np.append(self.row, row)[starts], start_s=start_s[starts], end_s=end_s[ends]
        )

    def joined(self) -> "Spans":
        """Make one of neighbours that touch."""
        apart = (self.row[1:] != self.row[:-1]) | (self.start_s[1:] != self.end_s[:-1])
        edge = np.ones(min(len(self.row), 1), np.bool_)
        first, last = np.append(edge, apart), np.append(apart, edge)
        return Spans(row=self.row[first], start_s=self.start_s[first], end_s=self.end_s[last])

    def within(self, others: "Spans") -> "Spans":
        """Return the parts common with spans that are the same for all, in order of time."""
        first = np.searchsorted(others.end_s, self.start_s)
        beyond = np.searchsorted(others.start_s, self.end_s, side="right")
        owner, number = each(beyond - first)
        other = first[owner] + number
        return Spans(
            row=self.row[owner],
            start_s=np.maximum(self.start_s[owner], others.start_s[other]),
            end_s=np.minimum(self.end_s[owner], others.end_s[other]),
        )

    def longest(self, rows: int) -> tuple[Floats, Floats]:
        """Return start and end of the longest span of each row, shape (rows,); NaN if none."""
        start_s, end_s = np.full(rows, np.nan), np.full(rows, np.nan)
        longest_last = np.argsort(self.end_s - self.start_s, kind="stable")
        start_s[self.row[longest_last]] = self.start_s[longest_last]
        end_s[self.row[longest_last]] = self.end_s[longest_last]
        return start_s, end_s


def each(count: Integers) -> tuple[Integers, Integers]:
    """Return (owner, number) of things of which every owner has some, numbered from 0."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
