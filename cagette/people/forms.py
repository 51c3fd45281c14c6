"""Forms of the people app."""

from typing import Any

from allauth.account import forms as theirs
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from cagette.core import clock, letters, mail, wording
from cagette.core.models import Letter
from cagette.core.words import listed
from cagette.people import joining
from cagette.people.models import User
from cagette.people.queries import Sought

TEN = "Dix caractères au moins."


class _Plain:
    """One of allauth's forms in our words: no placeholders, no lists of rules, no links in a hint."""

    words: dict[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                field.label, field.help_text = self.words[name]


class LoginForm(_Plain, theirs.LoginForm):
    """Log in by e-mail and password."""

    words = {"login": ("E-mail", ""), "password": ("Mot de passe", ""), "remember": ("Rester connecté·e", "")}


class RequestLoginCodeForm(_Plain, theirs.RequestLoginCodeForm):
    """Ask for a code instead of a password."""

    words = {"email": ("E-mail", "")}


class ConfirmLoginCodeForm(_Plain, theirs.ConfirmLoginCodeForm):
    """The code that was sent."""

    words = {"code": ("Code reçu", "")}


class ResetPasswordForm(_Plain, theirs.ResetPasswordForm):
    """Ask for a link to choose another password."""

    words = {"email": ("E-mail", "")}


class ResetPasswordKeyForm(_Plain, theirs.ResetPasswordKeyForm):
    """Choose another password, come by the link."""

    words = {"password1": ("Nouveau mot de passe", TEN), "password2": ("Le même, encore une fois", "")}


class ChangePasswordForm(_Plain, theirs.ChangePasswordForm):
    """Change the password."""

    words = {"oldpassword": ("Mot de passe actuel", ""), **ResetPasswordKeyForm.words}


class SetPasswordForm(_Plain, theirs.SetPasswordForm):
    """Choose a first password."""

    words = ResetPasswordKeyForm.words


class AddEmailForm(_Plain, theirs.AddEmailForm):
    """Change the e-mail address."""

    words = {"email": ("Nouvelle adresse", "Elle servira une fois confirmée par un lien.")}


class ReauthenticateForm(_Plain, theirs.ReauthenticateForm):
    """Give the password again before something grave."""

    words = {"password": ("Mot de passe", "")}


class SignupForm(_Plain, theirs.SignupForm):
    """Sign up: the person, and the household that orders."""

    words = {"email": ("E-mail", ""), "password1": ("Mot de passe", TEN)}

    first_name = forms.CharField(label="Prénom", max_length=80)
    last_name = forms.CharField(label="Nom", max_length=80)
    household = forms.CharField(
        label="Nom du foyer", max_length=120, required=False, help_text="Pour votre panier. Sinon : vos nom et prénom."
    )
    phone = forms.CharField(
        label="Téléphone", max_length=30, required=False, help_text="Pour vous joindre le jour du retrait."
    )
    field_order = ["first_name", "last_name", "email", "password1", "household", "phone"]

    def try_save(self, request: HttpRequest) -> Any:
        """As allauth does; of the same form sent twice at once the later one is led to the log-in page."""
        try:
            return super().try_save(request)
        except IntegrityError:
            return None, redirect("account_login")

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Make the account and its household together."""
        user: User = super().save(request)
        name = " ".join(self.cleaned_data["household"].split()) or f"{user.last_name}, {user.first_name}"
        joining.found_household(user=user, name=name[:120], phone=self.cleaned_data["phone"], now=clock.now())
        return user


class HouseholdForm(forms.Form):
    """A household's name and telephone."""

    name = forms.CharField(label="Nom du foyer", max_length=120, help_text="Par exemple : Mattei, Pauline.")
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return " ".join(name.split())


class LettersForm(forms.Form):
    """What to look for among letters; whatever is not understood is not looked for."""

    q = forms.CharField(label="Adresse ou objet", max_length=80, required=False)
    etat = forms.ChoiceField(label="État", choices=[("", "Tous les états"), *Letter.State.choices], required=False)
    genre = forms.ChoiceField(label="Genre", required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(mail.KINDS.items(), key=lambda kind: kind[1])
        self.fields["genre"].choices = [("", "Tous les genres"), *kinds]  # type: ignore[attr-defined]

    def sought(self) -> tuple[Sought, int]:
        """What to look for, and the number of the page."""
        self.full_clean()
        found = self.cleaned_data
        sought = Sought(text=found.get("q") or "", kind=found.get("genre") or "", state=found.get("etat") or "")
        return sought, found.get("page") or 1


class WordsForm(forms.Form):
    """What a group says in its own words in a kind of letter; empty fields are ours."""

    subject = forms.CharField(label="Objet", max_length=150, required=False)
    before = forms.CharField(
        label="Au début", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Un mot de vous, sous le titre. Du texte simple, avec ses retours à la ligne.",
    )  # fmt: skip
    after = forms.CharField(label="À la fin", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        known = listed([f"{{{name}}}" for name in letters.names_of(kind)])
        self.fields["subject"].help_text = f"Vide : celui d’origine. Vous pouvez écrire {known}, partout."

    def _clean_words(self, name: str) -> str:
        text: str = self.cleaned_data[name].replace("\r\n", "\n").strip()
        try:
            wording.check_words(self.kind, text)
        except wording.WordsRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return text

    def clean_subject(self) -> str:
        return self._clean_words("subject")

    def clean_before(self) -> str:
        return self._clean_words("before")

    def clean_after(self) -> str:
        return self._clean_words("after")

    def words(self) -> letters.Words:
        """The words of a valid form."""
        return letters.Words(**self.cleaned_data)


class KeyForm(forms.Form):
    """The key that makes a form sent twice one deed."""

    key = forms.UUIDField()
