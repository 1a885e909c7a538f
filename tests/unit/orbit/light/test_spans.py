import numpy as np

from orbit.light.spans import Spans, each


def _spans(*rows):
    row, start_s, end_s = np.array(rows, float).reshape(-1, 3).T
    return Spans(row=row.astype(np.int64), start_s=start_s, end_s=end_s)


def _rows(spans):
    return list(zip(spans.row.tolist(), spans.start_s.tolist(), spans.end_s.tolist(), strict=True))


def test_split_and_join():
    """Cuts divide spans without a gap, whatever their order, and joining undoes them."""
    spans = _spans((0, 0, 10), (1, 5, 6), (2, 0, 30))
    cut = spans.split(np.array([2, 0, 2]), np.array([20.0, 4.0, 7.0]))
    assert _rows(cut) == [
        (0, 0, 4),
        (0, 4, 10),
        (1, 5, 6),
        (2, 0, 7),
        (2, 7, 20),
        (2, 20, 30),
    ]
    assert _rows(cut.joined()) == _rows(spans)


def test_join_only_what_touches():
    """Spans of two rows, or with a gap between them, stay apart."""
    spans = _spans((0, 0, 1), (1, 1, 2), (1, 3, 4))
    assert _rows(spans.joined()) == _rows(spans)


def test_within():
    """Of each span remains what it has in common with the others, in as many parts."""
    others = _spans((0, 2, 4), (0, 6, 8))
    spans = _spans((0, 0, 10), (1, 3, 7), (2, 4.5, 5.5), (3, 7, 7.5), (3, 9, 10))
    assert _rows(spans.within(others)) == [
        (0, 2, 4),
        (0, 6, 8),
        (1, 3, 4),
        (1, 6, 7),
        (3, 7, 7.5),
    ]


def test_longest():
    """The longest span of a row stands for it, the later of equals; NaN where it has none."""
    start_s, end_s = _spans((0, 0, 3), (0, 5, 6), (2, 1, 2), (2, 4, 5)).longest(3)
    np.testing.assert_array_equal(start_s, [0, np.nan, 4])
    np.testing.assert_array_equal(end_s, [3, np.nan, 5])


def test_each():
    """Everything has its owner, and its number among the owner's."""
    owner, number = each(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert number.tolist() == [0, 1, 0, 1, 2]


def test_nothing():
    """No spans can be split, joined, cut and searched like any others."""
    nothing = _spans()
    assert _rows(nothing.split(np.empty(0, np.int64), np.empty(0))) == []
    assert _rows(nothing.joined()) == []
    assert _rows(nothing.within(_spans((0, 2, 4)))) == []
    assert _rows(_spans((0, 2, 4)).within(nothing)) == []
    assert np.isnan(nothing.longest(2)).all()
