"""How messages leave: the port every channel fits, and one module for each channel.

Only the port is imported here, so that a channel's own machinery loads when it is used:
``messaging.channels.file.channel`` and ``messaging.channels.email.channel``.
"""

from messaging.channels.ports import Channel, Envelope, MayBegin, Receipt, Verdict, always

__all__ = ["Channel", "Envelope", "MayBegin", "Receipt", "Verdict", "always"]
