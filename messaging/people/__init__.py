"""People: who may be written to, what they consented to, and how files of them come in."""
