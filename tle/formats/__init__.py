"""The formats element sets come in, one module each.

A format module has ``recognises(text)`` and ``read(text, source=...)``; see ``base.Format``. The
list of them is in ``tle.parsing``.
"""
