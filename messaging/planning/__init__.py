"""Planning: who gets which message about which pass, and when."""
