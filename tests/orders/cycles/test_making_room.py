"""How many baskets a pickup holds: raised while orders come in, never below those that are expected."""

import pytest
from django.test import Client
from django.urls import reverse

from cagette.core.models import AuditEntry
from orders.baskets import placing, rules
from orders.cycles import making_room
from orders.cycles.models import PickupCounter, PickupSlot
from tests.factories import NOW, OfferFactory, PickupFactory, UserFactory, a_member, a_role, an_order, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    return OfferFactory()


@pytest.fixture
def pickup(offer):
    return PickupFactory(cycle=offer.participation.cycle, capacity=1)


def order(pickup, offer, **changed):
    return placing.place_order(**an_order(pickup, a_member(pickup.cycle.organisation), (offer, 1), **changed))


def set_room(pickup, capacity, **slots):
    return making_room.set_room(
        pickup_id=pickup.pk, capacity=capacity, slots=slots.get("slots", {}), by=UserFactory(), now=NOW
    )


def test_a_full_point_takes_another_basket_once_there_is_room_for_it(pickup, offer):
    order(pickup, offer)
    with pytest.raises(rules.PickupFull):
        order(pickup, offer)

    assert set_room(pickup, 2)
    assert not set_room(pickup, 2)  # the same form again

    assert order(pickup, offer).number == 2
    with pytest.raises(rules.PickupFull):
        order(pickup, offer)
    assert AuditEntry.objects.get(verb="cycles.room_set").detail["after"] == 2


def test_a_limit_can_be_taken_off(pickup, offer):
    assert set_room(pickup, None)

    assert [order(pickup, offer).number for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("room", [0, -1, 10_001])
def test_a_room_that_is_none_is_refused_in_words(pickup, room):
    with pytest.raises(making_room.RoomRefused, match="1 à 10 000"):
        set_room(pickup, room)
    assert PickupCounter.objects.get().capacity == 1


def test_nobody_who_has_ordered_is_put_out(pickup, offer):
    set_room(pickup, 3)
    order(pickup, offer)
    order(pickup, offer)

    with pytest.raises(making_room.RoomRefused, match="2 paniers y sont déjà attendus"):
        set_room(pickup, 1)

    assert fresh(pickup).capacity == 3


def test_each_slot_has_its_own_room(pickup, offer):
    slot = PickupSlot.objects.create(pickup=pickup, starts_at=pickup.starts_at, ends_at=pickup.ends_at, capacity=1)
    other = PickupSlot.objects.create(pickup=PickupFactory(), starts_at=pickup.starts_at, ends_at=pickup.ends_at)
    set_room(pickup, 3)
    order(pickup, offer, slot_id=slot.pk)
    with pytest.raises(rules.SlotFull):
        order(pickup, offer, slot_id=slot.pk)

    assert set_room(pickup, 3, slots={slot.pk: 2, other.pk: 7})

    order(pickup, offer, slot_id=slot.pk)
    assert (fresh(slot).taken, fresh(slot).capacity, fresh(other).capacity) == (2, 2, None)


@pytest.mark.parametrize(
    ("typed", "said"), [("-1", "supérieure ou égale"), ("NaN", "nombre entier"), ("1", "attendus")]
)
def test_what_is_typed_wrong_is_said_beside_the_field(pickup, offer, typed, said):
    set_room(pickup, 3)
    order(pickup, offer)
    order(pickup, offer)
    client = Client()
    client.force_login(a_role(UserFactory(), pickup.cycle.organisation))
    where = reverse("cycles:room", args=[pickup.cycle.organisation.slug, pickup.pk])

    answer = client.post(where, {"capacity": typed})

    assert said in answer.content.decode()
    assert PickupCounter.objects.get().capacity == 3
    assert client.post(where, {"capacity": ""}).status_code == 302
    assert PickupCounter.objects.get().capacity is None
