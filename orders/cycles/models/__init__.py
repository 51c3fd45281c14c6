"""Cycles, participations, pickups and offers; and what a group decides of all its sales."""

from orders.cycles.models.cycles import (
    Cycle,
    Fee,
    Offer,
    Participation,
    ParticipationQuerySet,
    Pickup,
    PickupCounter,
    PickupSlot,
)
from orders.cycles.models.settings import CycleTemplate, FeeTerms, GroupFee, GroupSettings

__all__ = [
    "Cycle",
    "CycleTemplate",
    "Fee",
    "FeeTerms",
    "GroupFee",
    "GroupSettings",
    "Offer",
    "Participation",
    "ParticipationQuerySet",
    "Pickup",
    "PickupCounter",
    "PickupSlot",
]
