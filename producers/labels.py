"""The labels of farms: on how many products each is shown, who vouches for it, until when."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cagette.core import words
from producers.enums import LABELS, UNCERTIFIED
from producers.models import Certificate, Product


@dataclass(frozen=True, slots=True)
class LabelState:
    """A label of a farm: on how many products it is shown, who vouches for it, until when."""

    key: str
    certificate: Certificate | None
    products: int
    on: date

    @property
    def name(self) -> str:
        return LABELS.get(self.key, self.key)

    @property
    def is_missing(self) -> bool:
        return self.certificate is None and self.products > 0 and self.key not in UNCERTIFIED

    @property
    def is_expired(self) -> bool:
        expires_on = self.certificate.expires_on if self.certificate else None
        return expires_on is not None and expires_on < self.on

    @property
    def is_wrong(self) -> bool:
        """It is shown to households, and nobody vouches for it now."""
        return self.is_missing or (self.is_expired and self.products > 0)

    @property
    def in_words(self) -> str:
        """AB : certificat expiré le 2 novembre 2026."""
        if self.is_missing:
            return _("%(label)s : pas de certificat") % {"label": self.name}
        if self.certificate is None:
            return _("%(label)s : dit par la ferme, sans certificateur") % {"label": self.name}
        if self.certificate.expires_on is None:
            return _("%(label)s : sans date de fin") % {"label": self.name}
        shown = {"label": self.name, "day": words.full_day(self.certificate.expires_on)}
        if self.is_expired:
            return _("%(label)s : certificat expiré le %(day)s") % shown
        return _("%(label)s : valable jusqu’au %(day)s") % shown


def labels_of(producer_ids: list[int], *, on: date) -> dict[int, list[LabelState]]:
    """The labels that farms show or hold a certificate for, in the order of LABELS: two queries."""
    shown: Counter[tuple[int, str]] = Counter()
    for producer_id, marks in (
        Product.objects.on_sale()
        .filter(producer__in=producer_ids)
        .exclude(labels=[])
        .values_list("producer_id", "labels")
    ):
        shown.update((producer_id, mark) for mark in set(marks))
    held = {(c.producer_id, c.label): c for c in Certificate.objects.filter(producer__in=producer_ids)}
    return {
        pk: [
            LabelState(key, held.get((pk, key)), shown[pk, key], on)
            for key in LABELS
            if (pk, key) in held or shown[pk, key]
        ]
        for pk in producer_ids
    }


def certificates_on(day: date) -> "QuerySet[Certificate]":
    """The certificates that have not expired on a day."""
    return Certificate.objects.exclude(expires_on__lt=day).order_by("pk")
