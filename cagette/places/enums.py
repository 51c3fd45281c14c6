"""VAT zones, classes and regimes."""

from django.db import models


class VatZone(models.TextChoices):
    MAINLAND = "mainland", "France continentale"
    CORSICA = "corsica", "Corse"
    GUADELOUPE = "guadeloupe", "Guadeloupe"
    MARTINIQUE = "martinique", "Martinique"
    GUYANE = "guyane", "Guyane"
    REUNION = "reunion", "La Réunion"
    MAYOTTE = "mayotte", "Mayotte"


class VatClass(models.TextChoices):
    FOOD = "food", "alimentation"
    INTERMEDIATE = "intermediate", "taux intermédiaire (plants, fleurs)"
    STANDARD = "standard", "taux normal"
    CONFECTIONERY = "confectionery", "confiserie"
    ALCOHOL = "alcohol", "boissons alcoolisées"


class VatRegime(models.TextChoices):
    REAL = "real", "assujetti à la TVA"
    FRANCHISE = "franchise", "franchise en base"
    FLAT_RATE = "flat_rate", "remboursement forfaitaire agricole"


_OVERSEAS = {
    "971": VatZone.GUADELOUPE,
    "972": VatZone.MARTINIQUE,
    "973": VatZone.GUYANE,
    "974": VatZone.REUNION,
    "976": VatZone.MAYOTTE,
}


def vat_zone_of(insee_code: str) -> VatZone:
    """The VAT zone of a commune, from its INSEE code alone (2A and 2B are Corsica)."""
    if insee_code[:2] in ("2A", "2B", "20"):
        return VatZone.CORSICA
    return _OVERSEAS.get(insee_code[:3], VatZone.MAINLAND)
