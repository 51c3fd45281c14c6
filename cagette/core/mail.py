"""Letters: written as rows in the transaction of the deed, handed to the mail server outside any."""

import hashlib
import logging
import re
import smtplib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F

from cagette.core import audit, clock
from cagette.core.integrity import Finding
from cagette.core.models import Attachment, Letter, new_message_id

log = logging.getLogger(__name__)

_BREAKS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
LEASE = timedelta(minutes=5)  # a sender that dies leaves its letter to the next one after this
ATTEMPTS_MAX = 12  # about two days
ROUND_SECONDS = 60.0  # well within a lease
KEY_MAX = 200


KINDS = {"account": "compte"}  # what people call each kind of letter


def name_kind(kind: str, words: str) -> None:
    """Say what people call a kind of letter; each app names its own."""
    KINDS[kind] = words


@dataclass(frozen=True, slots=True)
class File:
    """A file to go with a letter."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter to be written; `write_letter` says what its parts mean."""

    key: str
    kind: str
    to: str
    subject: str
    text: str
    html: str = ""
    scope_id: int | None = None
    for_scope_id: int | None = None
    reply_to: str = ""
    hidden: bool = False
    unsubscribe: str = ""

    def as_row(self, now: datetime) -> Letter:
        return Letter(
            key=fit_key(self.key), kind=self.kind, to=self.to, subject=_one_line(self.subject), text=self.text,
            html=self.html, scope_id=self.scope_id, for_scope_id=self.for_scope_id, reply_to=self.reply_to,
            hidden=self.hidden, unsubscribe=self.unsubscribe, message_id=new_message_id(), written_at=now, due_at=now,
        )  # fmt: skip


def fit_key(key: str) -> str:
    """A key within its column; a long one (an address may be) ends in its digest, so that two never fall together."""
    return key if len(key) <= KEY_MAX else f"{key[: KEY_MAX - 33]}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def write_letters(drafts: Sequence[Draft], *, now: datetime) -> None:
    """Write many letters in the caller's transaction, 500 a query; those whose key is there stay as they are."""
    rows = [draft.as_row(now) for draft in drafts]
    Letter.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def written(keys: Iterable[str]) -> set[str]:
    """Which of these keys have their letter already: one query."""
    fitted = {fit_key(key): key for key in keys}
    return {fitted[key] for key in Letter.objects.filter(key__in=fitted).values_list("key", flat=True)}


def write_letter(
    *,
    key: str,
    kind: str,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    html: str = "",
    scope_id: int | None = None,
    for_scope_id: int | None = None,
    reply_to: str = "",
    hidden: bool = False,
    unsubscribe: str = "",
    files: Sequence[File] = (),
) -> Letter:
    """Write a letter in the caller's transaction; the same key again returns the letter that is there, unchanged.

    scope_id: the organisation that writes; for_scope_id: the one written to, if any. Both see it in their log.
    unsubscribe: of a letter that many get, the address where one press stops the next (RFC 8058).
    """
    letter, created = Letter.objects.get_or_create(
        key=fit_key(key),
        defaults={
            "kind": kind, "to": to, "subject": _one_line(subject), "text": text, "html": html,
            "scope_id": scope_id, "for_scope_id": for_scope_id, "reply_to": reply_to, "hidden": hidden,
            "unsubscribe": unsubscribe, "message_id": new_message_id(), "written_at": now, "due_at": now,
        },
    )  # fmt: skip
    if created and files:
        Attachment.objects.bulk_create(
            [Attachment(letter=letter, name=file.name, mime=file.mime, content=file.content) for file in files]
        )
    return letter


def _one_line(subject: str) -> str:
    """A header ends at a line break; the spaces that do not break stay."""
    return _BREAKS.sub(" ", subject).strip()[:250]


@transaction.atomic
def resend(*, letter_id: int, key: UUID, by: AbstractBaseUser, now: datetime) -> Letter:
    """Send a copy of a letter: a row of its own. The same form key again changes nothing."""
    letter = Letter.objects.prefetch_related("attachments").get(pk=letter_id)
    copy = write_letter(
        key=f"copy:{letter.pk}:{key}", kind=letter.kind, to=letter.to, subject=letter.subject, text=letter.text,
        html=letter.html, scope_id=letter.scope_id, for_scope_id=letter.for_scope_id, reply_to=letter.reply_to,
        hidden=letter.hidden, unsubscribe=letter.unsubscribe, now=now,
        files=[File(a.name, a.mime, bytes(a.content)) for a in letter.attachments.all()],
    )  # fmt: skip
    if copy.copy_of_id is None:
        Letter.objects.filter(pk=copy.pk).update(copy_of=letter)
        audit.note("letter.resent", subject=f"letter:{letter.pk}", by=by, now=now, scope_id=letter.scope_id)
    return copy


