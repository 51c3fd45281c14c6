"""The audit trail: one line per deed, written in the transaction of the deed."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from cagette.core.models import AuditEntry

_WORDS: dict[str, str] = {}  # what people call each deed


def name_deed(verb: str, words: str) -> None:
    """Say what people call a deed; each app names its own."""
    _WORDS[verb] = words


def in_words(verb: str) -> str:
    """A deed as people call it; the verb itself where nobody named it."""
    return _WORDS.get(verb, verb)


def note(
    verb: str,
    *,
    subject: str,
    by: AbstractBaseUser | None,
    now: datetime,
    scope_id: int | None = None,
    **detail: object,
) -> None:
    """Write who did what. verb: "orders.placed"; subject: "order:12"; by: None for the software itself."""
    by_id = by.pk if by else None
    AuditEntry.objects.create(at=now, by_id=by_id, scope_id=scope_id, verb=verb, subject=subject, detail=detail)
