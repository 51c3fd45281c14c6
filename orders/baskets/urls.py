"""Addresses of the baskets app."""

from django.urls import URLPattern, URLResolver, path

from orders.baskets import views

app_name = "baskets"

_PICKUP = "groupes/<slug:group>/retraits/<int:pickup_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("commandes/", views.orders, name="orders"),
    path("moi/rappels/", views.reminders, name="reminders"),
    path("s/rappels/<str:token>/", views.stop_reminder, name="stop_reminder"),
    path(_PICKUP, views.shop, name="shop"),
    path(f"{_PICKUP}panier/", views.basket, name="basket"),
    path(f"{_PICKUP}panier/offre/", views.set_count, name="set_count"),
    path(f"{_PICKUP}commande/", views.order, name="order"),
    path(f"{_PICKUP}commande/code.svg", views.code, name="code"),
    path(f"{_PICKUP}commande/annuler/", views.cancel, name="cancel"),
]
