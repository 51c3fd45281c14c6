"""How people come in: a household of their own, a group they join or leave."""

from datetime import datetime

from django.db import transaction

from cagette.core import audit
from cagette.people.models import Household, Membership, Organisation, User


@transaction.atomic
def found_household(*, user: User, name: str, now: datetime, phone: str = "") -> Household:
    """Give a person a household; one who has one keeps it."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.household is not None:
        return user.household
    household = Household.objects.create(name=name, phone=phone, created_at=now)
    User.objects.filter(pk=user.pk).update(household=household)
    return household


@transaction.atomic
def name_household(*, user: User, name: str, phone: str, now: datetime) -> Household:
    """Name a person's household, founding it when there is none."""
    household = found_household(user=user, name=name, phone=phone, now=now)
    Household.objects.filter(pk=household.pk).update(name=name, phone=phone)
    return household


@transaction.atomic
def leave_group(*, household_id: int, organisation_id: int, by: User, now: datetime) -> bool:
    """End a membership; orders that exist stay. False when it had ended. Joining again undoes it."""
    group = Organisation.objects.get(pk=organisation_id)
    current = Membership.objects.filter(household_id=household_id, organisation=group, ended_on=None)
    ended = current.update(ended_on=group.local(now).date()) == 1
    if ended:
        audit.note("membership.left", subject=f"household:{household_id}", by=by, now=now, scope_id=group.pk)
    return ended


@transaction.atomic
def join_group(*, household_id: int, organisation_id: int, by: User, now: datetime) -> Membership:
    """Make a household a member of a group, again after it left; joining twice changes nothing."""
    group = Organisation.objects.get(pk=organisation_id)
    today = group.local(now).date()
    membership, created = Membership.objects.get_or_create(
        household_id=household_id, organisation=group, defaults={"joined_on": today}
    )
    came_back = Membership.objects.filter(pk=membership.pk, ended_on__isnull=False).update(ended_on=None)
    if created or came_back:
        subject = f"household:{household_id}"
        audit.note("membership.joined", subject=subject, by=by, now=now, scope_id=organisation_id)
    return membership
