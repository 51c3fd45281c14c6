"""Reading people and letters: one function a page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from cagette.core import letters, mail, wording
from cagette.core.links import masked
from cagette.core.models import Letter
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Household, Membership, Organisation, Role, User


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for among letters; empty is all."""

    text: str = ""
    kind: str = ""
    state: str = ""

    @property
    def query(self) -> str:
        """The same for the links to other pages."""
        given = {"q": self.text, "genre": self.kind, "etat": self.state}
        return "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value)


@dataclass(frozen=True, slots=True)
class LettersPage:
    """A page of the log of letters."""

    organisation: Organisation | None
    letters: "Page[Letter]"
    sought: Sought
    in_demo: bool


def letters_of(organisation: Organisation | None) -> "QuerySet[Letter]":
    """The letters that an organisation wrote or was written, or all."""
    letters = Letter.objects.defer("text", "html")
    if organisation is None:
        return letters
    return letters.filter(Q(scope_id=organisation.pk) | Q(for_scope_id=organisation.pk))


def letters_page(*, organisation: Organisation | None, sought: Sought, number: int, in_demo: bool) -> LettersPage:
    """Two queries: forty letters, latest first."""
    letters = letters_of(organisation)
    if sought.text:
        letters = letters.filter(Q(subject__icontains=sought.text) | Q(to__icontains=sought.text))
    if sought.kind:
        letters = letters.filter(kind=sought.kind)
    if sought.state:
        letters = letters.filter(state=sought.state)
    return LettersPage(organisation, Paginator(letters.order_by("-pk"), 40).get_page(number), sought, in_demo)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter, its body as this reader may see it."""

    organisation: Organisation | None
    letter: Letter
    text: str
    attachments: list[str]
    copies: int

    @property
    def may_resend(self) -> bool:
        """A code or a reset link would be stale; its owner asks for another."""
        return self.organisation is not None and not self.letter.hidden


def letter_page(*, organisation: Organisation | None, letter: Letter, in_demo: bool) -> LetterPage:
    """Two queries. Outside the local demo, log-in letters keep their body and every letter its signed links to
    themselves; the HTML is never shown."""
    if in_demo:
        text = letter.text
    elif letter.hidden:
        text = ""
    else:
        text = masked(letter.text)
    names = list(letter.attachments.order_by("pk").values_list("name", flat=True))
    return LetterPage(organisation, letter, text, names, letter.copies.count())


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A kind of letter in the list of those that a group may word."""

    kind: str
    name: str
    to: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class WordingsPage:
    """The letters that a group may word."""

    group: Organisation
    rows: list[WordingRow]


def wordings_page(group: Organisation) -> WordingsPage:
    """One query."""
    own = wording.worded(group.pk)
    rows = [WordingRow(kind, mail.KINDS[kind], letters.kind_of(kind).to, kind in own) for kind in wording.kinds()]
    return WordingsPage(group, rows)


@dataclass(frozen=True, slots=True)
class WordingPage:
    """The words of one kind of letter."""

    group: Organisation
    kind: str
    words: letters.Words

    @property
    def name(self) -> str:
        return mail.KINDS[self.kind]

    @property
    def to(self) -> str:
        return letters.kind_of(self.kind).to


def wording_page(group: Organisation, kind: str) -> WordingPage:
    """One query."""
    return WordingPage(group, kind, letters.words_of(group.pk, kind))


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a person has something to do: an organisation and the kind of work there."""

    organisation: Organisation
    works: str  # farm, coordinates or hands_over

    @property
    def start(self) -> str:
        """The name of the address where this work begins."""
        return {"farm": "distribution:today", "coordinates": "cycles:planning"}.get(self.works, "distribution:day_list")

    def __str__(self) -> str:
        """A Sporta, les ventes."""
        what = {"farm": "la ferme", "coordinates": "les ventes"}.get(self.works, "le retrait")
        return f"{self.organisation.name}, {what}"


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


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """A household: its people, the groups it belongs to, and those it left, which take it back."""

    household: Household | None
    people: list[User]
    memberships: list[Membership]
    left: list[Membership]


def household_page(user: User) -> HouseholdPage:
    """Two queries."""
    if user.household is None:
        return HouseholdPage(None, [], [], [])
    memberships = list(user.household.memberships.select_related("organisation").order_by("organisation__name", "pk"))
    return HouseholdPage(
        household=user.household,
        people=list(user.household.people.order_by("first_name", "pk")),
        memberships=[m for m in memberships if m.ended_on is None],
        left=[m for m in memberships if m.ended_on is not None],
    )
