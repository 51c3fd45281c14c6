"""Letters about cycles: to the farms that are invited, to those who plan."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from cagette.core import letters, links, words
from cagette.core.models import Letter
from cagette.people.enums import RoleKind
from cagette.people.models import Organisation, User
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation
from producers.models import Pause, Producer

INVITATION = "invitation"  # the purpose of the letter's link


def _write(
    template: str,
    *,
    key: str,
    to: list[str],
    subject: str,
    group: Organisation,
    now: datetime,
    farm: Organisation | None = None,
    values: dict[str, str] | None = None,
    **context: Any,
) -> None:
    """Every letter of this app goes this way: the group's own words for the kind (the template's name) are put in."""
    letters.write(
        template, author=group, to=to, key=key, subject=subject, template=f"cycles/letters/{template}", now=now,
        context={**context, "group": group}, values=values, for_scope_id=farm.pk if farm else None,
    )  # fmt: skip


def _addresses(farm: Organisation) -> list[str]:
    """A farm's own address, else its people's."""
    if farm.email:
        return [farm.email]
    people = User.objects.filter(roles__organisation=farm, is_active=True)
    return list(people.order_by("email").values_list("email", flat=True).distinct())


def coordinators_of(group: Organisation) -> list[str]:
    """Where letters to those who run a group go: its coordinators, else its own address."""
    kinds = (RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)
    people = User.objects.filter(roles__organisation=group, roles__kind__in=kinds, is_active=True)
    found = list(people.order_by("email").values_list("email", flat=True).distinct())
    return found or [group.email] * bool(group.email)


def tell_template_stuck(*, now: datetime, template_id: int, day: str, problem: str, gone: list[str]) -> None:
    """Tell a group's coordinators once that a date of a template was not planned, or without whom."""
    template = CycleTemplate.objects.select_related("organisation").get(pk=template_id)
    group, on = template.organisation, words.day(date.fromisoformat(day))
    said = f"la vente du {on} n’est pas prévue" if problem else f"{on}, à vérifier"
    _write(
        "template", key=f"template:{template_id}:{day}", to=coordinators_of(group), group=group, now=now,
        subject=f"{template.name} : {said}", model=template, on=on, problem=problem, gone=words.listed(gone),
        link=settings.BASE_URL + reverse("cycles:planning", args=[group.slug]),
    )  # fmt: skip


def invite_farm(*, now: datetime, participation_id: int, again: str = "") -> None:
    """Tell a farm that it is invited to a sale; again: the day on which it is asked once more, unless it has answered
    meanwhile. Twice writes one letter."""
    parts = Participation.objects.select_related("cycle__organisation", "producer__organisation")
    part = parts.filter(pk=participation_id).first()
    if part is None or (again and part.answer != Answer.WAITING):
        return  # the plan was changed or taken back meanwhile
    farm, group = part.producer.organisation, part.cycle.organisation
    token = links.sign(INVITATION, [part.cycle_id, part.producer_id])
    link = settings.BASE_URL + reverse("cycles:signed_invitation", args=[token])
    pickups = list(part.cycle.pickups.select_related("point").order_by("starts_at", "pk"))
    subject = invites(group, part.cycle)
    key = f"invitation:{part.pk}" + (f":{again}" if again else "")
    _write(
        "invitation",
        key=key,
        to=_addresses(farm),
        subject=subject,
        group=group,
        farm=farm,
        now=now,
        values={"jour": words.day(part.cycle.delivery_on)},
        part=part,
        link=link,
        pickups=pickups,
    )


def invites(group: Organisation, cycle: Cycle) -> str:
    """What the letter of an invitation says above."""
    return f"{group.name} vous invite à sa vente du {words.day(cycle.delivery_on)}"


def withdraw_invitation(
    *, now: datetime, participation_id: int, group_id: int, producer_id: int, sale: str, held: bool = False
) -> None:
    """Tell an invited farm that the sale is taken back, or is held without it. Twice writes one letter."""
    group = Organisation.objects.get(pk=group_id)
    farm = Producer.objects.select_related("organisation").get(pk=producer_id).organisation
    key = f"withdrawn:{participation_id}"
    subject = f"{group.name} : la vente « {sale} » " + ("se fait sans vous" if held else "n’a pas lieu")
    _write(
        "withdrawn", key=key, to=_addresses(farm), subject=subject, group=group, farm=farm, now=now, sale=sale,
        held=held,
    )  # fmt: skip


MOVES = {
    "close": ("la clôture est déplacée", "La clôture est déplacée"),
    "reopened": (
        "la vente rouvre",
        "La vente rouvre : attendez la prochaine version de votre bon. La clôture est déplacée",
    ),
    "day": ("la livraison est déplacée", "La livraison est déplacée"),
    "place": ("un point de retrait change", "Un point de retrait change"),
}


