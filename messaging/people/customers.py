"""Customers: as they are stored, as planning sees them, and as a message needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from messaging.people.consent import Standing
from orbit.horizon import HorizonMask


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person who may be written to. The repr keeps what is personal to itself."""

    customer_id: str
    """The id their owner knows them by."""
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    language: str = ""
    """BCP 47; empty: the campaign's default."""
    time_zone: str
    """IANA name."""
    city: str = field(default="", repr=False)
    country: str = ""
    latitude_deg: float = field(repr=False)
    """Rounded to the privacy grid."""
    longitude_deg: float = field(repr=False)
    """East positive, rounded to the privacy grid."""
    horizon_mask: HorizonMask | None = field(default=None, repr=False)
    """Rounded to whole degrees; None: an open horizon."""
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerColumns:
    """What planning needs of all customers, one row each, by ascending ``customer_no``."""

    customer_no: NDArray[np.int64]
    site: NDArray[np.int64]
    """Row of the customer's site in ``latitude_deg``, ``longitude_deg`` and ``horizon_mask``."""
    has_address: NDArray[np.bool_]
    standing: NDArray[np.int8]
    """Values of ``Standing``, for the purpose and channel that were asked for."""
    latitude_deg: NDArray[np.float64]
    """One row a site, not a customer."""
    longitude_deg: NDArray[np.float64]
    """One row a site, east positive."""
    horizon_mask: Sequence[HorizonMask | None]
    """One row a site: who sees another sky lives at another site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What sending needs of one customer. The repr keeps what is personal to itself."""

    customer_no: int
    customer_id: str = field(repr=False)
    name: str = field(repr=False)
    address: str = field(repr=False)
    """E-mail address; may be empty."""
    language: str
    time_zone: str
    city: str = field(repr=False)
    country: str
    attributes: Mapping[str, str] = field(repr=False)
    standing: Standing
