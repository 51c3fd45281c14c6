"""Picking lists: immutable, numbered versions of what one producer prepares, and their acknowledgement."""

from django.db import models

from cagette.core.fields import MoneyField
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import User
from orders.baskets.models import Order, OrderLine
from orders.cycles.models import Participation, Pickup
from producers.models import Product


class PickingList(models.Model):
    """One version of what a producer prepares for a cycle; empty, it is a notice. The database refuses to change it."""

    participation = models.ForeignKey(Participation, models.PROTECT, related_name="picking_lists")
    number = models.PositiveIntegerField("numéro", help_text="The producer's own series; all versions share it.")
    version = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    order_count = models.PositiveIntegerField()
    amount = MoneyField(help_text="The sum of the listed amounts of its lines.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participation", "version"], name="picking_list_once_per_version")
        ]

    def __str__(self) -> str:
        return f"#{self.pk} list {self.number} v{self.version} of participation {self.participation_id}"

    @property
    def is_notice(self) -> bool:
        """Nothing this time."""
        return self.order_count == 0


class PickingRow(models.Model):
    """A total of a list: product × unit × price. It keeps the words of the day; the catalogue may change after."""

    picking_list = models.ForeignKey(PickingList, models.PROTECT, related_name="rows")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    piece_name = models.CharField(max_length=30, blank=True)
    pieces_name = models.CharField(max_length=30, blank=True)
    unit = models.CharField(max_length=12, choices=Unit)
    unit_price = MoneyField()
    priced_in = models.CharField(max_length=12, choices=Unit)
    content = models.PositiveIntegerField(null=True, help_text="Of a piece weighed later: its estimate, in priced_in.")
    count = models.PositiveBigIntegerField()
    amount = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["picking_list", "product", "unit", "unit_price", "content"],
                nulls_distinct=False,
                name="picking_row_once",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.count} {self.reference} in list {self.picking_list_id}"

    def in_words(self, count: int) -> str:
        """2,5 kg; 29 bottes."""
        return Quantity(count, Unit(self.unit)).in_words(self.piece_name, self.pieces_name)

    def weight_in_words(self, count: int) -> str:
        """About how much so many pieces weigh that are weighed later; empty for all else."""
        return str(Quantity(count * self.content, Unit(self.priced_in))) if self.content else ""


class PickingLine(models.Model):
    """A household's line that a row sums."""

    row = models.ForeignKey(PickingRow, models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="+")
    pickup = models.ForeignKey(Pickup, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    amount = MoneyField()
    note = models.CharField(max_length=200, blank=True, default="")
    may_replace = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["row", "order_line"], name="picking_line_once")]

    def __str__(self) -> str:
        return f"#{self.pk} order {self.order_id} in row {self.row_id}"


class Acknowledgement(models.Model):
    """The producer has seen a version: by a person who logged in, or by the link of the letter."""

    picking_list = models.OneToOneField(PickingList, models.PROTECT, related_name="acknowledgement")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"list {self.picking_list_id} seen at {self.at}"


class DueVersion(models.Model):
    """A closed participation's lines changed: a new version of its list is due, five minutes after the last change."""

    participation = models.OneToOneField(Participation, models.CASCADE, related_name="due_version")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"a version for participation {self.participation_id} at {self.due_at}"