def tell_farms_moved(
    *, now: datetime, cycle_id: int, what: str, before: str, after: str, why: str, stamp: str,
    participations: list[int], pickup_id: int | None = None, more: Sequence[list[Any]] = (),
) -> None:  # fmt: skip
    """Tell each farm once what moved in the sales that it was invited to: a close, the days, a point. more: the other
    sales that moved along, each with before and after."""
    parts = Participation.objects.filter(pk__in=participations).exclude(invited_at=None, state=SaleState.PLANNED)
    said = {cycle_id: (before, after), **{pk: (one, other) for pk, one, other in more}}
    by_farm: dict[int, list[Participation]] = defaultdict(list)
    for part in parts.select_related("cycle__organisation", "producer__organisation").order_by("cycle__delivery_on"):
        by_farm[part.producer_id].append(part)
    for mine in by_farm.values():
        farm, cycle = mine[0].producer.organisation, mine[0].cycle
        _write(
            "farm_moved", key=f"farm_moved:{cycle.pk}:{farm.pk}:{what}:{pickup_id or 0}:{stamp}", to=_addresses(farm),
            subject=f"{cycle.name} : {MOVES[what][0]}", group=cycle.organisation, farm=farm, now=now,
            said=MOVES[what][1],
            rows=[(part.cycle, *said[part.cycle_id]) for part in mine], why=why,
            link=settings.BASE_URL + reverse("distribution:today", args=[farm.slug]),
        )  # fmt: skip


def tell_called_off(*, now: datetime, participation_id: int, why: str, into: int | None) -> None:
    """Tell a farm once that a sale does not take place for it, or with which other sale it is delivered."""
    parts = Participation.objects.select_related("cycle__organisation", "producer__organisation")
    part = parts.filter(pk=participation_id).first()
    if part is None:
        return  # a plan that was written anew meanwhile
    farm, group = part.producer.organisation, part.cycle.organisation
    other = Cycle.objects.filter(pk=into).first() if into else None
    said = f"est réunie avec celle du {words.day(other.delivery_on)}" if other else "n’a pas lieu pour vous"
    _write(
        "called_off", key=f"called_off:{participation_id}", to=_addresses(farm),
        subject=f"{group.name} : la vente du {words.day(part.cycle.delivery_on)} {said}", group=group, farm=farm,
        now=now, part=part, other=other, said=said, why=why,
    )  # fmt: skip


def tell_answer(*, now: datetime, participation_id: int, at: str) -> None:
    """Tell a group's coordinators at once that a farm does not come, or comes after all; that it comes is news of the
    morning. Nothing when it answered again since. Twice: one letter."""
    parts = Participation.objects.select_related("cycle__organisation", "producer__organisation")
    part = parts.filter(pk=participation_id, answered_at=datetime.fromisoformat(at)).first()
    if part is None:
        return
    group, farm = part.cycle.organisation, part.producer.organisation
    comes = part.answer == Answer.COMES
    before = Letter.objects.filter(key__startswith=f"answer:{part.cycle_id}:{part.producer_id}:")
    if comes and not before.exists():
        return
    said = "vient" if comes else "ne vient pas"
    _write(
        "answer", key=f"answer:{part.cycle_id}:{part.producer_id}:{at}", to=coordinators_of(group), group=group,
        now=now,
        subject=f"{farm.name} {said} à la vente du {words.day(part.cycle.delivery_on)}",
        part=part, farm_name=farm.name, comes=comes,
        link=settings.BASE_URL + reverse("cycles:cycle", args=[group.slug, part.cycle_id]),
    )  # fmt: skip


def tell_paused(*, now: datetime, pause_id: int, group_id: int, cycle_ids: list[int], what: str) -> None:
    """Tell a group's coordinators that a farm is closed for a while, or that it is not, and which sales that changes.
    Twice writes one letter each."""
    pause = Pause.objects.select_related("producer__organisation").get(pk=pause_id)
    group, farm = Organisation.objects.get(pk=group_id), pause.producer.organisation
    days = f"du {words.full_day(pause.from_on)} au {words.full_day(pause.until_on)}"
    said = f"est fermée {days}" if what == "closed" else f"n’est plus fermée {days}"
    _write(
        "pause", key=f"pause:{pause_id}:{group_id}:{what}", to=coordinators_of(group), group=group, now=now,
        subject=f"{farm.name} {said}", heading=f"{farm.name} {said}", pause=pause, closed=what == "closed",
        cycles=list(Cycle.objects.filter(pk__in=cycle_ids).order_by("delivery_on", "pk")),
        link=settings.BASE_URL + reverse("cycles:planning", args=[group.slug]),
    )  # fmt: skip
