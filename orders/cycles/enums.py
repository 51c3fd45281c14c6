"""States of a sale and the moves between them."""

from typing import ClassVar

from django.db import models


class SaleState(models.TextChoices):
    """A participation's state. None means "a worker is busy"."""

    PLANNED = "planned", "prévue"
    OPEN = "open", "ouverte"
    CLOSED = "closed", "close"

    SOURCES: ClassVar[dict[str, tuple[str, ...]]]


SaleState.SOURCES = {"open": ("planned",), "closed": ("open",)}
