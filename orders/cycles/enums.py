"""States of a sale and the moves between them; what a group decides of its sales."""

from typing import ClassVar

from django.db import models


class SaleState(models.TextChoices):
    """A participation's state. None means "a worker is busy"."""

    PLANNED = "planned", "prévue"
    OPEN = "open", "ouverte"
    CLOSED = "closed", "close"
    DECLINED = "declined", "ne vient pas"
    CANCELLED = "cancelled", "annulée"

    SOURCES: ClassVar[dict[str, tuple[str, ...]]]


# a close that is moved later opens again; a farm may change its mind until the opening
SaleState.SOURCES = {
    "open": ("planned", "closed"),
    "closed": ("open",),
    "declined": ("planned",),
    "planned": ("declined",),
    "cancelled": ("planned", "open", "closed", "declined"),
}


class Answer(models.TextChoices):
    """What a farm says to an invitation."""

    WAITING = "waiting", "pas encore répondu"
    COMES = "comes", "vient"
    DECLINES = "declines", "pas cette fois"


class MinimumRule(models.TextChoices):
    """What becomes of a farm below its minimum at the close."""

    COME = "come", "la ferme vient quand même"
    CANCEL = "cancel", "ses lignes sont annulées"


class CaseRule(models.TextChoices):
    """What becomes of a case that tolerance does not fill."""

    CUT = "cut", "les dernières lignes sont réduites"
    GROUP_TAKES = "group_takes", "le groupe prend le reste"


class Rationing(models.TextChoices):
    """Whom to shorten when there is less than was ordered."""

    LAST_COME = "last_come", "les dernières commandes d’abord"
    PRO_RATA = "pro_rata", "chacun en proportion"


class Outcome(models.TextChoices):
    """How a farm's minimum was settled at the close."""

    NONE = "", "rien à régler"
    MET = "met", "minimum atteint"
    CAME = "came", "vient sous son minimum"
    CANCELLED = "cancelled", "lignes annulées, minimum non atteint"


class FeeKind(models.TextChoices):
    """The kinds of fees (ruling 7)."""

    PERCENT_LINE = "percent_line", "% de chaque ligne"
    FIXED_LINE = "fixed_line", "€ par ligne"
    PERCENT_ORDER = "percent_order", "% de la commande"
    FIXED_ORDER = "fixed_order", "€ par commande"
    FIXED_HOUSEHOLD = "fixed_household", "€ par foyer et par vente"


class Recurrence(models.TextChoices):
    """How often a template's sale comes back."""

    NONE = "none", "à la demande"
    WEEKLY = "weekly", "chaque semaine"
    FORTNIGHTLY = "fortnightly", "une semaine sur deux"
    MONTHLY = "monthly", "chaque mois"
