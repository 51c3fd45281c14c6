"""Addresses of the people app."""

from django.urls import URLPattern, URLResolver, path

from cagette.people import views

app_name = "people"

urlpatterns: list[URLPattern | URLResolver] = [
    path("moi/", views.me, name="me"),
]
