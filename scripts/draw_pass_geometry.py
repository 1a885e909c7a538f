"""Draw docs/img/pass-geometry.svg: the quantities that docs/passes.md reasons with.

Run `python scripts/draw_pass_geometry.py`. On the left the plane through the Earth's centre, the
observer and the satellite, its height exaggerated; on the right one pass of a satellite 420 km up,
computed.
"""

import math
from collections.abc import Iterable
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "pass-geometry.svg"
WIDTH, HEIGHT = 980, 500
INK, SOFT, EARTH, SKY, WARM = "#1f2328", "#59636e", "#dbe7d3", "#0b5cad", "#b3400f"

GROUND_KM, RADIUS_KM = 6378.0, 6798.0
THRESHOLD_DEG = 10.0
MISS_DEG = 6.0  # from the observer to the track, at the Earth's centre
REACH_DEG = 31.0  # that the satellite flies while x grows by one
CULMINATION_X = 0.12
LOWEST = -0.1  # sine that is drawn

Point = tuple[float, float]


def main() -> None:
    """Write the picture."""
    body = "\n".join([*plane(), *pass_from_above(), *elevation_curve()])
    PICTURE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="15" role="img">\n'
        "<title>The geometry of one pass: in its plane, from above, and in time</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )
    print(PICTURE)


def plane() -> Iterable[str]:
    """Draw the plane through the Earth's centre, the observer and the satellite."""
    centre, ground, radius, psi = (90.0, 455.0), 265.0, 380.0, math.radians(33.0)
    observer = (centre[0], centre[1] - ground)
    satellite = around(centre, radius, psi)
    foot = (satellite[0], observer[1])
    elevation = math.atan2(foot[1] - satellite[1], foot[0] - observer[0])
    rim = [around(centre, ground, math.radians(a)) for a in range(-12, 76)]
    yield path([centre, *rim, centre], fill=EARTH, stroke="none")
    yield path(rim, stroke=SOFT)
    orbit = [around(centre, radius, math.radians(a)) for a in range(-10, 61)]
    yield path(orbit, stroke=SKY, dash=5)
    yield path([(40, observer[1]), (470, observer[1])], stroke=SOFT, dash=5)
    yield path([centre, observer], stroke=INK, width=2)
    yield path([centre, satellite], stroke=INK, width=2)
    yield path([observer, satellite], stroke=WARM, width=2)
    yield path([foot, satellite], stroke=SKY, width=2)
    yield path([observer, (observer[0], observer[1] - 62)], stroke=INK, width=2, arrow=True)
    yield path([around(centre, 70, psi * k / 20) for k in range(21)], stroke=INK)
    arc = [around(observer, 78, math.pi / 2 - elevation * k / 20) for k in range(21)]
    yield path(arc, stroke=WARM)
    yield from (dot(p) for p in (centre, observer, satellite))
    between = ((observer[0] + satellite[0]) / 2, (observer[1] + satellite[1]) / 2)
    yield label((90, 480), "Earth's centre", anchor="middle", fill=SOFT)
    yield label((80, 330), "g", italic=True, anchor="end")
    yield label((222, 300), "R", italic=True)
    yield label((118, 378), "ψ", italic=True)
    yield label((between[0] - 8, between[1] - 8), "d = √q", italic=True, fill=WARM, anchor="end")
    yield label((foot[0] + 8, (foot[1] + satellite[1]) / 2 + 5), "h", italic=True, fill=SKY)
    yield label((observer[0] + 84, observer[1] - 7), "E", italic=True, fill=WARM)
    yield label((76, 138), "u", bold=True, anchor="end")
    yield label((80, 182), "observer", anchor="end", fill=SOFT)
    yield label((366, observer[1] - 8), "horizon plane", fill=SOFT)
    yield label((satellite[0] + 10, satellite[1] - 8), "satellite")
    yield label((24, 34), "In the plane of both", bold=True)
    yield label((24, 54), "(height exaggerated)", fill=SOFT)


def pass_from_above() -> Iterable[str]:
    """Draw the track over the observer, and the circle within which it is above the threshold."""
    track_y, per_deg = 152.0, across(1.0) - across(1.0 - 1.0 / REACH_DEG)
    half, observer = half_pass_x(), (across(CULMINATION_X), track_y + MISS_DEG * per_deg)
    reach = visible_arc_deg()
    circle = [around(observer, reach * per_deg, math.radians(a)) for a in range(361)]
    yield label((500, 34), "From above", bold=True)
    yield path(circle, stroke=WARM, fill="#fdf1ea")
    yield path([(across(-1), track_y), (across(1), track_y)], stroke=SKY, dash=5)
    inside = [(across(CULMINATION_X + side * half), track_y) for side in (-1, 1)]
    yield path(inside, stroke=SKY, width=3)
    for k in range(-4, 5):
        x = across(k / 4)
        yield path([(x, track_y - 4), (x, track_y + 4)], stroke=SKY)
    yield path([observer, (observer[0], track_y)], stroke=SOFT)
    yield dot(observer)
    yield label((observer[0] + 9, observer[1] + 5), "observer", fill=SOFT)
    yield label((observer[0] + 94, observer[1] + 5), "within: above", fill=WARM)
    yield label((observer[0] + 94, observer[1] + 23), "the threshold", fill=WARM)
    yield label((across(-1), track_y - 34), "one piece of the track", fill=SKY)
    yield label((across(-1), track_y + 22), "grid every 2 min", fill=SOFT)
    for x, name, anchor, aside in events():
        yield dot((across(x), track_y))
        yield label((across(x) + aside, track_y - 12), name, anchor=anchor)


