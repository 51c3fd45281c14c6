"""A group invites a farm, the farm accepts, either ends it."""

import pytest

from cagette.core.models import AuditEntry
from producers import listing
from producers.enums import ListingState
from producers.models import Listing
from tests.factories import NOW, OrganisationFactory, ProducerFactory, fresh

pytestmark = pytest.mark.django_db


def test_invite_and_accept_once_each():
    group, producer = OrganisationFactory(), ProducerFactory()

    invited = listing.invite_producer(group=group, producer=producer, by=None, now=NOW)
    again = listing.invite_producer(group=group, producer=producer, by=None, now=NOW)

    assert invited == again
    assert invited.state == ListingState.INVITED
    assert listing.accept_invitation(listing_id=invited.pk, by=None, now=NOW) is True
    assert listing.accept_invitation(listing_id=invited.pk, by=None, now=NOW) is False
    assert (fresh(invited).state, fresh(invited).accepted_at) == (ListingState.ACCEPTED, NOW)
    assert AuditEntry.objects.count() == 2


def test_an_accepted_farm_that_is_invited_again_stays_accepted():
    group, producer = OrganisationFactory(), ProducerFactory()
    row = Listing.objects.create(organisation=group, producer=producer, state=ListingState.ACCEPTED, accepted_at=NOW)

    assert listing.invite_producer(group=group, producer=producer, by=None, now=NOW).state == ListingState.ACCEPTED
    assert fresh(row).accepted_at == NOW


def test_a_listing_that_ended_begins_with_an_invitation_again():
    group, producer = OrganisationFactory(), ProducerFactory()
    row = Listing.objects.create(organisation=group, producer=producer, state=ListingState.ACCEPTED, accepted_at=NOW)

    assert listing.end_listing(listing_id=row.pk, by=None, now=NOW) is True
    assert listing.end_listing(listing_id=row.pk, by=None, now=NOW) is False
    assert listing.accept_invitation(listing_id=row.pk, by=None, now=NOW) is False
    assert listing.invite_producer(group=group, producer=producer, by=None, now=NOW).state == ListingState.INVITED
    assert fresh(row).accepted_at is None


def test_a_farm_does_not_list_a_farm():
    producer = ProducerFactory()

    with pytest.raises(listing.ListingRefused):
        listing.invite_producer(group=producer.organisation, producer=ProducerFactory(), by=None, now=NOW)

    assert not Listing.objects.exists()
