"""The channel "file": messages as lines of JSON, in a folder."""
