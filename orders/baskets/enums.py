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
