"""What a group sells of a farm, at what price; and the pages of listings, as either side reads them."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from cagette.core import words
from cagette.core.models import AuditEntry
from cagette.core.money import Money, percent
from cagette.people.models import Organisation
from producers.enums import ListingState
from producers.labels import LabelState, labels_of
from producers.models import ListedProduct, Listing, Pause, Producer, Product
from producers.price_lists.columns import plain
from producers.queries import catalogue as queries

FOUND_MAX = 20


def is_picked(listing: Listing, listed: ListedProduct | None) -> bool:
    """Whether a group sells a product: all of a farm's, or those that it chose; one set aside is not sold."""
    return listed.is_picked if listed else not listing.picks_products


def group_price(product: Product, listing: Listing, listed: ListedProduct | None) -> Money:
    """What households pay in a group: its own price for the product, else the producer's and the group's margin.

    A farm that raised its price above the group's own: the farm's price, so that the group never sells at a loss.
    """
    if listed and listed.own_price is not None:
        return max(listed.own_price, product.unit_price)
    return product.unit_price + percent(product.unit_price, listing.markup_permyriad)


def terms_print(listing: Listing) -> str:
    """Twelve letters that change with the terms or the margin: what a form carries to know what it showed."""
    return hashlib.sha256(f"{listing.markup_permyriad}:{listing.terms}".encode()).hexdigest()[:12]


