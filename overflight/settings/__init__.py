"""Settings: everything that can be set, and how it is read, explained and shown."""