def send_due(*, now: datetime) -> int:
    """Hand the due letters to the mail server, one by one, for a minute at most; returns how many left.

    A bad address holds up nobody. A server that does not serve ends the round: its letters wait as long as it takes.
    """
    sent, ends = 0, time.monotonic() + ROUND_SECONDS
    server = _server() if settings.MAIL_TRANSPORT != "keep" else None
    try:
        while time.monotonic() < ends and (letter := _claim(now)):
            try:
                if server:
                    _hand_over(letter, server)
            except Exception as error:
                log.warning("letter %s not sent: %s", letter.pk, error)
                _note_failure(letter, error, now)
                if _is_servers(error):
                    break
            else:
                Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=now, error="")
                sent += 1
    finally:
        if server:
            server.close()
    return sent


@transaction.atomic
def _claim(now: datetime) -> Letter | None:
    """Take the oldest due letter for the time of a lease, so that two senders do not send it at once."""
    due = Letter.objects.filter(state=Letter.State.WAITING, due_at__lte=now).order_by("due_at", "id")
    letter = due.select_for_update(skip_locked=True).first()
    if letter is None:
        return None
    Letter.objects.filter(pk=letter.pk).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    letter.attempts += 1
    return letter


def _server() -> BaseEmailBackend:
    transport = {
        "host": settings.MAIL["EMAIL_HOST"], "port": settings.MAIL["EMAIL_PORT"],
        "username": settings.MAIL["EMAIL_HOST_USER"], "password": settings.MAIL["EMAIL_HOST_PASSWORD"],
        "use_tls": settings.MAIL.get("EMAIL_USE_TLS", False), "use_ssl": settings.MAIL.get("EMAIL_USE_SSL", False),
    }  # fmt: skip
    backend = "django.core.mail.backends.smtp.EmailBackend"
    server: BaseEmailBackend = get_connection(backend, timeout=20, **transport)
    return server


def _hand_over(letter: Letter, server: BaseEmailBackend) -> None:
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.to],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        connection=server,
        headers={"Message-ID": letter.message_id, **_one_click(letter)},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for attachment in letter.attachments.all():
        message.attach(attachment.name, bytes(attachment.content), attachment.mime)
    try:
        server.open()  # one connection for the whole round
        message.send()
    except Exception:
        server.close()
        raise


def _one_click(letter: Letter) -> dict[str, str]:
    """What lets a mail program offer "unsubscribe" beside the subject; never on a letter about one's own order."""
    if not letter.unsubscribe:
        return {}
    return {"List-Unsubscribe": f"<{letter.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _is_servers(error: Exception) -> bool:
    """Whether the server is in trouble, rather than this letter."""
    theirs = smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError | smtplib.SMTPHeloError
    if isinstance(error, theirs | smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return True
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)


def _is_for_good(error: Exception) -> bool:
    """Whether trying again is of no use: an address that is refused for good (a 450 is "not now"), or is none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in error.recipients.values())
    return isinstance(error, ValueError)


def _note_failure(letter: Letter, error: Exception, now: datetime) -> None:
    if _is_servers(error):
        state, minutes = Letter.State.WAITING, min(15, 2**letter.attempts)
    else:
        failed = _is_for_good(error) or letter.attempts >= ATTEMPTS_MAX
        state, minutes = (Letter.State.FAILED if failed else Letter.State.WAITING), min(360, 2**letter.attempts)
    Letter.objects.filter(pk=letter.pk).update(
        state=state, due_at=now + timedelta(minutes=minutes), error=f"{type(error).__name__}: {error}"[:2000]
    )


def find_unsent(*, now: datetime) -> Iterator[Finding]:
    """Letters that wait are pending. One that failed for good is shown on its page; it is no sum that is wrong."""
    for letter in Letter.objects.exclude(state=Letter.State.SENT).order_by("id").iterator():
        yield Finding("pending", f"letter {letter.pk} {letter.kind}: {letter.state} {letter.error}".strip())


class LetterBackend(BaseEmailBackend):
    """Django's mail goes the way of all letters: Wagtail and allauth write rows too, with bodies hidden on
    their page."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        now = clock.now()
        alternatives: list[Any] = getattr(message, "alternatives", [])
        html = next((str(part[0]) for part in alternatives if part[1] == "text/html"), "")
        for recipient in message.recipients():
            write_letter(
                key=f"mail:{new_message_id()}", kind="account", to=recipient, subject=str(message.subject),
                text=str(message.body), html=html, reply_to=next(iter(message.reply_to), ""), hidden=True, now=now,
            )  # fmt: skip
