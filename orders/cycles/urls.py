"""Addresses of the cycles app."""

from django.urls import URLPattern, URLResolver, path

from orders.cycles.views import answering, finding, offers, planning, room, rules, season, templates

app_name = "cycles"

urlpatterns: list[URLPattern | URLResolver] = [
    path("points/", finding.points, name="points"),
    path("points/<slug:point>/", finding.point, name="point"),
    path("points/<slug:point>/rejoindre/", finding.join, name="join"),
    path("groupes/<slug:group>/ventes/", season.season, name="planning"),
    path("groupes/<slug:group>/ventes/nouvelle/", planning.plan, name="plan"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/", planning.cycle, name="cycle"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/changer/", planning.change, name="change"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/inviter/", planning.invite, name="invite"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/relancer/", planning.remind, name="remind"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/retirer/", planning.remove, name="remove"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/comme/", templates.like, name="like"),
    path("groupes/<slug:group>/ventes/<int:cycle_id>/garder/", templates.keep, name="keep"),
    path("groupes/<slug:group>/modeles/", templates.templates, name="templates"),
    path("groupes/<slug:group>/modeles/<int:template_id>/", templates.template, name="template"),
    path("groupes/<slug:group>/modeles/<int:template_id>/sauter/", templates.skip, name="skip"),
    path("groupes/<slug:group>/modeles/<int:template_id>/prevoir/", templates.plan_now, name="plan_now"),
    path("groupes/<slug:group>/modeles/<int:template_id>/terminer/", templates.end, name="end_template"),
    path("groupes/<slug:group>/modeles/<int:template_id>/reprendre/", templates.take_up, name="take_up_template"),
    path("groupes/<slug:group>/retraits/<int:pickup_id>/places/", room.room, name="room"),
    path("groupes/<slug:group>/reglages/", rules.settings, name="settings"),
    path("groupes/<slug:group>/reglages/frais/", rules.add_fee, name="add_fee"),
    path("groupes/<slug:group>/reglages/frais/<int:fee_id>/terminer/", rules.end_fee, name="end_fee"),
    path("groupes/<slug:group>/reglages/frais/<int:fee_id>/remettre/", rules.bring_fee_back, name="bring_fee_back"),
    path("groupes/<slug:group>/tva/", season.vat, name="vat"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/", offers.offers, name="offers"),
    path("fermes/<slug:farm>/ventes/<int:participation_id>/offres/<int:offer_id>/", offers.correct, name="correct"),
    path(
        "fermes/<slug:farm>/ventes/<int:participation_id>/offres/<int:offer_id>/mots/",
        offers.correct_words,
        name="correct_words",
    ),
    path("fermes/<slug:farm>/invitations/", answering.invitations, name="invitations"),
    path("fermes/<slug:farm>/invitations/<int:cycle_id>/", answering.invitation, name="invitation"),
    path("s/invitation/<str:token>/", answering.signed_invitation, name="signed_invitation"),
    path("fermes/<slug:farm>/fermetures/", answering.pauses, name="pauses"),
    path("fermes/<slug:farm>/fermetures/<int:pause_id>/annuler/", answering.take_pause_back, name="take_pause_back"),
]
