"""Letters about listings: to the farm that is asked or told, to the coordinators of the group that it answers."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cagette.core import letters
from cagette.people.enums import RoleKind
from cagette.people.models import Organisation, User
from producers.models import Listing

# what happened: whom the letter goes to, its subject, what it says (the templates add terms and link)
SAID = {
    "invited": (
        "farm", "%(group)s vous invite à vendre chez eux",
        "%(group)s aimerait vendre vos produits. Lisez ses conditions, puis acceptez ou refusez.",
    ),
    "terms_changed": (
        "farm", "%(group)s : nouvelles conditions",
        "%(group)s a changé ses conditions. Vous continuez à vendre ; relisez-les, et dites si elles vous vont.",
    ),
    "ended": (
        "farm", "%(group)s ne référence plus votre ferme",
        "%(group)s met fin à votre référencement. Les ventes déjà ouvertes vont à leur terme.",
    ),
    "accepted": (
        "group", "%(farm)s accepte votre invitation",
        "%(farm)s accepte vos conditions : vous pouvez l’inviter à vos prochaines ventes.",
    ),
    "agreed": ("group", "%(farm)s accepte vos nouvelles conditions", "%(farm)s a lu et accepté vos conditions."),
    "refused": (
        "group", "%(farm)s ne souhaite pas vendre chez vous",
        "%(farm)s refuse votre invitation. Vous pourrez l’inviter à nouveau, avec d’autres conditions.",
    ),
    "ended_by_farm": (
        "group", "%(farm)s ne vend plus chez vous",
        "%(farm)s met fin à son référencement. Les ventes déjà ouvertes vont à leur terme.",
    ),
}  # fmt: skip
WITH_TERMS = ("invited", "terms_changed")


def tell_move(*, now: datetime, listing_id: int, what: str, at: str) -> None:
    """Tell the other side what became of a listing. Twice writes one letter; terms are told as they are now."""
    listing = Listing.objects.select_related("organisation", "producer__organisation").get(pk=listing_id)
    group, farm = listing.organisation, listing.producer.organisation
    side, subject, text = SAID[what]
    names = {"group": group.name, "farm": farm.name}
    to_farm = side == "farm"
    route, slugs = ("farm_group", [farm.slug, group.slug]) if to_farm else ("group_farm", [group.slug, farm.slug])
    context = {
        "listing": listing if what in WITH_TERMS else None,
        "heading": _(subject) % names,
        "said": _(text) % names,
        "link": settings.BASE_URL + reverse(f"producers:{route}", args=slugs),
        "sender": group if to_farm else farm,
    }
    sender, reader = (group, farm) if to_farm else (farm, group)
    letters.write(
        "listing", author=sender, to=farm_addresses(farm) if to_farm else group_addresses(group),
        key=f"listing:{listing.pk}:{what}:{at}", subject=context["heading"], template="producers/letters/listing",
        context=context, now=now, for_scope_id=reader.pk,
    )  # fmt: skip


def farm_addresses(farm: Organisation) -> list[str]:
    """A farm's own address, else its people's."""
    return [farm.email] if farm.email else _people(farm, *RoleKind)


def group_addresses(group: Organisation) -> list[str]:
    """Where letters to those who run a group go: its coordinators, else its own address."""
    return _people(group, RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR) or [group.email] * bool(group.email)


def _people(organisation: Organisation, *kinds: RoleKind) -> list[str]:
    people = User.objects.filter(roles__organisation=organisation, roles__kind__in=kinds, is_active=True)
    return list(people.order_by("email").values_list("email", flat=True).distinct())
