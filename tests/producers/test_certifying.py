"""A farm says who vouches for its labels; what is missing or has expired is said to it and to its groups."""

from datetime import date

import pytest

from cagette.core.models import AuditEntry
from producers import certifying, labels
from producers.certifying import Proof
from producers.models import Certificate
from tests.factories import NOW, ProducerFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)
BIO = Proof("FR-BIO-01", "2B-17", date(2027, 3, 31))


def written(producer, proof=BIO, label="ab"):
    return certifying.write_certificate(producer_id=producer.pk, label=label, proof=proof, by=UserFactory(), now=NOW)


def states(producer, on=TODAY):
    return [(label.in_words, label.is_wrong) for label in labels.labels_of([producer.pk], on=on)[producer.pk]]


def test_a_certificate_is_written_once_changed_and_removed_once():
    producer = ProducerFactory()

    assert [written(producer) for _ in range(2)] == [True, False]
    assert written(producer, Proof("FR-BIO-10")) is True
    held = Certificate.objects.get()
    assert (held.label, held.certifier, held.number, held.expires_on) == ("ab", "FR-BIO-10", "", None)
    removed = [
        certifying.remove_certificate(producer_id=producer.pk, label="ab", by=UserFactory(), now=NOW) for _ in range(2)
    ]

    assert removed == [Proof("FR-BIO-10"), None]
    assert not Certificate.objects.exists()
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize(("label", "proof"), [("bio", BIO), ("ab", Proof(" "))])
def test_an_unknown_label_and_nobody_who_certifies_are_refused(label, proof):
    with pytest.raises(certifying.CertificateRefused):
        written(ProducerFactory(), proof, label)

    assert not Certificate.objects.exists()


def test_a_label_that_products_show_needs_a_certificate_that_holds():
    producer = ProducerFactory()
    ProductFactory(producer=producer, labels=["ab", "fermier"])
    ProductFactory(producer=producer, labels=["ab"])
    ProductFactory(producer=producer, labels=["hve"], is_active=False)

    assert states(producer) == [
        ("AB : pas de certificat", True),
        ("Fermier : dit par la ferme, sans certificateur", False),
    ]
    written(producer)
    assert states(producer)[0] == ("AB : valable jusqu’au 31\u00a0mars 2027", False)
    assert states(producer, date(2027, 3, 31))[0][1] is False  # its last day
    assert states(producer, date(2027, 4, 1))[0] == ("AB : certificat expiré le 31\u00a0mars 2027", True)


def test_an_expired_certificate_of_a_label_that_nothing_shows_warns_nobody():
    producer = ProducerFactory()
    written(producer, Proof("FR-BIO-01", expires_on=date(2026, 1, 1)))

    assert states(producer) == [("AB : certificat expiré le 1er\u00a0janvier 2026", False)]
