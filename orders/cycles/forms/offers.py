"""An offer as a farm corrects it."""

from django import forms

from cagette.core.money import Money, MoneyUnreadable, read_money


class OfferForm(forms.Form):
    """An offer's price, typed as 3,40, and whether it is on sale."""

    price = forms.CharField(label="Prix", max_length=40)
    seen = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)
    is_available = forms.BooleanField(label="en vente", required=False)

    def clean_price(self) -> Money:
        try:
            return read_money(self.cleaned_data["price"])
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from unreadable
