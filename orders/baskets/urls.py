"""Addresses of the baskets app."""

from django.urls import URLPattern, URLResolver, path

from orders.baskets.views import basket, orders, reminders, shop

app_name = "baskets"

_PICKUP = "groupes/<slug:group>/retraits/<int:pickup_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("commandes/", orders.orders, name="orders"),
    path("moi/rappels/", reminders.reminders, name="reminders"),
    path("s/rappels/<str:token>/", reminders.stop_reminder, name="stop_reminder"),
    path(_PICKUP, shop.shop, name="shop"),
    path(f"{_PICKUP}panier/", basket.basket, name="basket"),
    path(f"{_PICKUP}panier/offre/", shop.set_count, name="set_count"),
    path(f"{_PICKUP}panier/details/", basket.say, name="say"),
    path(f"{_PICKUP}commande/", orders.order, name="order"),
    path(f"{_PICKUP}commande/code.svg", orders.code, name="code"),
    path(f"{_PICKUP}commande/annuler/", orders.cancel, name="cancel"),
]
