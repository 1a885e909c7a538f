"""``overflight passes``."""
