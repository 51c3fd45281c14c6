"""Reading people and letters: one function a page."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from cagette.core.links import masked
from cagette.core.models import Letter
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Membership, Organisation, Role, User


@dataclass(frozen=True, slots=True)
class LettersPage:
    """A page of the log of letters."""

    organisation: Organisation | None
    letters: "Page[Letter]"
    search: str


def letters_of(organisation: Organisation | None) -> "QuerySet[Letter]":
    """The letters that concern an organisation, or all."""
    letters = Letter.objects.all() if organisation is None else Letter.objects.filter(scope_id=organisation.pk)
    return letters.defer("text", "html")


def letters_page(*, organisation: Organisation | None, search: str, number: int) -> LettersPage:
    """Two queries: forty letters, latest first."""
    letters = letters_of(organisation)
    if search:
        letters = letters.filter(Q(subject__icontains=search) | Q(to__icontains=search) | Q(kind__icontains=search))
    return LettersPage(organisation, Paginator(letters.order_by("-pk"), 40).get_page(number), search)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter, its body as this reader may see it."""

    organisation: Organisation | None
    letter: Letter
    text: str
    attachments: list[str]
    copies: int


def letter_page(*, organisation: Organisation | None, letter: Letter, in_demo: bool) -> LetterPage:
    """Outside the local demo, log-in letters keep their body and every letter its signed links to themselves."""
    if in_demo:
        text = letter.text
    elif letter.hidden:
        text = ""
    else:
        text = masked(letter.text)
    names = list(letter.attachments.order_by("pk").values_list("name", flat=True))
    return LetterPage(organisation, letter, text, names, letter.copies.count())


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a person has something to do: an organisation and the kind of work there."""

    organisation: Organisation
    works: str  # farm, coordinates or hands_over


def places_of(user: User) -> list[Place]:
    """Where a person works: one query."""
    roles = Role.objects.filter(user=user).select_related("organisation").order_by("organisation__name", "pk")
    found: dict[tuple[int, str], Place] = {}
    for role in roles:
        works = _works(role)
        found.setdefault((role.organisation_id, works), Place(role.organisation, works))
    coordinated = {place.organisation.pk for place in found.values() if place.works == "coordinates"}
    return [p for p in found.values() if p.works != "hands_over" or p.organisation.pk not in coordinated]


def _works(role: Role) -> str:
    if role.organisation.kind == OrganisationKind.PRODUCER:
        return "farm"
    return "coordinates" if role.kind in (RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR) else "hands_over"


def memberships_of(household_id: int) -> list[Membership]:
    """The groups that a household belongs to."""
    mine = Membership.objects.filter(household_id=household_id, ended_on=None)
    return list(mine.select_related("organisation").order_by("organisation__name"))
