"""States of an order and of its collection, with the moves between them."""

from typing import ClassVar

from django.db import models


class OrderState(models.TextChoices):
    PLACED = "placed", "passée"
    CANCELLED = "cancelled", "annulée"


class Collection(models.TextChoices):
    """Whether the household took its order."""

    EXPECTED = "expected", "attendu"
    COLLECTED = "collected", "remis"
    ABSENT = "absent", "absent"

    SOURCES: ClassVar[dict[str, tuple[str, ...]]]


# an absent household may still turn up; each move can be undone
Collection.SOURCES = {
    "collected": ("expected", "absent"),
    "absent": ("expected",),
    "expected": ("collected", "absent"),
}


class CancelReason(models.TextChoices):
    """Why a line is no more (or is less): said to its household, and on the next version of the list."""

    HOUSEHOLD = "household", "le foyer l’a retirée"
    COORDINATOR = "coordinator", "le groupe l’a retirée"
    CASE = "case", "colis incomplet"
    MINIMUM = "minimum", "minimum de la ferme non atteint"
    SHORTAGE = "shortage", "récolte plus faible que prévu"
    SALE = "sale", "vente annulée"
    FARM = "farm", "la ferme ne vient plus"
    MOVED = "moved", "déplacée dans une autre commande"
