"""Addresses of the baskets app."""

from django.urls import URLPattern, URLResolver, path

from orders.baskets.views import basket, calendars, favourites, orders, reminders, shop

app_name = "baskets"

_PICKUP = "groupes/<slug:group>/retraits/<int:pickup_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("commandes/", orders.orders, name="orders"),
    path("moi/commandes/", orders.history, name="history"),
    path("moi/favoris/", favourites.favourites, name="favourites"),
    path("moi/favoris/<int:product_id>/", favourites.set_favourite, name="set_favourite"),
    path("moi/agenda/", calendars.household_calendar, name="calendar"),
    path("groupes/<slug:group>/agenda/", calendars.group_calendar, name="group_calendar"),
    path("s/agenda/<uuid:key>.ics", calendars.feed, name="feed"),
    path("moi/rappels/", reminders.reminders, name="reminders"),
    path("s/rappels/<str:token>/", reminders.stop_reminder, name="stop_reminder"),
    path(_PICKUP, shop.shop, name="shop"),
    path(f"{_PICKUP}panier/", basket.basket, name="basket"),
    path(f"{_PICKUP}panier/offre/", shop.set_count, name="set_count"),
    path(f"{_PICKUP}panier/details/", basket.say, name="say"),
    path(f"{_PICKUP}panier/comme-avant/", favourites.repeat, name="repeat"),
    path(f"{_PICKUP}attente/", favourites.set_wait, name="set_wait"),
    path(f"{_PICKUP}commande/", orders.order, name="order"),
    path(f"{_PICKUP}commande/code.svg", orders.code, name="code"),
    path(f"{_PICKUP}commande/annuler/", orders.cancel, name="cancel"),
    path(f"{_PICKUP}commande/point/", orders.choose_pickup, name="choose_pickup"),
    path(f"{_PICKUP}commande/qui-vient/", orders.name_collector, name="name_collector"),
    path(f"{_PICKUP}commande/nouveau-code/", orders.renew_code, name="renew_code"),
    path("s/retrait/<str:token>/", orders.handed, name="handed"),
    path("s/retrait/<str:token>/code.svg", orders.handed_code, name="handed_code"),
]
