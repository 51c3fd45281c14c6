"""Calling off a whole sale, or one farm of it: lines, stock and places go back, everybody is told once why."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.baskets.cutting import Cut, apply_cuts
from orders.baskets.enums import CancelReason
from orders.baskets.locks import some_handed_over
from orders.baskets.models import OrderLine, Shortage
from orders.cycles import moving, rescheduling
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Participation

REASON_MAX = 200


class CallingOffRefused(Exception):
    """Nothing was called off. The message is fit for the coordinator to read."""


@transaction.atomic
def cancel_sale(*, cycle_id: int, reason: str, by: User, now: datetime) -> bool:
    """Call a sale off, planned, open or closed: every line is cancelled, stock and places go back, and no farm comes.

    Households read the reason in one letter per order. A farm that was invited, or that sells and has not closed, is
    told that the sale does not take place; one that has closed gets the next version of its list, which says that there
    is nothing to prepare. A sale that was called off does not come back; it can be planned again like another. Twice:
    False, and nothing changes. Raises CallingOffRefused.
    """
    why = _reason(reason)
    held = rescheduling.hold([cycle_id])[cycle_id]
    if held.cycle.cancelled_at is not None:
        return False
    _check_there(held.cycle)
    _call_off(held.cycle, held.parts, CancelReason.SALE, why, by=by, now=now)
    held.cycle.cancelled_at, held.cycle.cancel_reason = now, why
    held.cycle.save(update_fields=["cancelled_at", "cancel_reason"])
    subject = f"cycle:{cycle_id}"
    audit.note("cycles.cancelled", subject=subject, by=by, now=now, scope_id=held.cycle.organisation_id, why=why)
    return True


@transaction.atomic
def cancel_farm(*, participation_id: int, reason: str, by: User, now: datetime) -> bool:
    """A farm comes no more: the same for its lines alone; the sale goes on with the others. Twice: False. Raises
    CallingOffRefused."""
    why = _reason(reason)
    cycle_id = Participation.objects.values_list("cycle_id", flat=True).get(pk=participation_id)
    held = rescheduling.hold([cycle_id])[cycle_id]
    [part] = [part for part in held.parts if part.pk == participation_id]
    if part.state == SaleState.CANCELLED:
        return False
    if not held.begun:
        raise CallingOffRefused(_("La vente n’a pas ouvert : retirez plutôt cette ferme de son plan."))
    _check_there(held.cycle)
    _call_off(held.cycle, [part], CancelReason.FARM, why, by=by, now=now)
    audit.note(
        "cycles.farm_cancelled", subject=f"cycle:{cycle_id}", by=by, now=now, scope_id=held.cycle.organisation_id,
        why=why, farm=part.producer.organisation.name,
    )  # fmt: skip
    return True


def _reason(reason: str) -> str:
    why = " ".join(reason.split())
    if not why:
        raise CallingOffRefused(_("Dites pourquoi : les foyers et les fermes le liront."))
    if len(why) > REASON_MAX:
        raise CallingOffRefused(_("C’est trop long : 200 caractères au plus."))
    return why


def _check_there(cycle: Cycle) -> None:
    if some_handed_over(cycle.pk):
        raise CallingOffRefused(_("Des paniers sont déjà remis : corrigez plutôt les commandes qui restent."))


def _call_off(
    cycle: Cycle, parts: list[Participation], reason: CancelReason, why: str, *, by: User, now: datetime
) -> None:
    lines = OrderLine.objects.active().filter(offer__participation__in=parts).select_related("offer__product")
    cuts = [Cut(line, 0) for line in lines.order_by("pk")]
    apply_cuts(cuts, reason=reason, now=now, group_id=cycle.organisation_id, by=by, why=why)
    end_parts(parts, why=why, now=now)


def end_parts(parts: Iterable[Participation], *, why: str, now: datetime, into: Cycle | None = None) -> None:
    """Cancel participations that have no line left, and record what their farms are to hear: a step of calling off and
    of merging, which hold them. into: the sale that they were merged into."""
    for part in parts:
        if not moving.cancel_participation(part.pk):
            continue
        if part.closed_at is not None:
            # it has a list: its next version says that there is nothing to prepare
            outbox.record(
                "baskets.lines_changed_after_close", key=f"cancelled:{part.pk}", now=now, participation_id=part.pk
            )
        if part.state == SaleState.OPEN or _is_expected(part) or (into and part.state == SaleState.CLOSED):
            outbox.record(
                "cycles.farm_called_off", key=str(part.pk), now=now, participation_id=part.pk, why=why,
                into=into.pk if into else None,
            )  # fmt: skip
    Shortage.objects.filter(participation__in=parts, settled_at=None).delete()


def _is_expected(part: Participation) -> bool:
    """Invited to a sale that has not opened."""
    return part.state == SaleState.PLANNED and part.invited_at is not None
