"""What the keeper of an installation edits in Wagtail besides pages: organisations, points, listings, VAT rates."""

from typing import Any

from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from cagette.core.money import PERMYRIAD
from cagette.people.models import Organisation, Role
from cagette.places.models import DeliveryPoint, Territory, VatRate
from producers.models import Listing, Producer


class OrganisationViewSet(ModelViewSet):
    """Groups and farms."""

    model = Organisation
    icon = "group"
    menu_label = "Structures"
    list_display = ["name", "kind", "email"]
    search_fields = ["name"]
    form_fields = ["kind", "name", "slug", "email", "phone", "commune_code", "time_zone"]


class ProducerViewSet(ModelViewSet):
    """The trade's side of a farm."""

    model = Producer
    icon = "snippet"
    menu_label = "Fermes"
    list_display = ["organisation", "vat_regime"]
    form_fields = ["organisation", "story", "vat_regime", "drawing", "tint"]


class RoleViewSet(ModelViewSet):
    """Who may do what in an organisation."""

    model = Role
    icon = "user"
    menu_label = "Rôles"
    list_display = ["user", "organisation", "kind"]
    form_fields = ["user", "organisation", "kind"]


class ListingViewSet(ModelViewSet):
    """Which farms a group lists."""

    model = Listing
    icon = "link"
    menu_label = "Référencements"
    list_display = ["organisation", "producer", "state"]
    form_fields = ["organisation", "producer", "state"]


class DeliveryPointViewSet(ModelViewSet):
    """Where baskets are handed over."""

    model = DeliveryPoint
    icon = "site"
    menu_label = "Points de retrait"
    list_display = ["name", "organisation", "commune", "is_active"]
    form_fields = ["organisation", "name", "slug", "address", "commune", "latitude", "longitude", "hints", "is_active"]


class TerritoryViewSet(ModelViewSet):
    """Territories and their communes."""

    model = Territory
    icon = "globe"
    menu_label = "Territoires"
    list_display = ["name", "organisation"]
    form_fields = ["name", "slug", "organisation", "communes"]


class VatRateViewSet(ModelViewSet):
    """The table of VAT rates: a new rate is a new row with its first day."""

    model = VatRate
    icon = "table"
    menu_label = "Taux de TVA"
    list_display = ["vat_class", "zone", "regime", "valid_from", "permyriad"]
    list_filter = ["vat_class", "zone", "regime"]
    form_fields = ["vat_class", "zone", "regime", "valid_from", "permyriad", "mention"]

    def formfield_for_dbfield(self, db_field: Any, **kwargs: Any) -> Any:
        """A rate beyond 100 % is refused beside its field, in words, before the database does it by a name."""
        field = super().formfield_for_dbfield(db_field, **kwargs)
        if db_field.name == "permyriad":
            said = _("Un taux va de 0 à 10 000, qui sont cent pour cent.")
            field.validators.append(MaxValueValidator(PERMYRIAD, said))
        return field


class GroundGroup(ModelViewSetGroup):
    """One entry of the menu for all of them."""

    menu_label = "Installation"
    menu_icon = "cogs"
    items = (
        OrganisationViewSet, ProducerViewSet, RoleViewSet, ListingViewSet, DeliveryPointViewSet, TerritoryViewSet,
        VatRateViewSet,
    )  # fmt: skip


def register_ground() -> GroundGroup:
    """Wagtail shows each to those who have its permission: at first superusers alone."""
    return GroundGroup()


hooks.register("register_admin_viewset", register_ground)
