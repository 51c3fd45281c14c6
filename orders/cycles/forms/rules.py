"""The rules of sales and their fees, a group's or one sale's."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cagette.core.money import AMOUNT_MAX, MoneyUnreadable, read_money
from cagette.places.enums import VatClass
from orders.cycles.deciding import Rules, Terms
from orders.cycles.enums import CaseRule, FeeKind, MinimumRule, Rationing
from orders.cycles.forms.fields import AmountField, RateUnreadable, read_rate, write_rate

PERCENTS = (FeeKind.PERCENT_LINE, FeeKind.PERCENT_ORDER)


class RulesFields(forms.Form):
    """The rules of a sale."""

    order_minimum = AmountField(
        label="Minimum par commande (€)", help_text="Produits TTC, sans les frais. Laissez vide s’il n’y en a pas."
    )
    minimum_rule = forms.ChoiceField(label="Une ferme reste sous son minimum", choices=MinimumRule.choices)
    case_rule = forms.ChoiceField(label="Un colis reste incomplet", choices=CaseRule.choices)
    allows_notes = forms.BooleanField(label="Les foyers peuvent laisser une remarque", required=False)
    shows_names = forms.BooleanField(
        label="Les bons nomment les foyers", required=False, help_text="Sinon, la ferme ne lit que des numéros."
    )

    def rules(self) -> Rules:
        """What was typed, once the form is valid."""
        names = ("order_minimum", "minimum_rule", "case_rule", "allows_notes", "shows_names")
        return Rules(**{name: self.cleaned_data[name] for name in names})


def rules_typed(rules: Rules) -> dict[str, Any]:
    """Rules as the fields show them."""
    return {
        "order_minimum": rules.order_minimum.comma if rules.order_minimum else "",
        "minimum_rule": rules.minimum_rule,
        "case_rule": rules.case_rule,
        "allows_notes": rules.allows_notes,
        "shows_names": rules.shows_names,
    }


class SettingsForm(RulesFields):
    """What a group decides of its sales to come."""

    rationing = forms.ChoiceField(
        label="La récolte ne suffit pas",
        choices=Rationing.choices,
        help_text="Qui est raccourci dans la proposition que vous recevez ; vous décidez à chaque fois.",
    )


def value_typed(terms: Terms) -> str:
    """A fee's rate or amount as a field shows it: 5,5 or 0,50."""
    return write_rate(terms.permyriad) if terms.kind in PERCENTS else terms.amount.comma


def with_value(terms: Terms, text: str) -> Terms:
    """The same fee with the rate or amount that was typed. Raises ValidationError."""
    try:
        if terms.kind in PERCENTS:
            found = replace(terms, permyriad=read_rate(text))
        else:
            found = replace(terms, amount=read_money(text))
    except (MoneyUnreadable, RateUnreadable) as unreadable:
        raise forms.ValidationError(str(unreadable)) from None
    if not found.permyriad and not found.amount:
        raise forms.ValidationError(_("Un frais de zéro n’est pas un frais : laissez-le de côté."))
    if found.amount.cents > AMOUNT_MAX:
        raise forms.ValidationError(_("Ce montant est trop grand."))
    return found


class FeeForm(forms.Form):
    """A fee: its kind, then a percentage or an amount, as the kind has it."""

    name = forms.CharField(label="Nom", max_length=80, help_text="Comme les foyers le liront : « Participation ».")
    kind = forms.ChoiceField(label="Calcul", choices=FeeKind.choices, initial=FeeKind.PERCENT_ORDER)
    value = forms.CharField(
        label="Taux ou montant",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="5,5 pour un pourcentage ; 0,50 pour un montant TTC.",
    )
    earner = forms.CharField(
        label="Au profit de", max_length=120, required=False, help_text="Laissez vide : le groupe."
    )
    vat_class = forms.ChoiceField(label="TVA", choices=VatClass.choices, initial=VatClass.STANDARD)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            bare = Terms(
                " ".join(cleaned["name"].split()), cleaned["kind"], earner=" ".join(cleaned["earner"].split()),
                vat_class=cleaned["vat_class"],
            )  # fmt: skip
            try:
                cleaned["terms"] = with_value(bare, cleaned["value"])
            except forms.ValidationError as wrong:
                self.add_error("value", wrong)
        return cleaned
