import subprocess
import sys
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from sgp4.api import Satrec

from tle import parse_elements
from tle.motion.propagation import to_satrec

_MICROMETRE_KM = 1e-9
_MILLIMETRE_KM = 1e-6


def _verification_sets():
    lines = [
        line[:69]
        for line in (resources.files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
        if not line.startswith("#")
    ]
    return dict(zip(lines[::2], lines[1::2], strict=True))


def _real_sets(three_le):
    lines = three_le.splitlines()
    return {lines[1]: lines[2], lines[4]: lines[5]}


def _positions_km(satrec, epoch_of):
    days = np.linspace(-3.0, 3.0, 97)
    errors, positions, _ = satrec.sgp4_array(
        np.full_like(days, epoch_of.jdsatepoch), epoch_of.jdsatepochF + days
    )
    return np.where(errors[:, None] == 0, positions, np.nan)


def test_propagates_as_the_lines_do(three_le):
    """The real sets and all valid verification sets give the positions that sgp4 reads itself."""
    compared = 0
    for first, second in (_real_sets(three_le) | _verification_sets()).items():
        parsed = parse_elements(f"{first}\n{second}\n")
        if parsed.refusals:  # made-up lines at the end of the file: their checksums are wrong
            continue
        theirs = Satrec.twoline2rv(first, second)
        ours = to_satrec(parsed.sets[0].element_set)
        np.testing.assert_allclose(
            _positions_km(ours, theirs),
            _positions_km(theirs, theirs),
            rtol=0,
            atol=_MILLIMETRE_KM,
            err_msg=first,
        )
        assert (ours.jdsatepoch, ours.jdsatepochF) == (theirs.jdsatepoch, theirs.jdsatepochF)
        compared += 1
    assert compared == 2 + 29  # of 30 good pairs in the file two share their first line


@pytest.mark.parametrize("norad_id", [339_999, 340_000, 999_999_999])
def test_long_numbers_propagate(iss, norad_id):
    """The catalog number, however long, does not change the orbit."""
    theirs = to_satrec(iss)
    ours = to_satrec(replace(iss, norad_id=norad_id))
    np.testing.assert_array_equal(_positions_km(ours, theirs), _positions_km(theirs, theirs))


def test_epoch_is_not_rounded_to_one_float(iss):
    """The state at the epoch is the same to a micrometre whether asked by date or by minutes."""
    satrec = to_satrec(iss)
    by_date = satrec.sgp4(satrec.jdsatepoch, iss.epoch.hour / 24)[1]
    minutes = (iss.epoch.hour / 24 - satrec.jdsatepochF) * 1440.0
    assert by_date == pytest.approx(satrec.sgp4_tsince(minutes)[1], abs=_MICROMETRE_KM)


def test_importing_the_room_is_cheap():
    """Importing ``tle`` loads neither sgp4 nor numpy."""
    code = "import sys, tle; sys.exit(len({'numpy', 'sgp4'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
