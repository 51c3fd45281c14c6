"""Producers, products, the stock that falls, and listings with groups."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cagette.core.fields import MoneyField, OptionalMoneyField
from cagette.core.money import Money
from cagette.core.quantities import Quantity, Unit, line_total, pieces_total
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
    maximum = models.PositiveIntegerField("maximum par foyer", null=True, blank=True, help_text="With a case alone.")
    case_size = models.PositiveIntegerField(
        "colis de", null=True, blank=True, help_text="In base units: bought in full cases that households share."
    )
    weight_least = models.PositiveIntegerField("poids le plus faible", null=True, blank=True, help_text="Of a piece.")
    weight_most = models.PositiveIntegerField("poids le plus fort", null=True, blank=True, help_text="In content_unit.")
    stock_each = models.PositiveBigIntegerField(
        "stock d’une livraison", null=True, blank=True, help_text="Until another figure is announced for a day."
    )
    stock_every = models.PositiveSmallIntegerField("une livraison sur", null=True, blank=True)
    stock_from_on = models.DateField("en comptant du", null=True, blank=True, help_text="A delivery that has some.")
    season = ArrayField(models.PositiveSmallIntegerField(), verbose_name="saison", default=list, blank=True)
    is_perishable = models.BooleanField("périssable", default=True, help_text="What keeps may be sent back (L221-28).")
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
            models.CheckConstraint(
                condition=Q(priced_in=models.F("unit"))
                | Q(unit=Unit.PIECE, priced_in=models.F("content_unit"), content__gt=0),
                name="product_priced_as_counted_or_estimated",
            ),
            models.CheckConstraint(condition=Q(case_size=None) | Q(case_size__gt=0), name="product_case_holds_some"),
            models.CheckConstraint(
                condition=Q(maximum=None) | Q(maximum__gte=models.F("minimum")), name="product_maximum_above_minimum"
            ),
            models.CheckConstraint(
                condition=Q(weight_least=None, weight_most=None)
                | Q(weight_least__lte=models.F("content"), weight_most__gte=models.F("content")),
                name="product_weighs_within_its_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def quantity(self, count: int) -> Quantity:
        return Quantity(count, Unit(self.unit))

    def in_words(self, count: int) -> str:
        """2,5 kg; 29 bottes."""
        return self.quantity(count).in_words(self.piece_name, self.pieces_name)

    @property
    def is_estimated(self) -> bool:
        """Counted in pieces, priced by weight: the amount is an estimate until it is weighed."""
        return self.priced_in != self.unit

    def amount_of(self, count: int, price: Money | None = None) -> Money:
        """What a count costs, VAT included; an estimate where the pieces are weighed later."""
        price = self.unit_price if price is None else price
        if self.is_estimated:
            return pieces_total(price, count, Quantity(self.content or 0, Unit(self.priced_in)))
        return line_total(price, self.quantity(count))

    def range_of(self, count: int, price: Money | None = None) -> tuple[Money, Money] | None:
        """The least and the most that so many pieces are likely to cost once weighed; None where nothing is weighed
        or no range is stated."""
        if not self.is_estimated or not self.weight_least or not self.weight_most:
            return None
        price, unit = (self.unit_price if price is None else price), Unit(self.priced_in)
        least, most = Quantity(self.weight_least, unit), Quantity(self.weight_most, unit)
        return pieces_total(price, count, least), pieces_total(price, count, most)

    def comparison(self, price: Money | None = None) -> tuple[Money, Unit] | None:
        """The price per kg or litre that the law wants shown, and its unit; None for a piece without stated content."""
        price = self.unit_price if price is None else price
        if self.priced_in != Unit.PIECE:
            return price, Unit(self.priced_in)
        if not self.content or not self.content_unit or self.content_unit == Unit.PIECE:
            return None
        unit = Unit(self.content_unit)
        return line_total(price, Quantity(unit.per, unit), per=Quantity(self.content, unit)), unit


class Stock(models.Model):
    """What is left of a product: the row that falls with orders and never goes below zero."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="stocks")
    delivery_on = models.DateField(null=True, blank=True, help_text="Of one delivery day; empty: of more than one.")
    period_from_on = models.DateField(null=True, blank=True, help_text="Of a period; empty with an empty day: a total.")
    period_until_on = models.DateField(null=True, blank=True)
    announced = models.PositiveBigIntegerField(
        help_text="All that was announced: remaining − short + what is in active lines."
    )
    remaining = models.PositiveBigIntegerField(help_text="In base units of the product.")
    short = models.PositiveBigIntegerField(
        default=0, help_text="Sold beyond a harvest that was corrected downward, until lines are shortened."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "delivery_on", "period_from_on"],
                nulls_distinct=False,
                name="stock_once_per_product_and_day",
            ),
            models.CheckConstraint(
                condition=Q(remaining__lte=models.F("announced")), name="stock_never_more_than_announced"
            ),
            models.CheckConstraint(condition=Q(short=0) | Q(remaining=0), name="stock_is_left_or_short"),
            models.CheckConstraint(
                condition=Q(period_from_on=None, period_until_on=None)
                | Q(delivery_on=None, period_until_on__gte=models.F("period_from_on")),
                name="stock_of_a_day_or_a_period",
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
    terms = models.TextField("conditions", blank=True, default="", help_text="What both agreed on, in words.")
    terms_seen = models.TextField(blank=True, default="", help_text="The terms that the farm accepted.")
    markup_permyriad = models.PositiveIntegerField(
        "marge du groupe", default=0, help_text="On the producer's price, in hundredths of a per cent; the group's."
    )
    picks_products = models.BooleanField("choix produit par produit", default=False, help_text="Else it sells all.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "producer"], name="listing_once")]

    def __str__(self) -> str:
        return f"producer {self.producer_id} in organisation {self.organisation_id}: {self.state}"


class ListedProduct(models.Model):
    """A product in a group's listing: chosen or not, and the group's own price, if any."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="products")
    product = models.ForeignKey(Product, models.CASCADE, related_name="listed")
    is_picked = models.BooleanField("proposé", default=True)
    own_price = OptionalMoneyField(
        "prix du groupe", null=True, help_text="VAT included; the producer is paid its own price."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "product"], name="listed_product_once")]

    def __str__(self) -> str:
        return f"product {self.product_id} in listing {self.listing_id}"


class Pause(models.Model):
    """A farm is closed from a day to a day (both included): it comes to no delivery between them."""

    producer = models.ForeignKey(Producer, models.CASCADE, related_name="pauses")
    from_on = models.DateField("fermé du")
    until_on = models.DateField("au")
    note = models.CharField("pourquoi", max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Taken back: as if it had not been.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(from_on__lte=models.F("until_on")), name="pause_begins_before_it_ends")
        ]

    def __str__(self) -> str:
        return f"producer {self.producer_id} closed from {self.from_on} to {self.until_on}"


class Certificate(models.Model):
    """Who vouches for a label of a farm, and until when."""

    producer = models.ForeignKey(Producer, models.CASCADE, related_name="certificates")
    label = models.CharField("label", max_length=20)
    certifier = models.CharField("certificateur", max_length=80, help_text="FR-BIO-01, for instance.")
    number = models.CharField("numéro", max_length=60, blank=True, default="")
    expires_on = models.DateField("valable jusqu’au", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["producer", "label"], name="certificate_once_per_label")]

    def __str__(self) -> str:
        return f"{self.label} of producer {self.producer_id} by {self.certifier}"


class PriceListDraft(models.Model):
    """A price list that was read and waits for its confirmation; applied once, and forgotten after a day."""

    producer = models.ForeignKey(Producer, models.CASCADE, related_name="price_list_drafts")
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(db_index=True)
    file_name = models.CharField(max_length=120)
    columns = models.JSONField(default=list, help_text="The keys of the columns that the file has.")
    rows = models.JSONField(default=list, help_text="Number and cells of each row, as text.")
    form = models.CharField(max_length=20, blank=True, default="", help_text="Of other software; empty: our own.")
    headings = models.JSONField(default=dict, help_text="What the file calls its columns.")
    stocks_seen = models.JSONField(default=dict, help_text="By reference: announced and remaining at the upload.")
    confirmed_at = models.DateTimeField(null=True, help_text="Of a long list: it is due to be applied from then on.")
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=24, blank=True, default="", help_text="Of the preview that was confirmed.")
    leave_errors = models.BooleanField(default=False)
    refusal = models.TextField(blank=True, default="", help_text="Why it was not applied, and is previewed again.")
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict, help_text="What applying it did, in counts.")

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name} of producer {self.producer_id}"
