"""Producers, products, the stock that falls, and listings with groups."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cagette.core.fields import MoneyField
from cagette.core.money import Money
from cagette.core.quantities import Quantity, Unit, line_total
from cagette.people.models import Organisation, User
from cagette.places.enums import VatClass, VatRegime
from producers.enums import Category, ListingState, StockMode, Storage


class Producer(models.Model):
    """A farm that sells: the trade's side of an organisation of kind producer."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="producer")
    story = models.TextField("présentation", blank=True, default="")
    vat_regime = models.CharField("régime de TVA", max_length=20, choices=VatRegime, default=VatRegime.REAL)
    drawing = models.CharField("dessin", max_length=40, blank=True, default="panier")
    tint = models.CharField("teinte", max_length=10, blank=True, default="green")

    def __str__(self) -> str:
        return f"#{self.pk} producer of organisation {self.organisation_id}"


class ProductQuerySet(models.QuerySet["Product"]):
    """Words to ask for products."""

    def on_sale(self) -> Self:
        return self.filter(is_active=True, retired_at=None)


class Product(models.Model):
    """What a producer sells. It is retired, never deleted: old documents still name it."""

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="products")
    reference = models.CharField("référence", max_length=40)
    name = models.CharField("nom", max_length=120)
    description = models.TextField("description", blank=True, default="")
    category = models.CharField("rayon", max_length=20, choices=Category)
    drawing = models.CharField("dessin", max_length=40, blank=True, default="")
    tint = models.CharField("teinte", max_length=10, blank=True, default="")
    unit = models.CharField(
        "vendu", max_length=12, choices=Unit, default=Unit.PIECE, help_text="What households count."
    )
    priced_in = models.CharField("prix", max_length=12, choices=Unit, default=Unit.PIECE)
    piece_name = models.CharField("nom de la pièce", max_length=30, blank=True, default="")  # botte
    pieces_name = models.CharField("au pluriel", max_length=30, blank=True, default="")  # bottes
    content = models.PositiveIntegerField("contenu d’une pièce", null=True, blank=True, help_text="In content_unit.")
    content_unit = models.CharField("unité du contenu", max_length=12, choices=Unit, blank=True, default="")
    unit_price = MoneyField("prix TTC", help_text="VAT included, per kg, litre or piece (priced_in).")
    vat_class = models.CharField("TVA", max_length=20, choices=VatClass, default=VatClass.FOOD)
    step = models.PositiveIntegerField("pas", default=1, help_text="In base units of `unit`.")
    minimum = models.PositiveIntegerField("minimum", default=1, help_text="The least count; steps are counted from it.")
    stock_mode = models.CharField("stock", max_length=12, choices=StockMode, default=StockMode.UNLIMITED)
    labels = ArrayField(models.CharField(max_length=20), verbose_name="labels", default=list, blank=True)
    allergens = ArrayField(models.CharField(max_length=20), verbose_name="allergènes", default=list, blank=True)
    ingredients = models.TextField("ingrédients", blank=True, default="")
    origin = models.CharField("origine", max_length=80, blank=True, default="")
    storage = models.CharField("conservation", max_length=12, choices=Storage, default=Storage.AMBIENT)
    is_active = models.BooleanField("en vente", default=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["producer", "reference"], name="product_reference_once_per_producer"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(condition=Q(step__gt=0) & Q(minimum__gt=0), name="product_steps_upward"),
            # estimated weights (counted in pieces, priced by the kilo) come with the trade
            models.CheckConstraint(condition=Q(priced_in=models.F("unit")), name="product_priced_as_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def quantity(self, count: int) -> Quantity:
        return Quantity(count, Unit(self.unit))

    def in_words(self, count: int) -> str:
        """2,5 kg; 29 bottes."""
        return self.quantity(count).in_words(self.piece_name, self.pieces_name)

    def comparison(self, price: Money | None = None) -> tuple[Money, Unit] | None:
        """The price per kg or litre that the law wants shown, and its unit; None for a piece without stated content."""
        price = self.unit_price if price is None else price
        if self.unit != Unit.PIECE:
            return price, Unit(self.unit)
        if not self.content or not self.content_unit or self.content_unit == Unit.PIECE:
            return None
        unit = Unit(self.content_unit)
        return line_total(price, Quantity(unit.per, unit), per=Quantity(self.content, unit)), unit


class Stock(models.Model):
    """What is left of a product: the row that falls with orders and never goes below zero."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="stocks")
    delivery_on = models.DateField(null=True, blank=True, help_text="Empty: one total for all deliveries.")
    announced = models.PositiveBigIntegerField(
        help_text="All that was ever announced: remaining + what is in active lines."
    )
    remaining = models.PositiveBigIntegerField(help_text="In base units of the product.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "delivery_on"], nulls_distinct=False, name="stock_once_per_product_and_day"
            ),
            models.CheckConstraint(
                condition=Q(remaining__lte=models.F("announced")), name="stock_never_more_than_announced"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of product {self.product_id}"


class Listing(models.Model):
    """A producer accepted by a group (référencement)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="listings")
    producer = models.ForeignKey(Producer, models.PROTECT, related_name="listings")
    state = models.CharField(max_length=12, choices=ListingState, default=ListingState.INVITED)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "producer"], name="listing_once")]

    def __str__(self) -> str:
        return f"producer {self.producer_id} in organisation {self.organisation_id}: {self.state}"


class PriceListDraft(models.Model):
    """A price list that was read and waits for its confirmation; applied once, and forgotten after a day."""

    producer = models.ForeignKey(Producer, models.CASCADE, related_name="price_list_drafts")
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(db_index=True)
    file_name = models.CharField(max_length=120)
    columns = models.JSONField(default=list, help_text="The keys of the columns that the file has.")
    rows = models.JSONField(default=list, help_text="Number and cells of each row, as text.")
    stocks_seen = models.JSONField(default=dict, help_text="By reference: announced and remaining at the upload.")
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict, help_text="What applying it did, in counts.")

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name} of producer {self.producer_id}"
