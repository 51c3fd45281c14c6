"""A farm's profile: what it says of itself, how it is reached, and its VAT regime."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import Organisation, User
from cagette.places.enums import VatRegime
from producers.enums import DRAWINGS
from producers.locks import lock_producer
from producers.models import Producer


class ProfileRefused(Exception):
    """The profile was not written. The message is fit for the producer to read."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a farm says of itself."""

    name: str
    story: str
    email: str
    phone: str
    vat_regime: str
    drawing: str


def profile_of(producer: Producer) -> Profile:
    """What the farm says now."""
    farm = producer.organisation
    return Profile(
        name=farm.name,
        story=producer.story,
        email=farm.email,
        phone=farm.phone,
        vat_regime=producer.vat_regime,
        drawing=producer.drawing,
    )


@transaction.atomic
def change_profile(*, producer_id: int, profile: Profile, by: User, now: datetime) -> bool:
    """Write a farm's profile; False when nothing changes. A new VAT regime holds for lines placed from now on.

    Raises ProfileRefused for an empty name, or a regime or drawing that there is not.
    """
    if not profile.name.strip():
        raise ProfileRefused(_("Donnez un nom à la ferme."))
    if profile.vat_regime not in VatRegime.values or profile.drawing not in ("", *DRAWINGS):
        raise ProfileRefused(_("Choisissez dans la liste."))
    producer = lock_producer(producer_id)
    before = profile_of(producer)
    if before == profile:
        return False
    Organisation.objects.filter(pk=producer.organisation_id).update(
        name=profile.name, email=profile.email, phone=profile.phone
    )
    tint = DRAWINGS[profile.drawing][1] if profile.drawing else ""
    Producer.objects.filter(pk=producer.pk).update(
        story=profile.story,
        vat_regime=profile.vat_regime,
        drawing=profile.drawing,
        tint=producer.tint if profile.drawing == producer.drawing else tint,
    )
    changed = {key: [old, asdict(profile)[key]] for key, old in asdict(before).items() if old != asdict(profile)[key]}
    audit.note(
        "producers.profile_changed",
        subject=f"producer:{producer.pk}",
        by=by,
        now=now,
        scope_id=producer.organisation_id,
        **changed,
    )
    return True
