"""Rows that the machinery needs: news, letters, the audit trail, counters and heartbeats."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """News of a change, committed with it; the relay hands it to the handlers that subscribed."""

    name = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "key"], name="outbox_event_once")]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(delivered_at=None), name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class Letter(models.Model):
    """A mail as a row: handed to the mail server at least once, always with the same Message-ID."""

    class State(models.TextChoices):
        WAITING = "waiting", "à envoyer"
        SENT = "sent", "envoyé"
        FAILED = "failed", "en échec"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    scope_id = models.BigIntegerField(null=True, db_index=True, help_text="The organisation it concerns; opaque here.")
    for_scope_id = models.BigIntegerField(null=True, db_index=True, help_text="The organisation it is written to.")
    to = models.EmailField()
    reply_to = models.EmailField(blank=True, default="")
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    hidden = models.BooleanField(default=False, help_text="A log-in or reset letter: its body is for its reader alone.")
    unsubscribe = models.CharField(
        max_length=500, blank=True, default="", help_text="Of a letter that many get: where one press stops the next."
    )
    message_id = models.CharField(max_length=120, unique=True)
    copy_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="letter_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Attachment(models.Model):
    """A file that goes with a letter."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=80)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.name} of letter {self.letter_id}"


class AuditEntry(models.Model):
    """Who did what to which thing, when; append-only."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    scope_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "at"], name="audit_subject"),
            models.Index(fields=["scope_id", "at"], name="audit_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.verb} {self.subject}"


class Series(models.Model):
    """A counter that leaves no gap: the row is locked until its number is committed."""

    name = models.CharField(max_length=120, primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class Heartbeat(models.Model):
    """When a process last showed that it lives."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


def new_message_id() -> str:
    return f"<{uuid.uuid4()}@cagette>"


class LetterText(models.Model):
    """What a group says in its own words in a kind of letter: a subject, a paragraph before and one after."""

    scope_id = models.BigIntegerField(help_text="The organisation that writes; opaque here.")
    kind = models.CharField(max_length=60)
    subject = models.CharField("objet", max_length=150, blank=True, default="")
    before = models.TextField("au début", blank=True, default="")
    after = models.TextField("à la fin", blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope_id", "kind"], name="letter_text_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.scope_id}"
