"""What a sale's coordinator has to decide, by when: the first thing on the page of a cycle."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from cagette.core import words
from cagette.core.money import Money
from distribution.models import DueVersion
from orders.baskets.models import Shortage
from orders.cycles.enums import Answer, CaseRule, MinimumRule, SaleState
from orders.cycles.models import Cycle, Offer, Participation, Pickup


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to decide: what, until when, and what the page offers to do. subject: its row's key."""

    kind: str
    text: str
    subject: int
    by: datetime | None = None
    detail: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class CaseFill:
    """A product by the case: how much is wanted, and what is missing to a whole case."""

    offer: Offer
    wanted: int
    tolerance: int

    @property
    def size(self) -> int:
        return self.offer.product.case_size or 1

    @property
    def missing(self) -> int:
        return -self.wanted % self.size

    @property
    def in_words(self) -> str:
        """il manque 8 kg pour un colis de 12 kg."""
        product = self.offer.product
        return f"il manque {product.in_words(self.missing)} pour un colis de {product.in_words(self.size)}"

    @property
    def cases(self) -> int:
        return self.wanted // self.size

    @property
    def is_whole(self) -> bool:
        return self.missing == 0

    @property
    def is_tolerated(self) -> bool:
        """What households would take more fills the case."""
        return 0 < self.missing <= self.tolerance


def cases_of(cycle: Cycle) -> list[CaseFill]:
    """The products by the case of a cycle's open participations that somebody wants: one query."""
    active = Q(lines__cancelled_at=None)
    offers: Any = Offer.objects.filter(
        participation__cycle=cycle, participation__state=SaleState.OPEN, product__case_size__isnull=False
    )
    sums = offers.annotate(
        wanted=Coalesce(Sum("lines__count", filter=active), 0),
        tolerance=Coalesce(Sum("lines__tolerance", filter=active), 0),
    )
    rows = sums.filter(wanted__gt=0).select_related("product", "participation__producer__organisation")
    return [CaseFill(offer, offer.wanted, offer.tolerance) for offer in rows.order_by("product__name", "pk")]


def shortages_of(cycle: Cycle) -> list[Shortage]:
    """What is short in a cycle and waits for a decision: one query."""
    rows = Shortage.objects.filter(participation__cycle=cycle, settled_at=None, stock__short__gt=0)
    return list(rows.select_related("stock__product", "participation__producer__organisation").order_by("pk"))


def versions_of(cycle: Cycle) -> dict[int, DueVersion]:
    """The versions that wait for five quiet minutes, by participation: one query."""
    return {due.participation_id: due for due in DueVersion.objects.filter(participation__cycle=cycle)}


def about_farms(cycle: Cycle, amounts: "list[tuple[Participation, Money]]", *, now: datetime) -> Iterator[Decision]:
    """Who was not invited, has not answered, is below its minimum. amounts: each participation and what it sells."""
    planned = [part for part, _amount in amounts if part.state == SaleState.PLANNED]
    uninvited = [part for part in planned if part.invited_at is None]
    if uninvited:
        names = words.listed([part.producer.organisation.name for part in uninvited])
        yield Decision("invite", f"{names} : à inviter", cycle.pk, cycle.opens_at, urgent=_soon(cycle.opens_at, now))
    silent = [part for part in planned if part.invited_at and part.answer == Answer.WAITING]
    if silent:
        names = words.listed([part.producer.organisation.name for part in silent])
        text = f"{names} n’{'ont' if len(silent) > 1 else 'a'} pas encore répondu"
        detail = "Sans réponse, leurs produits entrent dans la vente."
        yield Decision("answer", text, cycle.pk, cycle.opens_at, detail, _soon(cycle.opens_at, now))
    for part, amount in amounts:
        if part.state == SaleState.OPEN and amount < part.minimum:
            yield _below(cycle, part, amount, now)


def _below(cycle: Cycle, part: Participation, amount: Money, now: datetime) -> Decision:
    rule = (
        "Sinon, ses lignes seront annulées et les foyers prévenus."
        if cycle.minimum_rule == MinimumRule.CANCEL
        else "Sinon, elle vient quand même."
    )
    missing = part.minimum - amount
    text = f"{part.producer.organisation.name} : il manque {missing} pour son minimum de {part.minimum}"
    return Decision("minimum", text, part.pk, part.closes_at, rule, _soon(part.closes_at, now))


def about_cases(cycle: Cycle, cases: list[CaseFill], *, now: datetime) -> Iterator[Decision]:
    """Cases that neither orders nor tolerance fill yet."""
    for case in cases:
        if case.is_whole or case.is_tolerated:
            continue
        closes_at = case.offer.participation.closes_at
        rule = (
            "Sinon, le groupe prend le reste."
            if cycle.case_rule == CaseRule.GROUP_TAKES
            else "Sinon, les dernières lignes seront réduites et les foyers prévenus."
        )
        text = f"{case.offer.product.name} : {case.in_words}"
        yield Decision("case", text, case.offer.pk, closes_at, rule, _soon(closes_at, now))


def about_shortages(shortages: list[Shortage]) -> Iterator[Decision]:
    """Harvests below what was ordered."""
    for shortage in shortages:
        product = shortage.stock.product
        missing = product.in_words(min(shortage.missing, shortage.stock.short))
        farm = shortage.participation.producer.organisation.name
        yield Decision("shortage", f"{product.name} ({farm}) : il manque {missing}", shortage.pk, urgent=True)


def about_pickups(pickups: "list[tuple[Pickup, int]]") -> Iterator[Decision]:
    """Points that are full, or nearly: nine baskets in ten."""
    for pickup, baskets in pickups:
        if pickup.capacity and baskets * 10 >= pickup.capacity * 9:
            full = "complet" if baskets >= pickup.capacity else "presque complet"
            text = f"{pickup.point.name} : {full}, {baskets} paniers sur {pickup.capacity}"
            yield Decision("capacity", text, pickup.pk)


def _soon(when: datetime, now: datetime) -> bool:
    return words.is_soon(when, now)
