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
        ("Aujourd’hui", "distribution:today"), ("Récoltes", "distribution:harvest"),
        ("Catalogue", "producers:catalogue"), ("Bons", "distribution:lists"), ("Groupes", "producers:farm_groups"),
        ("Courriers", "people:farm_letters"), ("Profil", "producers:profile"),
    ),
    "coordinates": (
        ("Ventes", "cycles:planning"), ("Fermes", "producers:group_farms"), ("Distributions", "distribution:day_list"),
        ("Courriers", "people:letters"), ("Modèles", "cycles:templates"), ("Réglages", "cycles:settings"),
    ),
    "hands_over": (("Distributions", "distribution:day_list"),),
}  # fmt: skip
OWN = (("Mes commandes", "baskets:orders"), ("Points de retrait", "cycles:points"))
OPEN_TO_ALL = (("Points de retrait", "cycles:points"),)


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
    switch: list[Link] = field(default_factory=list)  # for people with several roles


def masthead(request: HttpRequest) -> dict[str, Any]:
    """Lazy: a page that prints no masthead asks nothing; else the organisation in the address, if any, is one query
    and the roles of a person who is logged in another."""
    return {"masthead": SimpleLazyObject(lambda: _masthead(request))}


def _masthead(request: HttpRequest) -> Masthead:
    organisation = _organisation_here(request)
    house = organisation.name if organisation else "Cagette"
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        links = _links(request, OPEN_TO_ALL)
        return Masthead(house=house, links=links, person="Entrer", person_url=_url("account_login"))
    places = queries.places_of(user)
    works = next((place.works for place in places if organisation and place.organisation == organisation), "")
    if organisation and not works and user.is_superuser:
        works = "farm" if request.path.startswith("/fermes/") else "coordinates"
    links = _links(request, LINKS[works], organisation.slug) if works and organisation else _links(request, OWN)
    return Masthead(
        house=house,
        house_url=links[0].url if works and links else "/",
        links=links,
        person=user.get_short_name(),
        person_url=_url("people:me"),
        switch=_switch(request, user, places),
    )


def _switch(request: HttpRequest, user: User, places: list[queries.Place]) -> list[Link]:
    """Where else a person works; nothing for those with one thing to do."""
    ways = [(str(place), _url(place.start, place.organisation.slug)) for place in places]
    if user.household_id:
        ways.append(("Mes commandes", _url("baskets:orders")))
    if len(ways) < 2:
        return []
    return [Link(label, url, request.path == url) for label, url in [*ways, ("Mon espace", _url("people:me"))] if url]


def _organisation_here(request: HttpRequest) -> Organisation | None:
    """The organisation in the address, if any."""
    match = request.resolver_match
    slug = next((match.kwargs[k] for k in ("group", "farm", "slug") if k in match.kwargs), None) if match else None
    if not slug or not request.path.startswith(("/groupes/", "/fermes/")):
        return None
    return Organisation.objects.filter(slug=slug).first()


def _links(request: HttpRequest, named: tuple[tuple[str, str], ...], *arguments: str) -> list[Link]:
    """The links whose addresses exist, the one of this page marked."""
    found = [(label, _url(name, *arguments)) for label, name in named]
    return [Link(label, url, _is_here(request, url)) for label, url in found if url]


def _is_here(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url.count("/") > 3 and request.path.startswith(url))


def _url(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
