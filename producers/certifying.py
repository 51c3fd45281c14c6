"""Certifying: a farm says who vouches for its labels, under which number, until when."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from producers import locks
from producers.enums import LABELS
from producers.models import Certificate, Producer


class CertificateRefused(Exception):
    """The certificate was not written. The message is fit for the farm to read; `field` names what it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Proof:
    """Who vouches ("FR-BIO-01"), the certificate's number, and the last day that it holds (None: no end)."""

    certifier: str
    number: str = ""
    expires_on: date | None = None


@transaction.atomic
def write_certificate(*, producer_id: int, label: str, proof: Proof, by: User, now: datetime) -> bool:
    """Write the certificate of one label of a farm, in place of the one it had. False when it says so already.

    One that has expired may be written: the pages say so. Raises CertificateRefused.
    """
    if label not in LABELS:
        raise CertificateRefused(_("Choisissez un label dans la liste."), field="label")
    if not proof.certifier.strip():
        raise CertificateRefused(_("Dites qui certifie, par exemple FR-BIO-01."), field="certifier")
    producer = locks.lock_producer(producer_id)
    known = Certificate.objects.filter(producer=producer, label=label).first()
    before = proof_of(known) if known else None
    if before == proof:
        return False
    Certificate.objects.update_or_create(
        producer=producer,
        label=label,
        defaults={"certifier": proof.certifier, "number": proof.number, "expires_on": proof.expires_on},
    )
    _note("written", producer, label, by=by, now=now, proof=[_plain(before), _plain(proof)])
    return True


@transaction.atomic
def remove_certificate(*, producer_id: int, label: str, by: User, now: datetime) -> Proof | None:
    """Take a certificate away; what it said, so that it may be written again. None when there was none (twice, too)."""
    producer = locks.lock_producer(producer_id)
    known = Certificate.objects.filter(producer=producer, label=label).first()
    if known is None:
        return None
    proof = proof_of(known)
    known.delete()
    _note("removed", producer, label, by=by, now=now, proof=[_plain(proof), None])
    return proof


def proof_of(certificate: Certificate) -> Proof:
    """What a certificate says."""
    return Proof(certificate.certifier, certificate.number, certificate.expires_on)


def _plain(proof: Proof | None) -> list[str] | None:
    if proof is None:
        return None
    return [proof.certifier, proof.number, proof.expires_on.isoformat() if proof.expires_on else ""]


def _note(verb: str, producer: Producer, label: str, *, by: User, now: datetime, **detail: object) -> None:
    audit.note(
        f"producers.certificate_{verb}", subject=f"producer:{producer.pk}", by=by, now=now,
        scope_id=producer.organisation_id, label=label, **detail,
    )  # fmt: skip
