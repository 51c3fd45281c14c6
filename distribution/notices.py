"""Letters to those who work: what to harvest, for which point; what has closed; the news of the morning."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from cagette.core import letters, links, mail, words
from cagette.core.letters import Composed, Reader, Words
from cagette.core.mail import File
from cagette.people.models import Organisation, User
from distribution import documents
from distribution.models import PickingList
from distribution.queries import digests, lists
from distribution.queries.digests import FarmDigest, GroupDigest
from orders.baskets.queries.dues import is_over
from orders.cycles.models import Participation
from orders.cycles.notices import coordinators_of

PURPOSE = "picking_list"


def link_to(written: PickingList) -> str:
    """An address that opens a list without a password, until it expires."""
    return f"{settings.BASE_URL}{reverse('distribution:signed_list', args=[links.sign(PURPOSE, written.pk)])}"


def addresses_of(written: PickingList) -> list[str]:
    """Where a farm's letters go: its own address, else its people's; a farm that has neither is told by its group."""
    farm, group = written.participation.producer.organisation, written.participation.cycle.organisation
    if farm.email:
        return [farm.email]
    people = User.objects.filter(roles__organisation=farm, is_active=True).order_by("email")
    return list(people.values_list("email", flat=True).distinct()) or [group.email] * bool(group.email)


def send_picking_list(*, now: datetime, picking_list_id: int) -> None:
    """Write the letter of a new version, or the notice that nothing was ordered. Twice writes one letter."""
    written = lists.picking_lists().get(pk=picking_list_id)
    write_letters(written=written, key=f"picking_list:{written.participation_id}:{written.version}", now=now)


def write_letters(*, written: PickingList, key: str, now: datetime) -> int:
    """Write the letter of a list to each of the farm's addresses, with a fresh link; returns how many.

    An address that was written to under the same key is left in peace; where all were, nothing is composed.
    """
    addresses = addresses_of(written)
    known = mail.written(f"{key}:{address}" for address in addresses)
    wanted = [address for address in addresses if f"{key}:{address}" not in known]
    if wanted:
        _write(written, wanted, key, now)
    return len(wanted)


def _write(written: PickingList, to: list[str], key: str, now: datetime) -> None:
    page = lists.list_page(written=written, now=now)
    letters.write(
        "picking_list", author=page.group, to=to, key=key, subject=_subject(page), now=now,
        template="distribution/letters/picking_list", for_scope_id=page.farm.pk,
        context={"page": page, "link": link_to(written), "LINK_DAYS": settings.LETTER_LINK_DAYS},
        values={"jour": words.day(page.cycle.delivery_on)}, in_own_words=not written.is_notice,
        own_subject=written.version == 1,
        files=[] if written.is_notice else _files(page),
    )  # fmt: skip


def sample(group: Organisation, now: datetime, own: Words) -> Composed:
    """The group's latest list as a letter, for a group that words it; without one, ours is only named."""
    written = lists.picking_lists().filter(participation__cycle__organisation=group, order_count__gt=0)
    latest = written.order_by("-pk").first()
    if latest is None:
        return letters.compose(
            author=group, words=own, template="core/sample_letter", subject=f"Bon de préparation de {group.name}",
            context={"group": group, "kind": "bon de préparation"}, values={"jour": words.day(group.local(now))},
        )  # fmt: skip
    page = lists.list_page(written=latest, now=now)
    context = {"page": page, "link": settings.BASE_URL, "LINK_DAYS": settings.LETTER_LINK_DAYS}
    return letters.compose(
        author=group, words=own, template="distribution/letters/picking_list", context=context,
        subject=_subject(page), values={"jour": words.day(page.cycle.delivery_on)},
    )  # fmt: skip


def _subject(page: lists.ListPage) -> str:
    day = words.day(page.cycle.delivery_on)
    if page.written.is_notice and page.written.version:
        return f"{day.capitalize()} : plus rien à préparer pour {page.group.name}, version {page.written.version}"
    if page.written.is_notice:
        return f"{day.capitalize()} : rien à préparer cette fois pour {page.group.name}"
    again = f", version {page.written.version}" if page.written.version > 1 else ""
    baskets = words.count_of(page.written.order_count, "panier", "paniers")
    return f"{day.capitalize()} : {baskets} à préparer pour {page.group.name}, {page.written.amount}{again}"


def _files(page: lists.ListPage) -> list[File]:
    return [
        File(documents.file_name(page, "pdf"), "application/pdf", documents.picking_list_pdf(page)),
        File(documents.file_name(page, "csv"), "text/csv", documents.picking_list_csv(page)),
    ]


def tell_coordinators(*, now: datetime, participation_id: int, **_called_off: object) -> None:
    """When the last farm of a sale has closed (or was called off), tell those who run it once: lists written, farms
    below their minimum, who has not seen its list. A sale that closes again tells again."""
    cycle_id = Participation.objects.values_list("cycle_id", flat=True).get(pk=participation_id)
    closed = digests.closed_sale(cycle_id) if is_over(cycle_id) else None
    if closed is None:
        return
    cycle, group = closed.sale.cycle, closed.sale.cycle.organisation
    baskets = words.count_of(closed.sale.orders, "panier", "paniers")
    letters.write(
        "closed", author=group, to=coordinators_of(group), key=f"closed:{cycle.pk}:{closed.closed_at.isoformat()}",
        subject=f"{cycle.name}, close : {baskets}, {closed.sale.amount}", template="distribution/letters/closed",
        context={"closed": closed, "group": group, "link": _page("distribution:cycle", group.slug, cycle.pk)}, now=now,
    )  # fmt: skip


def write_group_digest(*, digest: GroupDigest, to: list[Reader], key: str, now: datetime) -> None:
    """Write the news of the morning to a group's coordinators; the same key again writes nothing more."""
    group, day = digest.group, words.day(digest.group.local(now))
    letters.write(
        "digest", author=group, to=to, key=key, subject=f"{group.name}, {day} : le point", now=now,
        template="distribution/letters/digest",
        context={
            "digest": digest, "group": group, "now": now, "link": _page("cycles:planning", group.slug),
            "letters_link": _page("people:letters", group.slug),
        },
    )  # fmt: skip


def write_farm_digest(*, digest: FarmDigest, to: list[Reader], key: str, now: datetime) -> None:
    """Write to a farm's people which sales opened; the same key again writes nothing more."""
    farm, opened = digest.farm, len(digest.opened)
    said = words.count_of(opened, "vente a ouvert", "ventes ont ouvert")
    letters.write(
        "farm_digest", author=farm, to=to, key=key, subject=f"{farm.name} : {said}", now=now,
        template="distribution/letters/farm_digest", for_scope_id=farm.pk,
        context={"digest": digest, "farm": farm, "link": _page("distribution:today", farm.slug)},
    )  # fmt: skip


def _page(name: str, *args: object) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=args)}"
