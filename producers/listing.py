"""Listing (référencement): a group invites a farm with its terms, the farm accepts them, the group chooses products and
gives its own prices, either ends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.core.money import Money
from cagette.people.enums import OrganisationKind
from cagette.people.models import Organisation, User
from producers import listed, locks
from producers.enums import ListingState
from producers.models import ListedProduct, Listing, Producer, Product

TERMS_MAX = 4000  # characters
MARKUP_MAX = 10_000  # hundredths of a per cent: the price doubled


class ListingRefused(Exception):
    """The listing was not changed. The message is fit for the person to read; `field` names what it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ListingChangedMeanwhile(ListingRefused):
    """Somebody else changed the terms or the choice since the form was shown."""


class PriceTooLow(ListingRefused):
    """A group's own price lies below the farm's: the group would pay the difference. product_id: whose."""

    def __init__(self, message: str, *, product_id: int) -> None:
        super().__init__(message)
        self.product_id = product_id


@dataclass(frozen=True, slots=True)
class Choice:
    """What a group does with a product: sells it or not, at a price of its own (VAT included) or not."""

    is_picked: bool
    own_price: Money | None = None


@transaction.atomic
def invite_producer(
    *, group: Organisation, producer: Producer, by: User | None, now: datetime, terms: str = "", markup: int = 0
) -> Listing:
    """Invite a farm to sell in a group, with its terms; again after it ended, too. An invited or listed farm stays as
    it is. markup: the group's margin, in hundredths of a per cent.

    Raises ListingRefused when the organisation runs no delivery points, or the margin cannot be.
    """
    if group.kind == OrganisationKind.PRODUCER:
        raise ListingRefused(_("Une ferme ne référence pas une autre ferme."))
    terms = _checked(terms, markup)
    said = {"terms": terms, "markup_permyriad": markup}
    row, made = Listing.objects.get_or_create(organisation=group, producer=producer, defaults=said)
    again = {**said, "accepted_at": None, "terms_seen": ""}
    if made or _move(row.pk, source=ListingState.ENDED, to=ListingState.INVITED, **again):
        _note("invited", row, by=by, now=now)
        _tell("invited", row, now=now)
    row.refresh_from_db()
    return row


@transaction.atomic
def accept_invitation(*, listing_id: int, seen: str, by: User | None, now: datetime) -> bool:
    """The farm accepts the terms as it saw them: its catalogue is offered in the group's next sales.

    seen: listed.terms_print of what the form showed. False when there was no invitation (twice, too).
    Raises ListingChangedMeanwhile when the terms are others now.
    """
    row = locks.lock_listing(listing_id)
    if row.state != ListingState.INVITED:
        return False
    _check_seen(row, seen)
    stamps = {"accepted_at": now, "terms_seen": row.terms}
    _move(row.pk, source=ListingState.INVITED, to=ListingState.ACCEPTED, **stamps)
    _note("accepted", row, by=by, now=now)
    _tell("accepted", row, now=now)
    return True


@transaction.atomic
def agree_to_terms(*, listing_id: int, seen: str, by: User, now: datetime) -> bool:
    """A listed farm agrees to terms that the group changed. False when it had already.
    Raises ListingChangedMeanwhile."""
    row = locks.lock_listing(listing_id)
    if not listed.has_new_terms(row):
        return False
    _check_seen(row, seen)
    Listing.objects.filter(pk=row.pk).update(terms_seen=row.terms)
    _note("terms_agreed", row, by=by, now=now)
    _tell("agreed", row, now=now)
    return True


@transaction.atomic
def refuse_invitation(*, listing_id: int, by: User, now: datetime) -> bool:
    """The farm does not want to; the group may invite it again. False when there was no invitation (twice, too)."""
    if not _move(listing_id, source=ListingState.INVITED, to=ListingState.ENDED):
        return False
    row = Listing.objects.get(pk=listing_id)
    _note("refused", row, by=by, now=now)
    _tell("refused", row, now=now)
    return True


@transaction.atomic
def end_listing(*, listing_id: int, by: User | None, now: datetime, by_farm: bool = False) -> bool:
    """End an invitation or a listing, by either side; sales that are open go on. The other side is told.
    False when it had ended."""
    ended = any(
        _move(listing_id, source=source, to=ListingState.ENDED)
        for source in (ListingState.ACCEPTED, ListingState.INVITED)
    )
    if ended:
        row = Listing.objects.get(pk=listing_id)
        _note("ended", row, by=by, now=now)
        _tell("ended_by_farm" if by_farm else "ended", row, now=now)
    return ended


@transaction.atomic
def change_terms(*, listing_id: int, terms: str, markup: int, seen: str, by: User, now: datetime) -> bool:
    """The group changes its terms or its margin; a farm that had accepted others is told and asked again, and goes on
    selling meanwhile. The margin holds for sales that open from now on.

    seen: listed.terms_print of what the form showed. False when nothing changes (the same form twice).
    Raises ListingRefused, ListingChangedMeanwhile.
    """
    terms = _checked(terms, markup)
    row = locks.lock_listing(listing_id)
    _check_lives(row)
    if (row.terms, row.markup_permyriad) == (terms, markup):
        return False
    _check_seen(row, seen)
    Listing.objects.filter(pk=row.pk).update(terms=terms, markup_permyriad=markup)
    changes = {"terms": [row.terms, terms], "markup": [row.markup_permyriad, markup]}
    _note("terms_changed", row, by=by, now=now, **changes)
    _tell("terms_changed", row, now=now)
    return True


