"""A person's start, their household, and the log of letters."""

from dataclasses import asdict
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cagette.core import clock, mail
from cagette.core import wording as core_wording
from cagette.core.letters import Words
from cagette.people import joining, queries
from cagette.people.enums import OrganisationKind
from cagette.people.forms import HouseholdForm, KeyForm, LettersForm, WordsForm
from cagette.people.models import Membership, Organisation
from cagette.people.rules import PersonRequest, may_plan, may_read_letters, organisation_for


@login_required
@require_GET
def me(request: PersonRequest) -> HttpResponse:
    """Land where there is something to do; with several places, choose."""
    places = queries.places_of(request.user)
    if len(places) == 1 and request.user.household_id is None:
        return redirect(places[0].start, places[0].organisation.slug)
    if not places and not request.user.is_superuser:
        return redirect("baskets:orders" if request.user.household_id else "people:household")
    return render(request, "people/me.html", {"places": places})


@login_required
@require_http_methods(["GET", "POST"])
def household(request: PersonRequest) -> HttpResponse:
    """The household: its name, its telephone, its people and its groups."""
    mine = request.user.household
    initial = {"name": mine.name, "phone": mine.phone} if mine else {"name": _name_of(request)}
    form = HouseholdForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        joining.name_household(
            user=request.user, name=form.cleaned_data["name"], phone=form.cleaned_data["phone"], now=clock.now()
        )
        messages.success(request, _("C’est enregistré."))
        return redirect("baskets:orders" if mine is None else "people:household")
    page = queries.household_page(request.user)
    return render(request, "people/household.html", {"form": form, "page": page})


def _name_of(request: PersonRequest) -> str:
    user = request.user
    return f"{user.last_name}, {user.first_name}" if user.last_name else ""


@login_required
@require_POST
def leave(request: PersonRequest, slug: str) -> HttpResponse:
    """Leave a group; its page takes one back."""
    mine = _membership(request, slug)
    joining.leave_group(
        household_id=mine.household_id, organisation_id=mine.organisation_id, by=request.user, now=clock.now()
    )
    messages.success(request, _("Vous avez quitté %(group)s. Vos commandes en cours restent.") % _named(mine))
    return redirect("people:household")


@login_required
@require_POST
def rejoin(request: PersonRequest, slug: str) -> HttpResponse:
    """Come back to a group that one left."""
    mine = _membership(request, slug)
    joining.join_group(
        household_id=mine.household_id, organisation_id=mine.organisation_id, by=request.user, now=clock.now()
    )
    messages.success(request, _("Vous êtes de nouveau de %(group)s.") % _named(mine))
    return redirect("people:household")


def _membership(request: PersonRequest, slug: str) -> Membership:
    mine = Membership.objects.select_related("organisation").filter(household_id=request.user.household_id or 0)
    return get_object_or_404(mine, organisation__slug=slug)


def _named(membership: Membership) -> dict[str, str]:
    return {"group": membership.organisation.name}


@require_GET
def all_letters(request: HttpRequest) -> HttpResponse:
    """All letters: for the installation's keeper, and in the local demo for anyone (log-in codes are read here)."""
    return _refused(request) or _letters(request, None)


