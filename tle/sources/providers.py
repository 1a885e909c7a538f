"""The providers by their names: how often they let themselves be asked, and what people call them.

``LIMITS`` is the list of them.
"""

from datetime import timedelta

from tle.sources.asking import Limits

CELESTRAK = "celestrak"
SPACE_TRACK = "space-track"

LIMITS = {
    # https://celestrak.org/usage-policy.php: new data every two hours, 100 MB a day
    CELESTRAK: Limits(floor=timedelta(hours=2), bytes_a_day=100_000_000),
    # https://www.space-track.org/documentation#api: gp once an hour; less than 30 requests a minute
    # and 300 an hour, of which an update makes two, the login and the query
    SPACE_TRACK: Limits(
        floor=timedelta(hours=1),
        requests_within=((timedelta(minutes=1), 14), (timedelta(hours=1), 149)),
    ),
}
TITLES = {CELESTRAK: "CelesTrak", SPACE_TRACK: "Space-Track"}
