"""The ten lines that someone would write with Skyfield: passes over Berlin, and where to look."""

import sys

from skyfield.api import load, wgs84

timescale = load.timescale()
berlin = wgs84.latlon(52.5244, 13.4105)
start, end = timescale.utc(2026, 10, 10), timescale.utc(2026, 10, 17)
for satellite in load.tle_file(sys.argv[1]):
    times, events = satellite.find_events(berlin, start, end, altitude_degrees=10.0)
    elevation, azimuth, distance = (satellite - berlin).at(times).altaz()
    columns = (events, times.utc_iso(places=3), azimuth.degrees, elevation.degrees, distance.km)
    for event, time, *where in zip(*columns, strict=True):
        name = ("aos", "culmination", "los")[event]
        print(satellite.model.satnum, name, time, *(f"{number:.4f}" for number in where))
