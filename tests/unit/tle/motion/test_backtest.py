from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tle.motion.backtest import AGES_DAYS, backtest
from tle.motion.uncertainty import estimate_uncertainty


@pytest.fixture
def daily(later, iss):
    """Twenty sets a day apart; from the day named on, they are later than foretold."""

    def make(late_s=0.0, *, day=0):
        late_deg = 360.0 * late_s / iss.period_s
        sets = [iss, *(later(iss, float(number)) for number in range(1, 20))]
        return [
            replace(
                each,
                mean_anomaly_deg=(each.mean_anomaly_deg - late_deg * (number >= day)) % 360.0,
            )
            for number, each in enumerate(sets)
        ]

    return make


def _by_age(result):
    return {row.age_days: row for row in result.ages}


def test_each_age_has_its_pairs(iss, daily):
    """From each of twenty daily sets there is one as old as asked, as far as the history goes."""
    rows = _by_age(backtest({iss.norad_id: daily()}))
    assert list(rows) == list(AGES_DAYS)
    pairs = {0.5: 0, 1.0: 19, 2.0: 18, 3.0: 17, 5.0: 15, 7.0: 13, 10.0: 10, 14.0: 6}
    edges = {age_days: rows[age_days].all.pairs - count for age_days, count in pairs.items()}
    assert all(0 <= edge <= 2 for edge in edges.values()), edges  # 12 days stand for 14 as well
    assert all(row.quiet == row.all and row.all.covered == 1.0 for row in list(rows.values())[1:])


def test_an_age_without_pairs_is_empty(iss, daily):
    """Where no two sets are so far apart there is no figure."""
    row = _by_age(backtest({iss.norad_id: daily()}))[0.5]
    assert (row.all.half_width_s, row.all.p90_s, row.all.covered) == (None, None, None)
    assert all(row.all.pairs == 0 for row in backtest({}).ages)
    assert all(row.all.pairs == 0 for row in backtest({iss.norad_id: [iss]}).ages)


def test_predictions_know_nothing_of_what_comes(iss, daily):
    """A jump in the middle is foretold by none of the sets before it, and by those after it."""
    calm, jumped = daily(), daily(20.0, day=10)
    rows = _by_age(backtest({iss.norad_id: jumped}))
    assert rows[1.0].all.covered == pytest.approx(18 / 19)
    assert rows[1.0].all.max_s == pytest.approx(20.0, rel=0.05)
    before, after = (
        _by_age(backtest({iss.norad_id: sets}))[1.0].all.half_width_s
        for sets in (calm[:11], jumped[:11])
    )
    assert before == pytest.approx(after)  # only the last newer set differs


def test_half_widths_are_those_of_the_older_sets(iss, daily):
    """What is shown as predicted is the median of what the sets said when they were new."""
    sets = daily(3.0, day=7)
    said_s = [
        float(estimate_uncertainty(sets[row], sets[: row + 1]).half_width_s(1.0))
        for row in range(19)
    ]
    row = _by_age(backtest({iss.norad_id: sets[::-1]}))[1.0]
    assert row.all.half_width_s == pytest.approx(np.median(said_s))


def test_spans_with_a_reboost_are_not_quiet(iss, daily, later):
    """A drop of mean motion parts the pairs: those across it count only in all."""
    *before, last = daily()[:11]
    raised = replace(last, mean_motion_rev_per_day=last.mean_motion_rev_per_day - 0.006)
    sets = [*before, raised, *(later(raised, float(day)) for day in range(1, 10))]
    result = backtest({iss.norad_id: sets})
    [history] = result.histories
    assert (history.sets, history.manoeuvres) == (20, [last.epoch])
    row = _by_age(result)[3.0]
    assert row.all.pairs - row.quiet.pairs == 3
    assert row.quiet.half_width_s != row.all.half_width_s
    assert row.quiet.max_s < 1.0 < row.all.max_s
    assert row.all.covered < row.quiet.covered == 1.0


def test_whoever_watches_sees_each_prediction(iss, css, daily):
    """All sets but the last of each satellite are predicted from, one by one."""
    seen = []

    def follow(origins):
        for origin in origins:
            seen.append((origin.sets[0].norad_id, origin.row))
            yield origin

    backtest({iss.norad_id: daily()[:4], css.norad_id: [css]}, follow=follow)
    assert seen == [(iss.norad_id, row) for row in range(3)]


def test_synthetic_sets_are_not_tested(iss, daily):
    """Synthetic sets are neither predicted from nor compared with."""
    sets = daily()[:8]
    synthetic = [
        replace(each, synthetic=True, epoch=each.epoch - timedelta(days=9)) for each in sets[:5]
    ]
    assert backtest({iss.norad_id: [*synthetic, *sets]}) == backtest({iss.norad_id: sets})
    assert backtest({iss.norad_id: synthetic}).histories == []
