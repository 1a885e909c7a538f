"""The installed command, run the way a person runs it."""

import json
import math
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from messaging.campaigns.store import load_into
from messaging.steering import move
from orbit.ephemeris import propagate
from overflight.customers.importing import check_file, import_customers, save_in
from overflight.database.opening import open_database
from tle import ElementSet, load_elements

COMMAND = Path(sys.executable).with_name("overflight")


@pytest.fixture
def home(tmp_path):
    """Where the command keeps its state; it does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def environment(home, tmp_path):
    """A clean environment: nothing of the caller's settings, and a home of its own."""
    return {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "OVERFLIGHT_ELEMENTS_SOURCES": "[]",
        "OVERFLIGHT_HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "TZ": "Asia/Kathmandu",  # whatever the machine's zone is, nothing may depend on it
    }


@pytest.fixture
def overflight(environment, tmp_path):
    """Run ``overflight`` with arguments; return its returncode, stdout and stderr.

    Whatever happens, nobody is shown a traceback, and a failure says something.
    """

    def run(*arguments, stdin=""):
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            encoding="utf-8",
            env=environment,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        assert "unexpected" not in done.stderr
        assert done.returncode == 0 or done.stderr.strip()
        return done

    return run


@pytest.fixture
def told(overflight):
    """Run a command that must succeed, and return what it printed."""

    def run(*arguments):
        done = overflight(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


# --- a pass that is happening now, and daemons that serve it ------------------------------------

_SETTINGS = """
satellites = [25544]
[plan]
interval_s = 1
[dispatch]
interval_s = 0.1
lease_s = 1
[elements]
files = ["watched.json"]
check_interval_s = 1
[sender]
from_address = "sky@overflight.test"
[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
"""
_CAMPAIGN = """
key = "now"
title = "Now"
purpose = "service"
channel = "{channel}"
satellites = {satellites}
start = {start:%Y-%m-%dT%H:%M:%SZ}
end = {end:%Y-%m-%dT%H:%M:%SZ}
default_language = "en"
limit_per_customer = {limit}
[passes]
min_elevation = 0
choose = "{choose}"
[moment]
at = "aos"
[texts.en]
subject = "Wombat for {{{{ customer.name }}}}"
text = "The wombat of {{{{ place.city }}}} greets {{{{ customer.name }}}}.\\n"
"""
_HEADER = (
    "id,name,email,language,time_zone,city,country,latitude,longitude,"
    "consent,consent_purpose,consent_channel\n"
)
_ROW = "c-{0},Quentin{0},q{0}@secret.example,en,UTC,Xanadu,NZ,{1:.3f},{2:.3f},yes,service,any\n"


@dataclass(frozen=True, kw_only=True)
class Town:
    """A home in which one armed campaign has a message for every customer, all of them due."""

    home: Path
    customers: int
    element_set: ElementSet
    """Of the ISS as it would be published now; the one of yesterday is loaded."""
    other_set: ElementSet
    """The same of Tianhe."""

    def rows(self, sql):
        """Query the database, as it is at this moment."""
        with closing(sqlite3.connect(self.home / "overflight.sqlite3", timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql):
        """Change the database behind everybody's back."""
        with closing(sqlite3.connect(self.home / "overflight.sqlite3", timeout=20)) as connection:
            connection.execute(sql)
            connection.commit()

    def events(self):
        """How many messages stand where, by their last event; None: not touched yet."""
        last = "SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no"
        return dict(
            self.rows(
                "SELECT l.event, COUNT(*) FROM message m LEFT JOIN ledger l "
                f"ON l.entry_no = ({last}) WHERE m.revision = 1 GROUP BY l.event"
            )
        )

    @property
    def is_open(self):
        """Whether anything still waits, or its outcome does."""
        return bool(self.events().keys() & {None, "intent", "deferred"})

    def lines(self):
        """What the file channel wrote: whole lines only."""
        path = self.home / "outbox" / "now.jsonl"
        content = path.read_text() if path.exists() else ""
        assert not content or content.endswith("\n")
        return [json.loads(line) for line in content.splitlines()]


def _under(element_set, time):
    """Return the point below a satellite, degrees."""
    track = propagate(element_set, time, time + timedelta(minutes=1))
    x, y, z = track.position_at(np.array([track.window_s[0]]))[0]
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


@pytest.fixture
def make_town(home, tmp_path, iss, css, later):
    """Fill a home whose customers have had the ISS above their horizon for some minutes."""

    def make(customers, *, channel="file", smtp_port=9, hours=1, others=(), each=False):
        """Add people elsewhere, at ``others``, and tell everybody of each pass if asked to."""
        now = datetime.now(UTC).replace(microsecond=0)
        home.mkdir(mode=0o700)
        (home / "overflight.toml").write_text(_SETTINGS.format(smtp_port=smtp_port))
        element_set = replace(iss, epoch=now)
        latitude_deg, longitude_deg = _under(element_set, now + timedelta(minutes=1.5))
        elsewhere = (_ROW.format(n, *at) for n, at in enumerate(others, customers + 1))
        path = tmp_path / "customers.csv"
        people = (_ROW.format(n, latitude_deg, longitude_deg) for n in range(1, customers + 1))
        path.write_text(_HEADER + "".join(chain(people, elsewhere)))
        database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
        other_set = replace(css, epoch=now)
        loaded = [(later(each, -1.0), 1) for each in (element_set, other_set)]
        load_elements(database, loaded, source="test", now=now)
        save = save_in(database, now=now)
        for _ in import_customers(check_file(path), save=save, grid_deg=0.1, now=now):
            pass
        definition = _CAMPAIGN.format(
            channel=channel,
            satellites=[25544, 48274] if each else [25544],
            choose="each" if each else "first",
            limit=100 if each else 1,
            start=now - timedelta(hours=1),
            end=now + timedelta(hours=hours),
        )
        load_into(database, definition, source="test", now=now)
        for verb in ("approve", "arm"):
            move(database, "now", verb, actor="test", now=now)
        database.close()
        return Town(home=home, customers=customers, element_set=element_set, other_set=other_set)

    return make


@dataclass(frozen=True)
class Daemon:
    """A process of ``overflight run`` and its log."""

    process: subprocess.Popen
    log_path: Path

    @property
    def log(self):
        """What it has written so far."""
        return self.log_path.read_text()

    def send_signal(self, number):
        """Send a signal to just this process."""
        self.process.send_signal(number)

    def kill(self):
        """Kill it without a chance to say anything."""
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self, number=signal.SIGTERM):
        """Stop it the decent way; return its exit code and how many seconds it took."""
        begun_s = time.monotonic()
        self.send_signal(number)
        return self.process.wait(timeout=30), time.monotonic() - begun_s


@pytest.fixture
def eventually():
    """Wait until something holds."""

    def wait(holds, *, within_s=20.0):
        give_up_s = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < give_up_s, "it did not come to hold in time"
            time.sleep(0.03)

    return wait


@pytest.fixture
def start_daemon(environment, tmp_path, eventually):
    """Start ``overflight run``; whatever still runs at the end of the test is killed."""
    daemons = []

    def start(*, command=(COMMAND,), until="ready"):
        log_path = tmp_path / f"daemon-{len(daemons)}.log"
        with log_path.open("w") as log:
            process = subprocess.Popen(
                [*command, "run"], stdout=log, stderr=log, cwd=tmp_path, env=environment
            )
        daemon = Daemon(process, log_path)
        daemons.append(daemon)
        eventually(lambda: until in daemon.log or process.poll() is not None)
        assert process.poll() is None, daemon.log
        return daemon

    yield start
    for daemon in daemons:
        daemon.process.kill()
        daemon.process.wait()


@dataclass(frozen=True)
class Post:
    """A mail server that counts what it takes."""

    port: int
    path: Path

    @property
    def taken(self):
        """The recipients of all that was taken, in order."""
        return self.path.read_text().splitlines()


@pytest.fixture
def start_post(tmp_path):
    """Start a counting mail server that takes its time over each message."""
    servers = []

    def start(*, delay_s=0.0):
        path = tmp_path / "taken"
        path.touch()
        script = Path(__file__).with_name("counting_smtp.py")
        server = subprocess.Popen(
            [sys.executable, script, path, str(delay_s)], stdout=subprocess.PIPE, text=True
        )
        servers.append(server)
        return Post(int(server.stdout.readline()), path)

    yield start
    for server in servers:
        server.kill()
        server.wait()
        server.stdout.close()
