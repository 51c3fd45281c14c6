"""Addresses of the distribution app."""

from django.urls import URLPattern, URLResolver, path, re_path

from distribution.views import lists

app_name = "distribution"

_FILE = r"(?P<ending>pdf|csv|xlsx|json)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("fermes/<slug:farm>/", lists.today, name="today"),
    path("fermes/<slug:farm>/bons/", lists.index, name="lists"),
    path("fermes/<slug:farm>/bons/<int:list_id>/", lists.picking_list, name="picking_list"),
    re_path(rf"^fermes/(?P<farm>[-\w]+)/bons/(?P<list_id>\d+)\.{_FILE}$", lists.file, name="list_file"),
    path("fermes/<slug:farm>/bons/<int:list_id>/vu/", lists.acknowledge, name="acknowledge"),
    path("fermes/<slug:farm>/bons/<int:list_id>/renvoyer/", lists.resend, name="resend"),
    path("s/bon/<str:token>/", lists.signed_list, name="signed_list"),
    re_path(rf"^s/bon/(?P<token>[\w:~-]+)\.{_FILE}$", lists.signed_file, name="signed_file"),
    path("s/bon/<str:token>/nouveau/", lists.renew_link, name="renew_link"),
]