@transaction.atomic
def choose_products(
    *, listing_id: int, picks: bool, choices: Mapping[int, Choice], seen: str, by: User, now: datetime
) -> int:
    """Choose what a group sells of a farm, and its own prices; they hold for sales that open from now on.

    picks: products that the farm adds later, or that are not in the choices and have none yet, wait to be chosen; else
    they are sold. seen: listed.choice_print of what the form showed. Returns how many changed; the same form twice: 0.
    Raises ListingRefused, PriceTooLow, ListingChangedMeanwhile.
    """
    row = locks.lock_listing(listing_id)
    _check_lives(row)
    known = {one.product_id: one for one in row.products.all()}
    before = {pk: Choice(one.is_picked, one.own_price) for pk, one in known.items()}
    wanted = {pk: one for pk, one in choices.items() if one != before.get(pk, Choice(not row.picks_products))}
    # a product without a row follows the default: the default turned round, those that keep their way need one
    kept = {pk: one for pk, one in choices.items() if pk not in before} if picks != row.picks_products else {}
    if not wanted and picks == row.picks_products:
        return 0
    if seen != listed.choice_print(row, list(known.values())):
        raise ListingChangedMeanwhile(_("Ce choix a été changé entre-temps. Rechargez la page, puis recommencez."))
    _check_prices(row, wanted)
    _write_choices(row, {**kept, **wanted}, picks)
    _note("products_chosen", row, by=by, now=now, picks=picks, products=_plain(wanted))
    return max(len(wanted), 1)


def _plain(choices: Mapping[int, Choice]) -> dict[str, list[bool | int | None]]:
    """Choices as the audit trail keeps them."""
    return {
        str(pk): [one.is_picked, None if one.own_price is None else one.own_price.cents] for pk, one in choices.items()
    }


def _check_prices(row: Listing, wanted: Mapping[int, Choice]) -> None:
    products = {product.pk: product for product in Product.objects.filter(pk__in=wanted, producer_id=row.producer_id)}
    for pk, choice in wanted.items():
        product = products.get(pk)
        if product is None:
            raise ListingRefused(_("Un de ces produits n’est pas de cette ferme."))
        if choice.own_price is not None and choice.own_price < product.unit_price:
            shown = {"name": product.name, "price": product.unit_price}
            raise PriceTooLow(
                _(
                    "%(name)s : votre prix est plus bas que celui de la ferme (%(price)s), et la différence serait à la"
                    " charge du groupe."
                )
                % shown,
                product_id=pk,
            )


def _write_choices(row: Listing, choices: Mapping[int, Choice], picks: bool) -> None:
    Listing.objects.filter(pk=row.pk).update(picks_products=picks)
    ListedProduct.objects.bulk_create(
        [
            ListedProduct(listing=row, product_id=pk, is_picked=one.is_picked, own_price=one.own_price)
            for pk, one in sorted(choices.items())
        ],
        update_conflicts=True,
        unique_fields=["listing", "product"],
        update_fields=["is_picked", "own_price"],
    )
    # a row that says what the default says is no choice
    row.products.filter(is_picked=not picks, own_price=None).delete()


def _checked(terms: str, markup: int) -> str:
    terms = terms.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(terms) > TERMS_MAX:
        raise ListingRefused(_("Ces conditions sont trop longues : 4 000 caractères au plus."), field="terms")
    if not 0 <= markup <= MARKUP_MAX:
        raise ListingRefused(_("La marge va de 0 à 100 %."), field="markup")
    return terms


def _check_lives(row: Listing) -> None:
    if row.state == ListingState.ENDED:
        raise ListingRefused(_("Ce référencement est terminé. Invitez d’abord la ferme à nouveau."))


def _check_seen(row: Listing, seen: str) -> None:
    if seen != listed.terms_print(row):
        raise ListingChangedMeanwhile(_("Les conditions ont changé entre-temps : relisez-les, puis recommencez."))


def _move(listing_id: int, *, source: ListingState, to: ListingState, **stamps: object) -> bool:
    return Listing.objects.filter(pk=listing_id, state=source).update(state=to, **stamps) == 1


def _tell(what: str, row: Listing, *, now: datetime) -> None:
    outbox.record(
        "producers.listing_moved", key=f"{row.pk}:{what}:{now.isoformat()}", now=now, listing_id=row.pk, what=what,
        at=now.isoformat(),
    )  # fmt: skip


def _note(verb: str, row: Listing, *, by: User | None, now: datetime, **detail: object) -> None:
    audit.note(
        f"producers.listing_{verb}",
        subject=f"listing:{row.pk}",
        by=by,
        now=now,
        scope_id=row.organisation_id,
        producer_id=row.producer_id,
        **detail,
    )
