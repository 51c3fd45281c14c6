"""Addresses of the cycles app."""

from django.urls import URLPattern, URLResolver, path

from orders.cycles import views

app_name = "cycles"

urlpatterns: list[URLPattern | URLResolver] = [
    path("points/", views.points, name="points"),
    path("points/<slug:point>/", views.point, name="point"),
    path("points/<slug:point>/rejoindre/", views.join, name="join"),
    path("groupes/<slug:group>/ventes/", views.plans, name="planning"),
    path("groupes/<slug:group>/ventes/nouvelle/", views.plan, name="plan"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/", views.cycle, name="cycle"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/changer/", views.change, name="change"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/inviter/", views.invite, name="invite"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/retirer/", views.remove, name="remove"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/", views.offers, name="offers"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/<int:offer_id>/", views.correct, name="correct"),
]
