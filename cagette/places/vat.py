"""Which VAT rate applies: class × VAT zone × day × the producer's regime."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from cagette.places.enums import VatClass, VatRegime, VatZone
from cagette.places.models import VatRate


class VatRateMissing(LookupError):
    """No row of the table says what rate applies. The message is fit for a coordinator."""


def rates_on(
    *, zone: VatZone, day: date, regimes: Iterable[str] = VatRegime.values
) -> dict[tuple[VatClass, VatRegime], VatRate]:
    """The rates in force in a zone on a day, by class and regime: one query."""
    rows = VatRate.objects.filter(zone=zone, regime__in=set(regimes), valid_from__lte=day)
    latest = rows.order_by("vat_class", "regime", "-valid_from").distinct("vat_class", "regime")
    return {(VatClass(row.vat_class), VatRegime(row.regime)): row for row in latest}


def rate_for(rates: dict[tuple[VatClass, VatRegime], VatRate], vat_class: str, regime: str) -> VatRate:
    """The rate of one class under one regime. Raises VatRateMissing."""
    try:
        return rates[VatClass(vat_class), VatRegime(regime)]
    except KeyError:
        raise VatRateMissing(
            _("Aucun taux de TVA pour « %(class)s » (%(regime)s) à cette date.")
            % {"class": VatClass(vat_class).label, "regime": VatRegime(regime).label}
        ) from None
