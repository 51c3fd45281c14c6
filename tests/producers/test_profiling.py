"""A farm says who it is."""

from dataclasses import replace

import pytest

from cagette.core.models import AuditEntry
from producers import profiling
from tests.factories import NOW, ProducerFactory, UserFactory, fresh

pytestmark = pytest.mark.django_db


def test_change_profile_writes_both_sides_and_notes_what_changed():
    producer = ProducerFactory()
    profile = replace(profiling.profile_of(producer), story="Deux hectares.", phone="04 95 00 00 01", drawing="miel")

    changed = profiling.change_profile(producer_id=producer.pk, profile=profile, by=UserFactory(), now=NOW)
    again = profiling.change_profile(producer_id=producer.pk, profile=profile, by=UserFactory(), now=NOW)

    assert (changed, again) == (True, False)
    assert (fresh(producer).story, fresh(producer).drawing, fresh(producer).tint) == ("Deux hectares.", "miel", "straw")
    assert fresh(producer.organisation).phone == "04 95 00 00 01"
    assert AuditEntry.objects.get().detail["phone"] == ["", "04 95 00 00 01"]


@pytest.mark.parametrize("changed", [{"name": " "}, {"vat_regime": "none"}, {"drawing": "tracteur"}])
def test_a_profile_that_does_not_hold_is_refused(changed):
    producer = ProducerFactory()

    with pytest.raises(profiling.ProfileRefused):
        profiling.change_profile(
            producer_id=producer.pk,
            profile=replace(profiling.profile_of(producer), **changed),
            by=UserFactory(),
            now=NOW,
        )

    assert not AuditEntry.objects.exists()
