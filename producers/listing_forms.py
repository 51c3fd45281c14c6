"""Forms of listings and certificates: what is typed becomes clean values; nothing is saved here."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.money import Money, MoneyUnreadable, read_money
from producers.certifying import Proof
from producers.enums import LABELS, UNCERTIFIED
from producers.forms import RefusableForm
from producers.listed import ListedRow
from producers.listing import TERMS_MAX, Choice
from producers.models import Listing

_MARKUP = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?", re.ASCII)


class TermsForm(RefusableForm):
    """What a group asks of a farm: its terms in words, its margin typed as 12,5."""

    terms = forms.CharField(
        label="Conditions",
        required=False,
        max_length=TERMS_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Ce qui vous engage tous deux : livraison, paiement, invendus. La ferme les accepte telles quelles.",
    )
    markup = forms.CharField(
        label="Marge du groupe, en %",
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Elle s’ajoute au prix de la ferme, qui reçoit son prix entier. Vide : aucune.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    def clean_markup(self) -> int:
        """The margin in hundredths of a per cent."""
        text = re.sub(r"[\s%]", "", self.cleaned_data["markup"])
        if not text:
            return 0
        found = _MARKUP.fullmatch(text)
        if not found:
            raise forms.ValidationError(_("Écrivez un pourcentage, par exemple 12,5."))
        return int(found.group(1)) * 100 + int((found.group(2) or "").ljust(2, "0"))


def terms_of(listing: Listing, seen: str) -> dict[str, Any]:
    """What the form of terms shows at first."""
    whole, rest = divmod(listing.markup_permyriad, 100)
    shown = f"{whole}" + (f",{rest:02d}".rstrip("0") if rest else "")
    return {"terms": listing.terms, "markup": shown if listing.markup_permyriad else "", "seen": seen}


class SelectionForm(RefusableForm):
    """A tick and a price per product, by hundreds: read from the rows that the page showed, not from a field each."""

    picks = forms.BooleanField(
        label="Je choisis produit par produit",
        required=False,
        help_text="Sinon, ce que la ferme ajoute à son catalogue est vendu aussi.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    def __init__(self, data: QueryDict | None = None, *, rows: list[ListedRow], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.typed = data or QueryDict()
        self.rows = rows
        self.wrong: dict[int, str] = {}
        self.choices: dict[int, Choice] = {}

    def clean(self) -> dict[str, Any]:
        """Adds `choices` by product, for the rows that the form showed."""
        ticked, shown = set(self.typed.getlist("pick")), set(self.typed.getlist("row"))
        for row in self.rows:
            key = str(row.product.pk)
            if key in shown:
                self.choices[row.product.pk] = Choice(key in ticked, self._own_price(row))
        if self.wrong:
            raise forms.ValidationError(_("Rien n’est enregistré : corrigez les prix marqués."))
        return self.cleaned_data

    def _own_price(self, row: ListedRow) -> Money | None:
        text = self.typed.get(f"price_{row.product.pk}", "").strip()[:40]
        if not text:
            return None
        try:
            return read_money(text)
        except MoneyUnreadable as unreadable:
            self.wrong[row.product.pk] = str(unreadable)
            return None

    def refuse(self, refusal: Exception) -> None:
        """A price that is too low is said beside its product."""
        product_id = getattr(refusal, "product_id", None)
        if product_id is not None:
            self.wrong[product_id] = str(refusal)
        super().refuse(refusal)

    def lines(self) -> list[dict[str, Any]]:
        """The rows as the page prints them, with what was typed."""
        return [
            {
                "row": row,
                "is_picked": str(row.product.pk) in self.typed.getlist("pick") if self.is_bound else row.is_picked,
                "typed": self.typed.get(f"price_{row.product.pk}", "") if self.is_bound else _typed(row),
                "error": self.wrong.get(row.product.pk, ""),
            }
            for row in self.rows
        ]


def _typed(row: ListedRow) -> str:
    return row.own_price.comma if row.own_price is not None else ""


class CertificateForm(RefusableForm):
    """Who vouches for a label."""

    label = forms.ChoiceField(
        label="Label", choices=[(key, name) for key, name in LABELS.items() if key not in UNCERTIFIED]
    )
    certifier = forms.CharField(
        label="Certificateur", max_length=80, help_text="Son nom ou son code, par exemple FR-BIO-01."
    )
    number = forms.CharField(label="Numéro du certificat", max_length=60, required=False)
    expires_on = forms.DateField(
        label="Valable jusqu’au", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def proof(self) -> Proof:
        """The clean certificate."""
        data = self.cleaned_data
        return Proof(data["certifier"], data["number"], data["expires_on"])
