"""Addresses of the cycles app."""

from django.urls import URLPattern, URLResolver, path

from orders.cycles.views import finding, offers, planning

app_name = "cycles"

urlpatterns: list[URLPattern | URLResolver] = [
    path("points/", finding.points, name="points"),
    path("points/<slug:point>/", finding.point, name="point"),
    path("points/<slug:point>/rejoindre/", finding.join, name="join"),
    path("groupes/<slug:group>/ventes/", planning.plans, name="planning"),
    path("groupes/<slug:group>/ventes/nouvelle/", planning.plan, name="plan"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/", planning.cycle, name="cycle"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/changer/", planning.change, name="change"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/inviter/", planning.invite, name="invite"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/retirer/", planning.remove, name="remove"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/", offers.offers, name="offers"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/<int:offer_id>/", offers.correct, name="correct"),
]
