"""What a group decides once for its sales to come: rules and fees. A sale keeps those that it was planned with."""

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.core.money import AMOUNT_MAX, PERMYRIAD, Money
from cagette.people.models import Organisation, User
from cagette.places.enums import VatClass
from orders.cycles.enums import CaseRule, FeeKind, MinimumRule, Rationing
from orders.cycles.models import Cycle, Fee, FeeTerms, GroupFee, GroupSettings

FEES_MAX = 20


class DecisionRefused(Exception):
    """Nothing was written. The message is fit for the coordinator to read."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a sale."""

    order_minimum: Money = field(default_factory=Money)
    minimum_rule: str = MinimumRule.COME.value
    case_rule: str = CaseRule.CUT.value
    allows_notes: bool = False
    shows_names: bool = True


def asdict_of(rules: Rules) -> dict[str, Any]:
    """Rules as the columns of a row (Money stays Money)."""
    return {item.name: getattr(rules, item.name) for item in fields(rules)}


def rules_of(group: Organisation) -> Rules:
    """A group's rules for sales to come: one query."""
    settings = GroupSettings.objects.filter(organisation=group).first()
    return _rules(settings) if settings else Rules()


def rationing_of(group: Organisation) -> str:
    """Whom a group proposes to shorten: one query."""
    settings = GroupSettings.objects.filter(organisation=group).first()
    return settings.rationing if settings else Rationing.LAST_COME.value


def rules_of_cycle(cycle: Cycle) -> Rules:
    """The rules that a cycle was planned with."""
    return _rules(cycle)


def _rules(row: GroupSettings | Cycle) -> Rules:
    return Rules(**{item.name: getattr(row, item.name) for item in fields(Rules)})


@transaction.atomic
def decide_rules(*, group: Organisation, rules: Rules, rationing: str, by: User, now: datetime) -> bool:
    """Write a group's rules; sales that are planned keep theirs. False when nothing changes. Raises DecisionRefused."""
    check_rules(rules)
    if rationing not in Rationing.values:
        raise DecisionRefused(_("Choisissez dans la liste."))
    settings, _made = GroupSettings.objects.select_for_update(no_key=True).get_or_create(organisation=group)
    before = (_rules(settings), settings.rationing)
    if before == (rules, rationing):
        return False
    GroupSettings.objects.filter(pk=settings.pk).update(**asdict_of(rules), rationing=rationing)
    audit.note("cycles.rules_decided", subject=f"organisation:{group.pk}", by=by, now=now, scope_id=group.pk)
    return True


def check_rules(rules: Rules) -> None:
    """Raises DecisionRefused for a minimum below zero or beyond measure, or a rule that there is not."""
    if not 0 <= rules.order_minimum.cents <= AMOUNT_MAX:
        raise DecisionRefused(_("Un minimum par commande va de zéro à 100 000 €."))
    if rules.minimum_rule not in MinimumRule.values or rules.case_rule not in CaseRule.values:
        raise DecisionRefused(_("Choisissez dans la liste."))


@dataclass(frozen=True, slots=True)
class Terms:
    """A fee as it is typed: a rate in hundredths of a per cent, or an amount VAT included, by its kind."""

    name: str
    kind: str
    permyriad: int = 0
    amount: Money = field(default_factory=Money)
    earner: str = ""
    vat_class: str = VatClass.STANDARD.value


@transaction.atomic
def add_fee(*, group: Organisation, terms: Terms, by: User, now: datetime) -> GroupFee:
    """Add a fee to a group's sales to come. The same again returns the fee that is there. Raises DecisionRefused."""
    check_terms(terms)
    Organisation.objects.select_for_update(no_key=True).get(pk=group.pk)
    current = GroupFee.objects.filter(organisation=group, ended_at=None)
    values = {item.name: getattr(terms, item.name) for item in fields(terms)}
    if same := current.filter(**values).first():
        return same
    if current.count() >= FEES_MAX:
        raise DecisionRefused(_("Vingt frais, c’est déjà beaucoup : terminez-en un d’abord."))
    fee = GroupFee.objects.create(organisation=group, **values)
    audit.note("cycles.fee_added", subject=f"fee:{fee.pk}", by=by, now=now, scope_id=group.pk, name=terms.name)
    return fee


@transaction.atomic
def end_fee(*, fee_id: int, by: User, now: datetime) -> bool:
    """End a fee: sales that are planned keep it. False when it had ended."""
    ended = GroupFee.objects.filter(pk=fee_id, ended_at=None).update(ended_at=now) == 1
    if ended:
        fee = GroupFee.objects.get(pk=fee_id)
        audit.note("cycles.fee_ended", subject=f"fee:{fee_id}", by=by, now=now, scope_id=fee.organisation_id)
    return ended


def check_terms(terms: Terms) -> None:
    """Raises DecisionRefused for a fee without a name, of no kind, of nothing or beyond measure."""
    if not terms.name.strip() or len(terms.name) > 80 or len(terms.earner) > 120:
        raise DecisionRefused(_("Donnez au frais un nom de 80 caractères au plus."))
    if terms.kind not in FeeKind.values or terms.vat_class not in VatClass.values:
        raise DecisionRefused(_("Choisissez dans la liste."))
    if terms.kind in (FeeKind.PERCENT_LINE, FeeKind.PERCENT_ORDER):
        if not 0 < terms.permyriad <= PERMYRIAD or terms.amount:
            raise DecisionRefused(_("Donnez un pourcentage au-dessus de 0, jusqu’à 100, et pas de montant."))
    elif not 0 < terms.amount.cents <= AMOUNT_MAX or terms.permyriad:
        raise DecisionRefused(_("Donnez un montant au-dessus de zéro, et pas de pourcentage."))


def fees_of(group: Organisation) -> tuple[Terms, ...]:
    """The fees of a group's sales to come: one query."""
    return terms_of(GroupFee.objects.filter(organisation=group, ended_at=None).order_by("pk"))


def terms_of(fees: Iterable[FeeTerms]) -> tuple[Terms, ...]:
    """Fees as they were typed."""
    return tuple(Terms(**{item.name: getattr(fee, item.name) for item in fields(Terms)}) for fee in fees)


@dataclass(frozen=True, slots=True)
class FeeChoice:
    """A fee that a sale may have: its own, or one of the group's that it may take. key: the same however the list
    changes meanwhile, so that a tick never falls on another fee."""

    terms: Terms
    is_taken: bool
    key: str


def fee_choices(group: Organisation, cycle: Cycle | None) -> list[FeeChoice]:
    """The fees to choose from for a sale: the group's, all taken, or the cycle's and then the group's others; one query
    or two."""
    own = list(terms_of(cycle.fees.order_by("pk"))) if cycle else []
    has = {_identity(terms) for terms in own}
    others = [terms for terms in fees_of(group) if cycle is None or _identity(terms) not in has]
    found: list[FeeChoice] = []
    times: Counter[tuple[str, ...]] = Counter()
    for terms, is_taken in [*((t, True) for t in own), *((t, cycle is None) for t in others)]:
        same = _identity(terms)
        times[same] += 1
        found.append(FeeChoice(terms, is_taken, f"{zlib.crc32('|'.join(same).encode()):08x}_{times[same]}"))
    return found


def _identity(terms: Terms) -> tuple[str, ...]:
    return terms.name, str(terms.kind), terms.earner, str(terms.vat_class)


def write_fees(cycle: Cycle, fees: Iterable[Terms]) -> None:
    """Give a cycle that is planned its fees: one query."""
    Fee.objects.bulk_create([Fee(cycle=cycle, **{i.name: getattr(t, i.name) for i in fields(Terms)}) for t in fees])
