"""Addresses of the producers app."""

from django.urls import URLPattern, URLResolver, path, re_path

from producers.views import catalogue, price_lists, stocks

app_name = "producers"

_FARM = "fermes/<slug:farm>"
_PRODUCT = f"{_FARM}/catalogue/<int:product_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_FARM}/profil/", catalogue.profile, name="profile"),
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
