"""Addresses of the producers app."""

from django.urls import URLPattern, URLResolver, path, re_path

from producers.views import catalogue, certificates, listings, price_lists, stocks

app_name = "producers"

_FARM = "fermes/<slug:farm>"
_GROUP_FARM = "groupes/<slug:group>/fermes/<slug:farm>"
_PRODUCT = f"{_FARM}/catalogue/<int:product_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_FARM}/profil/", catalogue.profile, name="profile"),
    path(f"{_FARM}/profil/certificats/", certificates.certificates, name="certificates"),
    path(
        f"{_FARM}/profil/certificats/<slug:label>/retirer/", certificates.remove_certificate, name="remove_certificate"
    ),
    path(f"{_FARM}/groupes/", listings.farm_groups, name="farm_groups"),
    path(f"{_FARM}/groupes/<slug:lister>/", listings.farm_group, name="farm_group"),
    path("groupes/<slug:group>/fermes/", listings.group_farms, name="group_farms"),
    path(f"{_GROUP_FARM}/", listings.group_farm, name="group_farm"),
    path(f"{_GROUP_FARM}/inviter/", listings.invite_farm, name="invite_farm"),
    path(f"{_GROUP_FARM}/conditions/", listings.change_terms, name="change_terms"),
    path(f"{_GROUP_FARM}/produits/", listings.choose_products, name="choose_products"),
    path(f"{_GROUP_FARM}/terminer/", listings.end_by_group, name="end_by_group"),
    path(f"{_FARM}/catalogue/", catalogue.catalogue, name="catalogue"),
    path(f"{_FARM}/catalogue/nouveau/", catalogue.new_product, name="new_product"),
    path(f"{_FARM}/catalogue/tarifs/", price_lists.price_list, name="price_list"),
    path(f"{_FARM}/catalogue/tarifs/<int:draft_id>/", price_lists.draft, name="price_list_draft"),
    re_path(r"^fermes/(?P<farm>[-\w]+)/catalogue\.(?P<ending>csv|xlsx)$", price_lists.file, name="price_list_file"),
    re_path(
        r"^fermes/(?P<farm>[-\w]+)/catalogue-pour-(?P<key>cagette|ofn)\.csv$",
        price_lists.file_for,
        name="price_list_file_for",
    ),
    path(f"{_PRODUCT}/", catalogue.product, name="product"),
    path(f"{_PRODUCT}/prix/", catalogue.change_quickly, name="change_quickly"),
    path(f"{_PRODUCT}/stock/", stocks.stock, name="stock"),
    path(f"{_PRODUCT}/stock/periodes/", stocks.add_period, name="add_period"),
    path(f"{_PRODUCT}/stock/periodes/<int:stock_id>/", stocks.change_period, name="change_period"),
    path(f"{_PRODUCT}/stock/periodes/<int:stock_id>/enlever/", stocks.remove_period, name="remove_period"),
    path(f"{_PRODUCT}/retirer/", catalogue.retire, name="retire"),
    path(f"{_PRODUCT}/remettre/", catalogue.bring_back, name="bring_back"),
    path(f"{_PRODUCT}/vente/", catalogue.set_active, name="set_active"),
]
