"""Baskets (drafts that reserve nothing), orders, their lines, and the keys of the forms that placed them."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from cagette.core.fields import MoneyField
from cagette.core.quantities import COUNT_MAX, Quantity, Unit, line_total
from cagette.people.models import Household, User
from orders.baskets.enums import Collection, OrderState
from orders.cycles.models import Offer, Pickup


class Basket(models.Model):
    """What somebody thinks of ordering at a pickup: a household, or a visitor known by a token. It reserves nothing."""

    pickup = models.ForeignKey(Pickup, models.CASCADE, related_name="baskets")
    household = models.ForeignKey(Household, models.CASCADE, null=True, related_name="baskets")
    token = models.UUIDField(null=True)
    order_version = models.PositiveIntegerField(default=0, help_text="The version of the order it started from.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pickup", "household"], name="basket_once_per_household"),
            models.UniqueConstraint(fields=["pickup", "token"], name="basket_once_per_visitor"),
            models.CheckConstraint(
                condition=Q(household=None, token__isnull=False) | Q(household__isnull=False, token=None),
                name="basket_has_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} basket for pickup {self.pickup_id}"


class BasketLine(models.Model):
    """A count wanted of an offer; 0 drops a line that the order has."""

    basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines")
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(help_text="In base units of the product.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "offer"], name="basket_line_once")]

    def __str__(self) -> str:
        return f"{self.count} of offer {self.offer_id} in basket {self.basket_id}"


class Order(models.Model):
    """What a household takes at a pickup: one per household and pickup, whatever happens to it."""

    pickup = models.ForeignKey(Pickup, models.PROTECT, related_name="orders")
    household = models.ForeignKey(Household, models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField("numéro")
    code = models.CharField("code de retrait", max_length=6, unique=True)
    state = models.CharField(max_length=12, choices=OrderState, default=OrderState.PLACED)
    version = models.PositiveIntegerField(default=1)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    collection = models.CharField(max_length=12, choices=Collection, default=Collection.EXPECTED)
    collection_at = models.DateTimeField(null=True)
    collection_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pickup", "household"], name="order_once_per_household_and_pickup"),
            models.UniqueConstraint(fields=["pickup", "number"], name="order_number_once_per_pickup"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} order {self.number} of pickup {self.pickup_id}"


class LineQuerySet(models.QuerySet["OrderLine"]):
    """Words to ask for lines."""

    def active(self) -> Self:
        return self.filter(cancelled_at=None)


class OrderLine(models.Model):
    """So much of an offer at the price it was placed at. Never deleted: dropped, it is cancelled."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lines")
    count = models.PositiveIntegerField(help_text="In base units of the product.")
    unit = models.CharField(max_length=12, choices=Unit)
    unit_price = MoneyField()
    listed_amount = MoneyField(help_text="Frozen at the close: picking lists and packing sum this.")
    final_amount = MoneyField(help_text="After weighing, missing, price of the day: what is due.")
    vat_permyriad = models.PositiveIntegerField()
    placed_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "offer", "unit_price"],
                condition=Q(cancelled_at=None),
                name="order_line_once_per_price",
            ),
            models.CheckConstraint(condition=Q(count__gt=0, count__lte=COUNT_MAX), name="order_line_counts_something"),
        ]
        indexes = [models.Index(fields=["offer"], condition=Q(cancelled_at=None), name="order_line_active")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.count} of offer {self.offer_id} in order {self.order_id}"

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.count, Unit(self.unit))

    @property
    def in_words(self) -> str:
        """2,5 kg; 29 bottes (needs offer__product)."""
        return self.offer.product.in_words(self.count)

    def set_count(self, count: int) -> None:
        """Change the count before the close; both amounts follow."""
        self.count = count
        self.listed_amount = self.final_amount = line_total(self.unit_price, self.quantity)


class Placement(models.Model):
    """A form that was carried out: its key again gives its order again."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(Order, models.CASCADE, related_name="placements")
    digest = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} made version {self.version} of order {self.order_id}"