def elevation_curve() -> Iterable[str]:
    """Draw the sine of the elevation over the time of one piece, x."""
    base, scale = 432.0, 240.0
    curve = [k / 100 for k in range(-100, 101)]
    above = [(across(x), base - scale * sine(x)) for x in curve if sine(x) > LOWEST]
    threshold_y = base - scale * math.sin(math.radians(THRESHOLD_DEG))
    yield label((500, 312), "In time", bold=True)
    yield path([(across(-1), base), (across(1) + 16, base)], stroke=INK, arrow=True)
    yield path([(across(-1), threshold_y), (across(1), threshold_y)], stroke=WARM, dash=5)
    yield path(above, stroke=SKY, width=2)
    yield label((across(-1), threshold_y - 7), "sine of the threshold", fill=WARM)
    yield label((across(CULMINATION_X) + 12, base - scale * sine(CULMINATION_X) - 6), "sin E")
    for x, *_ in events():
        yield path([(across(x), 152), (across(x), base)], stroke=SOFT, dash=2)
        yield dot((across(x), base - scale * sine(x)))
    left, right = across(CULMINATION_X), across(CULMINATION_X + half_pass_x())
    yield path([(left + 3, base - 14), (right - 3, base - 14)], stroke=INK, arrow=True)
    yield label(((left + right) / 2, base - 19), "half", italic=True, anchor="middle")
    for x, name in ((-1, "−1"), (0, "0"), (1, "1")):
        yield path([(across(x), base), (across(x), base + 6)], stroke=INK)
        yield label((across(x), base + 22), name, anchor="middle")
    yield label((across(1) + 24, base + 5), "x", italic=True)
    yield label((across(0), base + 42), "0 is the piece's grid point", anchor="middle", fill=SOFT)


def events() -> tuple[tuple[float, str, str, int], ...]:
    """Return x and name of each event, and on which side of it to write."""
    half = half_pass_x()
    return (
        (CULMINATION_X - half, "AOS", "end", -6),
        (CULMINATION_X, "culmination", "middle", 0),
        (CULMINATION_X + half, "LOS", "start", 6),
    )


def visible_arc_deg() -> float:
    """Return how far, at the Earth's centre, the satellite is when at the threshold."""
    cosine = GROUND_KM / RADIUS_KM * math.cos(math.radians(THRESHOLD_DEG))
    return math.degrees(math.acos(cosine)) - THRESHOLD_DEG


def half_pass_x() -> float:
    """Return x from the culmination to LOS."""
    arc, miss = math.radians(visible_arc_deg()), math.radians(MISS_DEG)
    return math.degrees(math.acos(math.cos(arc) / math.cos(miss))) / REACH_DEG


def sine(x: float) -> float:
    """Return the sine of the elevation."""
    along = math.radians((x - CULMINATION_X) * REACH_DEG)
    cosine = math.cos(math.radians(MISS_DEG)) * math.cos(along)
    squared_range = GROUND_KM**2 + RADIUS_KM**2 - 2 * GROUND_KM * RADIUS_KM * cosine
    return (RADIUS_KM * cosine - GROUND_KM) / math.sqrt(squared_range)


def across(x: float) -> float:
    """Return where x stands on the picture."""
    return 715 + 215 * x


def around(centre: Point, radius: float, angle: float) -> Point:
    """Return the point so far from a centre, clockwise from upwards."""
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def path(
    points: Iterable[Point],
    *,
    stroke: str,
    fill: str = "none",
    width: int = 1,
    dash: int = 0,
    arrow: bool = False,
) -> str:
    """Return a line through points, with a head at its end if wanted."""
    places = list(points)
    line = "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    if arrow:
        (x0, y0), (x1, y1) = places[-2:]
        along = math.atan2(x1 - x0, y0 - y1)
        wings = (around((x1, y1), 9, along + math.pi + turn) for turn in (-0.4, 0.4))
        line += "".join(f" M{x:.1f},{y:.1f} L{x1:.1f},{y1:.1f}" for x, y in wings)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{line}" fill="{fill}" stroke="{stroke}" stroke-width="{width}"{dashes}/>'


def dot(place: Point) -> str:
    """Return a point."""
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="4" fill="{INK}"/>'


def label(
    place: Point,
    text: str,
    *,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
    italic: bool = False,
) -> str:
    """Return a text."""
    style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
    return (
        f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" text-anchor="{anchor}" '
        f'fill="{fill}"{style}>{text}</text>'
    )


if __name__ == "__main__":
    main()
