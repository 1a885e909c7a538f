"""``overflight tle``."""
