"""A person's start, their household, and the log of letters."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, mail
from cagette.people import joining, queries
from cagette.people.forms import HouseholdForm, SearchForm
from cagette.people.models import Organisation
from cagette.people.rules import PersonRequest, may_read_letters, organisation_for

START = {"farm": "distribution:today", "coordinates": "cycles:planning", "hands_over": "distribution:day_list"}


@login_required
@require_GET
def me(request: PersonRequest) -> HttpResponse:
    """Land where there is something to do; with several places, choose."""
    places = queries.places_of(request.user)
    if len(places) == 1 and request.user.household_id is None:
        return redirect(START[places[0].works], places[0].organisation.slug)
    if not places and not request.user.is_superuser:
        return redirect("baskets:orders" if request.user.household_id else "people:household")
    choices = [(place, START[place.works]) for place in places]
    return render(request, "people/me.html", {"choices": choices})


@login_required
@require_http_methods(["GET", "POST"])
def household(request: PersonRequest) -> HttpResponse:
    """The household: its name, its telephone, its groups."""
    mine = request.user.household
    initial = {"name": mine.name, "phone": mine.phone} if mine else {"name": _name_of(request)}
    form = HouseholdForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        joining.name_household(
            user=request.user, name=form.cleaned_data["name"], phone=form.cleaned_data["phone"], now=clock.now()
        )
        messages.success(request, _("C’est enregistré."))
        return redirect("baskets:orders" if mine is None else "people:household")
    groups = queries.memberships_of(mine.pk) if mine else []
    return render(request, "people/household.html", {"form": form, "household": mine, "memberships": groups})


def _name_of(request: PersonRequest) -> str:
    user = request.user
    return f"{user.last_name}, {user.first_name}" if user.last_name else ""


def _may_see_all(request: HttpRequest) -> bool:
    return bool(settings.DEMO or getattr(request.user, "is_superuser", False))


@require_GET
def all_letters(request: HttpRequest) -> HttpResponse:
    """All letters: for the installation's keeper, and in the local demo for anyone (log-in codes are read here)."""
    if not _may_see_all(request):
        if not request.user.is_authenticated:
            return redirect(f"{settings.LOGIN_REDIRECT_URL}")
        raise PermissionDenied
    search, number = SearchForm(request.GET).values()
    page = queries.letters_page(organisation=None, search=search, number=number)
    return render(request, "people/letters.html", {"page": page})


@require_GET
def any_letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter of all."""
    if not _may_see_all(request):
        if not request.user.is_authenticated:
            return redirect(f"{settings.LOGIN_REDIRECT_URL}")
        raise PermissionDenied
    letter = get_object_or_404(queries.letters_of(None), pk=letter_id)
    page = queries.letter_page(organisation=None, letter=letter, in_demo=settings.DEMO)
    return render(request, "people/letter.html", {"page": page})


def _organisation(request: PersonRequest, slug: str) -> Organisation:
    return organisation_for(request.user, slug, may_read_letters)


@login_required
@require_GET
def letters(request: PersonRequest, slug: str) -> HttpResponse:
    """The letters of an organisation."""
    organisation = _organisation(request, slug)
    search, number = SearchForm(request.GET).values()
    page = queries.letters_page(organisation=organisation, search=search, number=number)
    return render(request, "people/letters.html", {"page": page})


@login_required
@require_GET
def letter(request: PersonRequest, slug: str, letter_id: int) -> HttpResponse:
    """One letter of an organisation, with its resend button."""
    organisation = _organisation(request, slug)
    found = get_object_or_404(queries.letters_of(organisation), pk=letter_id)
    page = queries.letter_page(organisation=organisation, letter=found, in_demo=settings.DEMO)
    return render(request, "people/letter.html", {"page": page, "key": uuid4()})


@login_required
@require_POST
def resend(request: PersonRequest, slug: str, letter_id: int) -> HttpResponse:
    """Send a copy of a letter; the same form twice sends one."""
    organisation = _organisation(request, slug)
    found = get_object_or_404(queries.letters_of(organisation), pk=letter_id)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        messages.error(request, _("Le formulaire est incomplet : rechargez la page."))
        return redirect("people:letter", slug, letter_id)
    copy = mail.resend(letter_id=found.pk, key=key, by=request.user, now=clock.now())
    messages.success(request, _("Une copie part vers %(address)s.") % {"address": copy.to})
    return redirect("people:letter", slug, copy.pk)
