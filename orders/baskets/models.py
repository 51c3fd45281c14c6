"""Baskets (drafts that reserve nothing), orders, their lines, and the keys of the forms that placed them."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from cagette.core.fields import MoneyField
from cagette.core.money import Money
from cagette.core.quantities import COUNT_MAX, Quantity, Unit, line_total, pieces_total
from cagette.people.models import Household, Organisation, User
from orders.baskets.enums import CancelReason, Collection, OrderState
from orders.cycles.enums import Rationing
from orders.cycles.models import Offer, Participation, Pickup, PickupSlot
from producers.models import Product, Stock


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
    tolerance = models.PositiveIntegerField(default=0, help_text="That much more may be taken to fill a case.")
    may_replace = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True, default="")

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
    slot = models.ForeignKey(PickupSlot, models.PROTECT, null=True, related_name="orders")
    collector = models.CharField("qui vient chercher", max_length=120, blank=True, default="")

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
    producer_price = MoneyField(help_text="What the producer is paid, per the same.")
    content = models.PositiveIntegerField(
        null=True, help_text="Of a piece that is weighed later: its estimate, in priced_in; else empty."
    )
    priced_in = models.CharField(max_length=12, choices=Unit)
    tolerance = models.PositiveIntegerField(default=0, help_text="That much more may be taken to fill a case.")
    may_replace = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True, default="")
    listed_amount = MoneyField(help_text="Frozen at the close: picking lists and packing sum this.")
    final_amount = MoneyField(help_text="After weighing, missing, price of the day: what is due.")
    vat_permyriad = models.PositiveIntegerField()
    placed_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    reason = models.CharField(
        max_length=12, choices=CancelReason, blank=True, default="", help_text="Of its end, or of its last cut."
    )

    objects = LineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "offer", "unit_price", "content"],
                nulls_distinct=False,
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
        self.listed_amount = self.final_amount = self.amount_of(count)

    def amount_of(self, count: int) -> Money:
        """What a count of this line lists: by the estimate of a piece where it is weighed later."""
        return self._at(self.unit_price, count)

    def earned_of(self, count: int) -> Money:
        """What the producer is paid for a count of this line; the rest is the group's (ruling 7)."""
        return self._at(self.producer_price, count)

    def _at(self, price: Money, count: int) -> Money:
        if self.content is not None:
            return pieces_total(price, count, Quantity(self.content, Unit(self.priced_in)))
        return line_total(price, Quantity(count, Unit(self.unit)))


class Placement(models.Model):
    """A form that was carried out: its key again gives its order again."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(Order, models.CASCADE, related_name="placements")
    digest = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    placed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} made version {self.version} of order {self.order_id}"


class Favourite(models.Model):
    """A product that a household likes to find first."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="favourites")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "product"], name="favourite_once")]

    def __str__(self) -> str:
        return f"product {self.product_id} of household {self.household_id}"


class Wait(models.Model):
    """A household would have a sold-out offer (liste d'attente): it is told when there is some again; nothing is
    reserved."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="waits")
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="waits")
    since_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="Once told, it waits no more.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "offer"], name="wait_once")]

    def __str__(self) -> str:
        return f"household {self.household_id} waits for offer {self.offer_id}"


class Shortage(models.Model):
    """A harvest was corrected below what a participation had sold: its coordinator decides whom to shorten."""

    stock = models.ForeignKey(Stock, models.PROTECT, related_name="shortages")
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="shortages")
    missing = models.PositiveIntegerField(help_text="This sale's part when it was written, in base units.")
    written_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    rationing = models.CharField(max_length=12, choices=Rationing, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stock", "participation"], condition=Q(settled_at=None), name="shortage_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.missing} short of stock {self.stock_id} in participation {self.participation_id}"


class Reminders(models.Model):
    """What a person wants to be told without asking. Who has no row wants it all."""

    user = models.OneToOneField(User, models.CASCADE, related_name="reminders")
    opening = models.BooleanField("l’ouverture d’une vente", default=True)
    closing = models.BooleanField("la veille de la clôture", default=True)
    collection = models.BooleanField("le jour du retrait", default=True)
    news = models.BooleanField("le point du matin, quand je coordonne ou travaille à une ferme", default=True)

    def __str__(self) -> str:
        return f"reminders of user {self.user_id}"


class CalendarFeed(models.Model):
    """A secret address under which a calendar reads a household's collections, or a group's distributions."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    household = models.OneToOneField(Household, models.CASCADE, null=True, related_name="calendar_feed")
    organisation = models.OneToOneField(Organisation, models.CASCADE, null=True, related_name="calendar_feed")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(household=None, organisation__isnull=False) | Q(household__isnull=False, organisation=None),
                name="calendar_feed_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"feed of household {self.household_id} or organisation {self.organisation_id}"