@require_GET
def any_letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter of all."""
    return _refused(request) or _letter(request, None, letter_id)


def _refused(request: HttpRequest) -> HttpResponse | None:
    if settings.DEMO or getattr(request.user, "is_superuser", False):
        return None
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.get_full_path())


@login_required
@require_GET
def letters(request: PersonRequest, slug: str) -> HttpResponse:
    """The letters of an organisation."""
    return _letters(request, organisation_for(request.user, slug, may_read_letters))


@login_required
@require_GET
def letter(request: PersonRequest, slug: str, letter_id: int) -> HttpResponse:
    """One letter of an organisation, with its resend button."""
    return _letter(request, organisation_for(request.user, slug, may_read_letters), letter_id)


@login_required
@require_POST
def resend(request: PersonRequest, slug: str, letter_id: int) -> HttpResponse:
    """Send a copy of a letter; the same form twice sends one."""
    organisation = organisation_for(request.user, slug, may_read_letters)
    found = get_object_or_404(queries.letters_of(organisation), pk=letter_id, hidden=False)
    place = "people:farm_letter" if organisation.kind == OrganisationKind.PRODUCER else "people:letter"
    form = KeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Le formulaire est incomplet : rechargez la page."))
        return redirect(place, slug, letter_id)
    copy = mail.resend(letter_id=found.pk, key=form.cleaned_data["key"], by=request.user, now=clock.now())
    messages.success(request, _("Une copie part vers %(address)s.") % {"address": copy.to})
    return redirect(place, slug, copy.pk)


@login_required
@require_GET
def wordings(request: PersonRequest, slug: str) -> HttpResponse:
    """The letters that a group may say in its own words."""
    group = organisation_for(request.user, slug, may_plan)
    return render(request, "people/wordings.html", {"page": queries.wordings_page(group)})


@login_required
@require_http_methods(["GET", "POST"])
def wording(request: PersonRequest, slug: str, kind: str) -> HttpResponse:
    """The words of one kind of letter: kept, tried on oneself, or taken back to ours."""
    group = organisation_for(request.user, slug, may_plan)
    page = queries.wording_page(group, _kind(kind))
    form = WordsForm(request.POST if request.method == "POST" else None, kind=kind, initial=asdict(page.words))
    if request.method == "POST" and "revenir" in request.POST:
        core_wording.change_words(scope_id=group.pk, kind=kind, words=Words(), by=request.user, now=clock.now())
        messages.success(request, _("Cette lettre a de nouveau son texte d’origine."))
        return redirect("people:wording", slug, kind)
    if request.method == "POST" and form.is_valid():
        return _keep_or_try(request, group, kind, form)
    context = {"page": page, "form": form, "key": uuid4()}
    return render(request, "people/wording.html", context)


def _keep_or_try(request: PersonRequest, group: Organisation, kind: str, form: WordsForm) -> HttpResponse:
    if "essai" in request.POST:
        key, sent = KeyForm(request.POST), ""
        if key.is_valid():
            sent = _("Un essai part vers %(address)s. Rien n’est enregistré.") % {"address": request.user.email}
            core_wording.send_trial(
                kind, author=group, words=form.words(), to=request.user.email, key=str(key.cleaned_data["key"]),
                now=clock.now(),
            )  # fmt: skip
        page = queries.wording_page(group, kind)
        return render(request, "people/wording.html", {"page": page, "form": form, "key": uuid4(), "sent": sent})
    core_wording.change_words(scope_id=group.pk, kind=kind, words=form.words(), by=request.user, now=clock.now())
    messages.success(request, _("C’est enregistré : les prochaines lettres le diront."))
    return redirect("people:wording", group.slug, kind)


@login_required
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, slug: str, kind: str) -> HttpResponse:
    """What the letter would look like, as kept or, posted, as typed so far: shown in a frame, nothing kept or sent."""
    group = organisation_for(request.user, slug, may_plan)
    words = queries.wording_page(group, _kind(kind)).words
    form = WordsForm(request.POST, kind=kind)
    refusal = ""
    if request.method == "POST":
        if form.is_valid():
            words = form.words()
        else:
            refusal = str(next(iter(form.errors.values()))[0])
    letter = core_wording.sample_of(kind, author=group, words=words, now=clock.now())
    response = HttpResponse(escape(refusal) if refusal else core_wording.as_page(letter))
    response["X-Frame-Options"] = "SAMEORIGIN"
    # letters carry their style in themselves; what people typed is escaped
    response._csp_update = {"style-src": ["'unsafe-inline'"]}  # type: ignore[attr-defined]
    return response


def _kind(kind: str) -> str:
    if kind not in core_wording.kinds():
        raise Http404
    return kind


def _letters(request: HttpRequest, organisation: Organisation | None) -> HttpResponse:
    form = LettersForm(request.GET)
    sought, number = form.sought()
    page = queries.letters_page(organisation=organisation, sought=sought, number=number, in_demo=settings.DEMO)
    return render(request, "people/letters.html", {"page": page, "form": form})


def _letter(request: HttpRequest, organisation: Organisation | None, letter_id: int) -> HttpResponse:
    found = get_object_or_404(queries.letters_of(organisation).defer(None).defer("html"), pk=letter_id)
    page = queries.letter_page(organisation=organisation, letter=found, in_demo=settings.DEMO)
    return render(request, "people/letter.html", {"page": page, "key": uuid4()})
