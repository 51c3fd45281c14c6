"""One sale: the cycle, its farms, its pickups with their counters and slots, its fees and offers."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from cagette.core.fields import MoneyField
from cagette.core.money import Money
from cagette.people.models import Organisation, User
from cagette.places.models import DeliveryPoint
from orders.cycles.enums import Answer, Outcome, SaleState
from orders.cycles.models.settings import CycleTemplate, FeeTerms, SaleRules
from producers.models import Producer, Product, Stock


class Cycle(SaleRules):
    """One sale of a group (vente): it opens, closes, is delivered on one day. It has its own copy of the rules."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cycles")
    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse courte", max_length=120, unique=True)
    delivery_on = models.DateField("jour de livraison")
    opens_at = models.DateTimeField("ouverture")
    closes_at = models.DateTimeField("clôture", help_text="A participation may close earlier, none later.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    form_key = models.UUIDField(null=True, unique=True, help_text="Of the form that planned it: sent twice, one cycle.")
    template = models.ForeignKey(CycleTemplate, models.SET_NULL, null=True, related_name="cycles")
    template_on = models.DateField(null=True, help_text="The delivery that its template's rule names; moved, it stays.")
    announced_at = models.DateTimeField(null=True, help_text="When the members were told that it is open: once.")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=250, blank=True, default="")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="cycle_opens_before_it_closes"),
            models.UniqueConstraint(fields=["template", "template_on"], name="cycle_once_per_date_of_its_template"),
        ]

    def __str__(self) -> str:
        return self.slug


class ParticipationQuerySet(models.QuerySet["Participation"]):
    """Words to ask for participations."""

    def open_at(self, now: datetime) -> Self:
        return self.filter(state=SaleState.OPEN, closes_at__gt=now)

    def due_to_close(self, now: datetime) -> Self:
        return self.filter(state=SaleState.OPEN, closes_at__lte=now)

    def due_to_open(self, now: datetime) -> Self:
        return self.filter(state=SaleState.PLANNED, cycle__opens_at__lte=now)


class Participation(models.Model):
    """A producer's part in a cycle. It carries the state; the cycle's is the last of its participations'."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="participations")
    producer = models.ForeignKey(Producer, models.PROTECT, related_name="participations")
    state = models.CharField(max_length=12, choices=SaleState, default=SaleState.PLANNED)
    closes_at = models.DateTimeField("clôture")
    minimum = MoneyField("minimum de commande", default=Money, help_text="To come at all; VAT included, no fees.")
    invited_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.WAITING)
    answered_at = models.DateTimeField(null=True)
    answer_note = models.CharField("un mot", max_length=250, blank=True, default="")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default=Outcome.NONE)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "producer"], name="participation_once")]
        indexes = [models.Index(fields=["closes_at"], condition=Q(state="open"), name="participation_due_to_close")]

    def __str__(self) -> str:
        return f"#{self.pk} producer {self.producer_id} in cycle {self.cycle_id}: {self.state}"

    def is_open(self, now: datetime) -> bool:
        """The one place that says whether orders are taken."""
        return self.state == SaleState.OPEN and now < self.closes_at


class Pickup(models.Model):
    """A delivery point and its window in a cycle (distribution)."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="pickups")
    point = models.ForeignKey(DeliveryPoint, models.PROTECT, related_name="pickups")
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    capacity = models.PositiveIntegerField("nombre de paniers", null=True, blank=True, help_text="Empty: no limit.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "point", "starts_at"], name="pickup_once"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="pickup_starts_before_it_ends"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} point {self.point_id} in cycle {self.cycle_id}"


class PickupCounter(models.Model):
    """A pickup's last order number and how many orders it holds: a row of its own, locked last."""

    pickup = models.OneToOneField(Pickup, models.CASCADE, primary_key=True, related_name="counter")
    last_number = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    capacity = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")), name="pickup_never_overfull"
            )
        ]

    def __str__(self) -> str:
        return f"pickup {self.pickup_id}: {self.taken} of {self.capacity}"


class PickupSlot(models.Model):
    """A part of a pickup's window (créneau) with a capacity of its own; `taken` moves like the counter."""

    pickup = models.ForeignKey(Pickup, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField("de")
    ends_at = models.DateTimeField("à")
    capacity = models.PositiveIntegerField("nombre de paniers", null=True, blank=True, help_text="Empty: no limit.")
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pickup", "starts_at"], name="pickup_slot_once"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="pickup_slot_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")), name="pickup_slot_never_overfull"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} slot of pickup {self.pickup_id}: {self.taken} of {self.capacity}"

    @property
    def places_left(self) -> int | None:
        """None: no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def has_place(self) -> bool:
        return self.places_left != 0


class Fee(FeeTerms):
    """A fee of one cycle, copied when it is planned: it does not change once orders are taken."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="fees")

    def __str__(self) -> str:
        return f"#{self.pk} {self.name} in cycle {self.cycle_id}"


class Offer(models.Model):
    """A product on sale in one participation of a cycle; lines keep the price they were placed at."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="offers")
    product = models.ForeignKey(Product, models.PROTECT, related_name="offers")
    stock = models.ForeignKey(Stock, models.PROTECT, null=True, help_text="What falls with orders; empty: no limit.")
    unit_price = MoneyField(help_text="VAT included, per kg, litre or piece: what households pay.")
    producer_price = MoneyField(help_text="The same: what the producer is paid. The difference is the group's.")
    is_available = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participation", "product"], name="offer_once"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="offer_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} product {self.product_id} in participation {self.participation_id}"
