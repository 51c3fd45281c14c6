"""What the masthead of every page shows: where one is, where one may go, who one is."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from cagette.people import queries
from cagette.people.models import Organisation, User

LINKS = {
    "farm": (
        ("Aujourd’hui", "distribution:today"), ("Catalogue", "producers:catalogue"), ("Bons", "distribution:lists"),
        ("Profil", "producers:profile"),
    ),
    "coordinates": (
        ("Ventes", "cycles:planning"), ("Distributions", "distribution:day_list"), ("Courriers", "people:letters"),
    ),
    "hands_over": (("Distributions", "distribution:day_list"),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the masthead."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Masthead:
    """All that the masthead shows."""

    house: str = "Cagette"
    house_small: str = ""
    house_url: str = "/"
    drawing: str = "panier"
    tint: str = "earth"
    links: list[Link] = field(default_factory=list)
    person: str = ""
    person_url: str = ""


def masthead(request: HttpRequest) -> dict[str, Any]:
    """Lazy: a page that prints no masthead asks nothing; two queries at the most."""
    return {"masthead": SimpleLazyObject(lambda: _masthead(request))}


def _masthead(request: HttpRequest) -> Masthead:
    user = getattr(request, "user", None)
    organisation = _organisation_here(request)
    house = organisation.name if organisation else "Cagette"
    if not isinstance(user, User) and not (user and user.is_authenticated):
        links = [Link("Points de retrait", _url("cycles:points"))] if _url("cycles:points") else []
        return Masthead(house=house, links=links, person="Entrer", person_url=_url("account_login"))
    works = next((p.works for p in queries.places_of(user) if organisation and p.organisation == organisation), "")
    if not works and user.is_superuser and organisation:
        works = "farm" if request.path.startswith("/fermes/") else "coordinates"
    if works and organisation:
        links = [
            Link(label, _url(name, organisation.slug), _is_here(request, _url(name, organisation.slug)))
            for label, name in LINKS[works]
        ]
    else:
        own = [("Mes commandes", _url("baskets:orders")), ("Points de retrait", _url("cycles:points"))]
        links = [Link(label, url, request.path == url) for label, url in own if url]
    return Masthead(
        house=house,
        links=[link for link in links if link.url],
        person=user.get_short_name(),
        person_url=_url("people:me"),
    )


def _organisation_here(request: HttpRequest) -> Organisation | None:
    """The organisation in the address, if any."""
    match = request.resolver_match
    slug = next((match.kwargs[k] for k in ("group", "farm", "slug") if k in match.kwargs), None) if match else None
    if not slug or not request.path.startswith(("/groupes/", "/fermes/")):
        return None
    return Organisation.objects.filter(slug=slug).first()


def _is_here(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url.count("/") > 3 and request.path.startswith(url))


def _url(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
