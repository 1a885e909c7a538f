"""``overflight doctor`` as people type it."""

import json


def test_a_fresh_installation(overflight, home):
    """It examines without a home and leaves none behind."""
    done = overflight("doctor")
    assert done.returncode == 0
    assert "passes" in done.stdout
    assert "numpy" in done.stdout
    assert not home.exists()


def test_an_open_home(overflight, home):
    """A home that others may read is told, and fails."""
    home.mkdir(mode=0o755)
    done = overflight("doctor", "--json")
    assert done.returncode == 1
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert not findings["home"]["well"]
    assert findings["passes"]["well"]
