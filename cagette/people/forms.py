"""Forms of the people app."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.http import HttpRequest

from cagette.core import clock
from cagette.people import joining
from cagette.people.models import User


class LoginForm(AllauthLoginForm):
    """Log in by e-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        self.fields["password"].label = "Mot de passe"
        self.fields["password"].help_text = ""  # the way to a forgotten one stands beside the button
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(AllauthSignupForm):
    """Sign up: the person, and the household that orders."""

    first_name = forms.CharField(label="Prénom", max_length=80)
    last_name = forms.CharField(label="Nom", max_length=80)
    phone = forms.CharField(
        label="Téléphone", max_length=30, required=False, help_text="Pour vous joindre le jour du retrait."
    )
    field_order = ["first_name", "last_name", "email", "phone", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        self.fields["password1"].label = "Mot de passe"
        self.fields["password1"].help_text = "Dix caractères au moins."
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def save(self, request: HttpRequest) -> User:
        """Make the account and its household together: the request is one transaction."""
        user: User = super().save(request)
        user.first_name, user.last_name = self.cleaned_data["first_name"], self.cleaned_data["last_name"]
        user.save(update_fields=["first_name", "last_name"])
        name = f"{user.last_name}, {user.first_name}"
        joining.found_household(user=user, name=name, phone=self.cleaned_data["phone"], now=clock.now())
        return user


class HouseholdForm(forms.Form):
    """A household's name and telephone."""

    name = forms.CharField(label="Nom du foyer", max_length=120, help_text="Par exemple : Mattei, Pauline.")
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return " ".join(name.split())


class SearchForm(forms.Form):
    """What to look for among letters."""

    q = forms.CharField(max_length=80, required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def values(self) -> "tuple[str, int]":
        self.full_clean()
        found: dict[str, Any] = getattr(self, "cleaned_data", {})
        return found.get("q") or "", found.get("page") or 1
