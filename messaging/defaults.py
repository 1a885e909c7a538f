"""What holds where nobody chooses: options, settings and tests begin with it."""

from datetime import timedelta

MAX_AGE_DAYS = 10.0
"""Of element sets at a culmination: what rests on older ones is neither planned nor sent."""

LEASE_S = 25.0
"""A worker that went silent keeps its messages so long."""

HOURS_AHEAD = 36
"""So far messages are planned."""

PLANNED_AHEAD = timedelta(hours=HOURS_AHEAD)

DISPATCH_INTERVAL_S = 0.5
PLAN_INTERVAL_S = 30
CHECK_INTERVAL_S = 30
"""From one look at watched files to the next."""

UPDATE_INTERVAL_HOURS = 6
"""Until the same is asked of a provider again."""
