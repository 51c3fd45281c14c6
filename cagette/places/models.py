"""Where things are, and the VAT of the place."""

from django.db import models
from django.db.models import Q

from cagette.people.models import Organisation
from cagette.places.enums import VatClass, VatRegime, VatZone


class Commune(models.Model):
    """A French commune, known by its INSEE code."""

    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    name = models.CharField("nom", max_length=80)
    sort_name = models.CharField(max_length=80, db_index=True, help_text="Without accents and capitals.")
    department = models.CharField("département", max_length=3, db_index=True)
    postcodes = models.CharField("codes postaux", max_length=250, help_text="Parted by spaces.")
    population = models.PositiveIntegerField(default=0)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Territory(models.Model):
    """A corner of the country whose short circuits an association coordinates."""

    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse courte", max_length=80, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="territories")
    communes = models.ManyToManyField(Commune, related_name="territories")

    def __str__(self) -> str:
        return self.name


class DeliveryPoint(models.Model):
    """A place where a group hands baskets over."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="delivery_points")
    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse courte", max_length=80, unique=True)
    address = models.CharField("adresse", max_length=200)
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="delivery_points", verbose_name="commune")
    latitude = models.DecimalField(max_digits=8, decimal_places=5)
    longitude = models.DecimalField(max_digits=8, decimal_places=5)
    hints = models.CharField("pour trouver", max_length=250, blank=True, default="")
    is_active = models.BooleanField("en service", default=True)

    def __str__(self) -> str:
        return self.name


class VatRate(models.Model):
    """The rate of a class in a zone under a regime, from a day on until the next row's; with its legal
    mention. Editable."""

    vat_class = models.CharField("classe", max_length=20, choices=VatClass)
    zone = models.CharField("zone", max_length=20, choices=VatZone)
    regime = models.CharField("régime", max_length=20, choices=VatRegime)
    valid_from = models.DateField("à partir du")
    permyriad = models.PositiveIntegerField("taux", help_text="En centièmes de pour cent : 550 pour 5,5 %.")
    mention = models.CharField("mention légale", max_length=250, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vat_class", "zone", "regime", "valid_from"], name="vat_rate_once"),
            models.CheckConstraint(condition=Q(permyriad__lte=10_000), name="vat_rate_at_most_all"),
        ]

    def __str__(self) -> str:
        return f"{self.vat_class} {self.zone} {self.regime} from {self.valid_from}: {self.permyriad}"
