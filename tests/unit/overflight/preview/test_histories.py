from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from overflight.element_files import ElementFile
from overflight.preview.histories import learn_uncertainties
from tle import Parsed
from tle.formats.base import Located
from tle.motion.uncertainty import estimate_uncertainty


def _file(element_sets):
    sets = [Located(each, 1) for each in element_sets]
    return ElementFile(name="sky.tle", parsed=Parsed(sets=sets, refusals=[]))


@pytest.fixture
def shaky(later, iss):
    """Five sets of the ISS, a day apart, that disagree by about a minute."""
    sets = [iss, *(later(iss, float(day)) for day in range(1, 5))]
    return [
        replace(each, mean_anomaly_deg=(each.mean_anomaly_deg + off_deg) % 360.0)
        for each, off_deg in zip(sets, (0.0, 4.0, -3.0, 5.0, 0.0), strict=True)
    ]


def _learn(chosen, element_sets, iss):
    now = iss.epoch + timedelta(days=9)
    return learn_uncertainties(chosen, file=_file(element_sets), database=None, now=now)


def test_older_sets_of_a_file_are_a_history(iss, css, shaky):
    """What a file holds of a satellite besides the newest set tells how uncertain it is."""
    learnt = _learn([shaky[-1], css], [css, *shaky], iss)
    assert list(learnt) == [iss.norad_id, css.norad_id]
    expected = estimate_uncertainty(shaky[-1], shaky)
    assert np.array_equal(learnt[iss.norad_id].half_widths_s, expected.half_widths_s)
    assert learnt[iss.norad_id].half_width_s(1.0) > 20.0


def test_others_are_no_history(iss, css, shaky):
    """Sets of other satellites in the file say nothing."""
    learnt = _learn([css], [css, *shaky], iss)
    assert list(learnt) == [css.norad_id]
    expected = estimate_uncertainty(css)
    assert np.array_equal(learnt[css.norad_id].half_widths_s, expected.half_widths_s)


def test_synthetic_sets_of_a_file_are_no_history(iss, shaky):
    """What was designed for a number before its satellite flew says nothing of the satellite."""
    synthetic = [replace(each, synthetic=True) for each in shaky[:-1]]
    learnt = _learn([shaky[-1]], [*synthetic, shaky[-1]], iss)
    expected = estimate_uncertainty(shaky[-1])
    assert np.array_equal(learnt[iss.norad_id].half_widths_s, expected.half_widths_s)


def test_without_a_file_and_a_database_the_class_speaks(iss):
    """Where nothing is stored there is no history."""
    learnt = learn_uncertainties([iss], file=None, database=None, now=iss.epoch)
    expected = estimate_uncertainty(iss)
    assert np.array_equal(learnt[iss.norad_id].half_widths_s, expected.half_widths_s)
