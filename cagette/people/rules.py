"""Who may do what in an organisation. A stranger gets 404, a member without the right 403."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from cagette.people.enums import RoleKind
from cagette.people.models import Organisation, User

Person = User | AnonymousUser
Rule = Callable[[Person, Organisation], bool]


class PersonRequest(HttpRequest):
    """A request that `login_required` let through."""

    user: User


def _has_role(user: Person, organisation: Organisation, *kinds: RoleKind) -> bool:
    if not isinstance(user, User):
        return False
    return user.is_superuser or user.roles.filter(organisation=organisation, kind__in=kinds).exists()


def may_plan(user: Person, organisation: Organisation) -> bool:
    """Plan cycles, see orders and letters of a group."""
    return _has_role(user, organisation, RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)


def may_hand_over(user: Person, organisation: Organisation) -> bool:
    """See packing and attendance, hand baskets over at a group's point."""
    kinds = (RoleKind.VOLUNTEER, RoleKind.TREASURER, RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)
    return _has_role(user, organisation, *kinds)


def may_run_farm(user: Person, organisation: Organisation) -> bool:
    """Keep a producer's catalogue, read and acknowledge its lists."""
    return _has_role(user, organisation, RoleKind.STAFF, RoleKind.ADMINISTRATOR)


def may_read_letters(user: Person, organisation: Organisation) -> bool:
    """See the log of letters of an organisation, resend one."""
    return _has_role(user, organisation, RoleKind.STAFF, RoleKind.COORDINATOR, RoleKind.ADMINISTRATOR)


def organisation_for(user: Person, slug: str, may: Rule) -> Organisation:
    """The organisation in the address, for one who may; raises Http404 for strangers, PermissionDenied for its
    own people."""
    organisation = Organisation.objects.tied_to(user).filter(slug=slug).first()
    if organisation is None:
        raise Http404
    if not may(user, organisation):
        raise PermissionDenied
    return organisation
