"""Addresses of the people app."""

from django.urls import URLPattern, URLResolver, path

from cagette.people import views

app_name = "people"

urlpatterns: list[URLPattern | URLResolver] = [
    path("moi/", views.me, name="me"),
    path("moi/foyer/", views.household, name="household"),
    path("moi/foyer/groupes/<slug:slug>/quitter/", views.leave, name="leave"),
    path("moi/foyer/groupes/<slug:slug>/revenir/", views.rejoin, name="rejoin"),
    path("courriers/", views.all_letters, name="all_letters"),
    path("courriers/<int:letter_id>/", views.any_letter, name="any_letter"),
    path("groupes/<slug:slug>/courriers/", views.letters, name="letters"),
    path("groupes/<slug:slug>/courriers/<int:letter_id>/", views.letter, name="letter"),
    path("groupes/<slug:slug>/courriers/<int:letter_id>/renvoyer/", views.resend, name="resend"),
    path("groupes/<slug:slug>/lettres/", views.wordings, name="wordings"),
    path("groupes/<slug:slug>/lettres/<slug:kind>/", views.wording, name="wording"),
    path("groupes/<slug:slug>/lettres/<slug:kind>/apercu/", views.preview, name="preview"),
    path("fermes/<slug:slug>/courriers/", views.letters, name="farm_letters"),
    path("fermes/<slug:slug>/courriers/<int:letter_id>/", views.letter, name="farm_letter"),
    path("fermes/<slug:slug>/courriers/<int:letter_id>/renvoyer/", views.resend, name="farm_resend"),
]
