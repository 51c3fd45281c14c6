"""Listing (référencement): a group invites a farm, the farm accepts, either ends it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.enums import OrganisationKind
from cagette.people.models import Organisation, User
from producers.enums import ListingState
from producers.models import Listing, Producer


class ListingRefused(Exception):
    """The farm was not listed. The message is fit for the person to read."""


@transaction.atomic
def invite_producer(*, group: Organisation, producer: Producer, by: User | None, now: datetime) -> Listing:
    """Invite a farm to sell in a group; again after it ended, too. An invited or listed farm stays as it is.

    Raises ListingRefused when the organisation runs no delivery points.
    """
    if group.kind == OrganisationKind.PRODUCER:
        raise ListingRefused(_("Une ferme ne référence pas une autre ferme."))
    listing, made = Listing.objects.get_or_create(organisation=group, producer=producer)
    if made or _move(listing.pk, source=ListingState.ENDED, to=ListingState.INVITED, accepted_at=None):
        _note("invited", listing, by=by, now=now)
    listing.refresh_from_db()
    return listing


@transaction.atomic
def accept_invitation(*, listing_id: int, by: User | None, now: datetime) -> bool:
    """The farm accepts: its catalogue is offered in the group's next sales. False when there was no invitation."""
    if not _move(listing_id, source=ListingState.INVITED, to=ListingState.ACCEPTED, accepted_at=now):
        return False
    _note("accepted", Listing.objects.get(pk=listing_id), by=by, now=now)
    return True


@transaction.atomic
def end_listing(*, listing_id: int, by: User | None, now: datetime) -> bool:
    """End an invitation or a listing; sales that are open go on. False when it had ended."""
    ended = any(
        _move(listing_id, source=source, to=ListingState.ENDED)
        for source in (ListingState.ACCEPTED, ListingState.INVITED)
    )
    if ended:
        _note("ended", Listing.objects.get(pk=listing_id), by=by, now=now)
    return ended


def _move(listing_id: int, *, source: ListingState, to: ListingState, **stamps: datetime | None) -> bool:
    return Listing.objects.filter(pk=listing_id, state=source).update(state=to, **stamps) == 1


def _note(verb: str, listing: Listing, *, by: User | None, now: datetime) -> None:
    audit.note(
        f"producers.listing_{verb}",
        subject=f"listing:{listing.pk}",
        by=by,
        now=now,
        scope_id=listing.organisation_id,
        producer_id=listing.producer_id,
    )