def choice_print(listing: Listing, rows: "list[ListedProduct]") -> str:
    """The same for the choice of products and the group's own prices."""
    said = sorted(
        (row.product_id, row.is_picked, row.own_price.cents if row.own_price is not None else None) for row in rows
    )
    return hashlib.sha256(f"{listing.picks_products}:{said}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A product in a group's listing: the farm's price, the group's own, what a household pays."""

    product: Product
    is_picked: bool
    own_price: Money | None
    pays: Money

    @property
    def per(self) -> str:
        return queries.Entry(self.product, None).per

    @property
    def is_overtaken(self) -> bool:
        """The farm's price rose above the group's own, which is no longer used."""
        return self.own_price is not None and self.own_price < self.product.unit_price


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One listing, as the group and the farm read it."""

    group: Organisation
    farm: Organisation
    listing: Listing
    rows: list[ListedRow]
    terms_changed_at: datetime | None
    labels: list[LabelState]
    pauses: list[Pause]
    seen_terms: str
    seen_choice: str

    @property
    def is_invited(self) -> bool:
        return self.listing.state == ListingState.INVITED

    @property
    def is_accepted(self) -> bool:
        return self.listing.state == ListingState.ACCEPTED

    @property
    def is_ended(self) -> bool:
        return self.listing.state == ListingState.ENDED

    @property
    def has_new_terms(self) -> bool:
        """The group changed its terms since the farm accepted them."""
        return has_new_terms(self.listing)

    @property
    def sold(self) -> list[ListedRow]:
        return [row for row in self.rows if row.is_picked]

    @property
    def warnings(self) -> list[LabelState]:
        return [label for label in self.labels if label.is_wrong]


def has_new_terms(listing: Listing) -> bool:
    """An accepted farm that has not agreed to the terms as they are now."""
    return listing.state == ListingState.ACCEPTED and listing.terms != listing.terms_seen


def listing_page(*, listing: Listing, now: datetime) -> ListingPage:
    """Six queries, however many products."""
    today = listing.organisation.local(now).date()
    listed = list(listing.products.all())
    by_product = {row.product_id: row for row in listed}
    products = Product.objects.filter(producer_id=listing.producer_id, retired_at=None).order_by("pk")
    return ListingPage(
        group=listing.organisation,
        farm=listing.producer.organisation,
        listing=listing,
        rows=[
            _row(product, listing, by_product.get(product.pk))
            for product in sorted(products, key=lambda product: words.alphabet(product.name))
        ],
        terms_changed_at=_terms_changed_at(listing),
        labels=labels_of([listing.producer_id], on=today)[listing.producer_id],
        pauses=pauses_from([listing.producer_id], today),
        seen_terms=terms_print(listing),
        seen_choice=choice_print(listing, listed),
    )


def _row(product: Product, listing: Listing, listed: ListedProduct | None) -> ListedRow:
    return ListedRow(
        product=product,
        is_picked=is_picked(listing, listed),
        own_price=listed.own_price if listed else None,
        pays=group_price(product, listing, listed),
    )


def pauses_from(producer_ids: list[int], day: date) -> list[Pause]:
    """The pauses of farms, not taken back, that last on a day or begin after it: one query."""
    pauses = Pause.objects.filter(producer__in=producer_ids, ended_at=None, until_on__gte=day)
    return list(pauses.order_by("from_on", "pk"))


def _terms_changed_at(listing: Listing) -> datetime | None:
    changes = AuditEntry.objects.filter(verb="producers.listing_terms_changed", subject=f"listing:{listing.pk}")
    return changes.order_by("-at").values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True)
class FarmRow:
    """A farm in a group's list: how many products it has on sale, and what is wrong with its certificates."""

    listing: Listing
    products: int
    warnings: list[LabelState]
    pauses: list[Pause]

    @property
    def has_new_terms(self) -> bool:
        return has_new_terms(self.listing)


@dataclass(frozen=True, slots=True)
class GroupFarmsPage:
    """The farms of a group, by state, and those that a search found to invite."""

    group: Organisation
    invited: list[FarmRow]
    accepted: list[FarmRow]
    ended: list[FarmRow]
    search: str
    found: list[Producer]


def group_farms_page(*, group: Organisation, search: str, now: datetime) -> GroupFarmsPage:
    """Four queries, and a fifth for a search, however many farms."""
    today = group.local(now).date()
    on_sale = Q(producer__products__is_active=True, producer__products__retired_at=None)
    listings = _listings().filter(organisation=group).annotate(on_sale=Count("producer__products", filter=on_sale))
    found = list(listings.order_by("producer__organisation__name", "pk"))
    ids = [one.producer_id for one in found]
    labels, pauses = labels_of(ids, on=today), pauses_from(ids, today)
    rows = [
        FarmRow(
            listing=one,
            products=one.on_sale,
            warnings=[label for label in labels[one.producer_id] if label.is_wrong],
            pauses=[pause for pause in pauses if pause.producer_id == one.producer_id],
        )
        for one in found
    ]
    by_state = {state: [row for row in rows if row.listing.state == state] for state in ListingState.values}
    return GroupFarmsPage(
        group=group,
        invited=by_state[ListingState.INVITED],
        accepted=by_state[ListingState.ACCEPTED],
        ended=by_state[ListingState.ENDED],
        search=search,
        found=_search(search, {row.listing.producer_id for row in rows if row.listing.state != ListingState.ENDED}),
    )


def _listings() -> "QuerySet[Listing]":
    return Listing.objects.select_related("organisation", "producer__organisation")


def _search(search: str, known: set[int]) -> list[Producer]:
    """Farms whose name holds the words, whatever the accents, or whose address it is."""
    if not search:
        return []
    farms = Producer.objects.exclude(pk__in=known).select_related("organisation").order_by("organisation__name", "pk")
    wanted = plain(search)
    return [farm for farm in farms if wanted in plain(farm.organisation.name) or search == farm.organisation.email][
        :FOUND_MAX
    ]


@dataclass(frozen=True, slots=True)
class FarmGroupsPage:
    """The groups that list a farm, or ask to."""

    farm: Organisation
    invited: list[Listing]
    accepted: list[Listing]
    ended: list[Listing]
    new_terms: set[int]


def farm_groups_page(*, producer: Producer) -> FarmGroupsPage:
    """One query."""
    found = list(_listings().filter(producer=producer).order_by("organisation__name", "pk"))
    by_state = {state: [one for one in found if one.state == state] for state in ListingState.values}
    return FarmGroupsPage(
        farm=producer.organisation,
        invited=by_state[ListingState.INVITED],
        accepted=by_state[ListingState.ACCEPTED],
        ended=by_state[ListingState.ENDED],
        new_terms={one.pk for one in found if has_new_terms(one)},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a farm has to look at among its groups and labels: invitations, new terms, labels without certificate."""

    invited: list[Listing]
    new_terms: list[Listing]
    labels: list[LabelState]


def asked_of(*, farm: Organisation, now: datetime) -> Asked:
    """Four queries."""
    live = _listings().filter(producer__organisation=farm).exclude(state=ListingState.ENDED)
    found = list(live.order_by("organisation__name", "pk"))
    ids = list(Producer.objects.filter(organisation=farm).values_list("pk", flat=True))
    labels = labels_of(ids, on=farm.local(now).date())
    return Asked(
        invited=[one for one in found if one.state == ListingState.INVITED],
        new_terms=[one for one in found if has_new_terms(one)],
        labels=[label for pk in ids for label in labels[pk] if label.is_wrong],
    )


@dataclass(frozen=True, slots=True)
class CertificatesPage:
    """A farm's labels, each with who vouches for it."""

    farm: Organisation
    labels: list[LabelState]
    today: date


def certificates_page(*, producer: Producer, now: datetime) -> CertificatesPage:
    """Two queries."""
    today = producer.organisation.local(now).date()
    return CertificatesPage(producer.organisation, labels_of([producer.pk], on=today)[producer.pk], today)
