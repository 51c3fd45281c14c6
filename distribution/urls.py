"""Addresses of the distribution app."""

from django.urls import URLPattern, URLResolver, path, re_path

from distribution.views import desk, follow_up, harvest, lists, moves, orders, stand

app_name = "distribution"

_FILE = r"(?P<ending>pdf|csv|xlsx|json)"
_PICKUP = "groupes/<slug:group>/distributions/<int:pickup_id>/"
_CYCLE = "groupes/<slug:group>/ventes/<int:cycle_id>/suivi/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("fermes/<slug:farm>/", lists.today, name="today"),
    path("fermes/<slug:farm>/recoltes/", harvest.harvest, name="harvest"),
    path("fermes/<slug:farm>/bons/", lists.index, name="lists"),
    path("fermes/<slug:farm>/bons/<int:list_id>/", lists.picking_list, name="picking_list"),
    re_path(rf"^fermes/(?P<farm>[-\w]+)/bons/(?P<list_id>\d+)\.{_FILE}$", lists.file, name="list_file"),
    path("fermes/<slug:farm>/bons/<int:list_id>/vu/", lists.acknowledge, name="acknowledge"),
    path("fermes/<slug:farm>/bons/<int:list_id>/renvoyer/", lists.resend, name="resend"),
    path("s/bon/<str:token>/", lists.signed_list, name="signed_list"),
    re_path(rf"^s/bon/(?P<token>[\w:~-]+)\.{_FILE}$", lists.signed_file, name="signed_file"),
    path("s/bon/<str:token>/nouveau/", lists.renew_link, name="renew_link"),
    path("groupes/<slug:group>/distributions/", stand.days, name="day_list"),
    path(_PICKUP, stand.stand, name="stand"),
    path(f"{_PICKUP}paniers/<int:order_id>/", stand.move, name="move"),
    path(f"{_PICKUP}repartition/", stand.packing, name="packing"),
    path(f"{_PICKUP}repartition.pdf", stand.packing_pdf, name="packing_pdf"),
    path(f"{_PICKUP}repartition.csv", stand.packing_csv, name="packing_csv"),
    path(f"{_PICKUP}emargement/", stand.attendance, name="attendance"),
    path(f"{_PICKUP}emargement.pdf", stand.attendance_pdf, name="attendance_pdf"),
    path(_CYCLE, follow_up.cycle, name="cycle"),
    path(f"{_CYCLE}ajouter/", desk.add_order, name="add_order"),
    path(f"{_CYCLE}manques/<int:shortage_id>/", desk.shortage, name="shortage"),
    path(f"{_CYCLE}bons/<int:participation_id>/envoyer/", desk.send_now, name="send_now"),
    path("groupes/<slug:group>/retraits/<int:pickup_id>/foyers/<int:household_id>/", desk.correct, name="correct"),
    path("groupes/<slug:group>/commandes/<int:order_id>/point/", moves.reroute, name="reroute"),
    path(f"{_CYCLE}deplacer/", moves.moves, name="moves"),
    path(f"{_CYCLE}deplacer/cloture/", moves.close, name="move_close"),
    path(f"{_CYCLE}deplacer/cloture/<int:participation_id>/", moves.farm_close, name="move_farm_close"),
    path(f"{_CYCLE}deplacer/livraison/", moves.delivery, name="move_delivery"),
    path(f"{_CYCLE}deplacer/points/<int:pickup_id>/", moves.pickup, name="move_pickup"),
    path(f"{_CYCLE}annuler/", moves.call_off, name="call_off"),
    path(f"{_CYCLE}annuler/<int:participation_id>/", moves.call_off_farm, name="call_off_farm"),
    path(f"{_CYCLE}reunir/", moves.merge, name="merge"),
    path(f"{_CYCLE}commandes/", follow_up.orders, name="orders"),
    path("groupes/<slug:group>/retraits/<int:pickup_id>/commande.pdf", orders.order_pdf, name="order_pdf"),
    path("moi/commandes.csv", orders.history_csv, name="history_csv"),
    path(f"{_CYCLE}commandes.csv", follow_up.orders_csv, name="orders_csv"),
]
