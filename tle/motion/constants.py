"""The constants of SGP4: WGS72's Earth (Spacetrack Report #3)."""

EARTH_RADIUS_KM = 6378.135
GM_KM3_PER_S2 = 398_600.8
J2 = 1.082_616e-3
DEEP_SPACE_REV_PER_DAY = 6.4
"""Below this mean motion, a period of 225 minutes, SGP4 reckons with the moon and the sun."""
