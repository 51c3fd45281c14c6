"""Addresses of the baskets app."""

from django.urls import URLPattern, URLResolver

app_name = "baskets"

urlpatterns: list[URLPattern | URLResolver] = []
