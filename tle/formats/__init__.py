"""The formats element sets come in, one module each.

A format module has ``recognises(text)``, ``read(text, source=...)`` and ``write(element_sets)``, as
``base.Format`` says. The list of them is in ``registry``.
"""
