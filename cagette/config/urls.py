"""Every address of the site, app by app; Wagtail's pages come last and take the rest."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cagette.core import health

# Wagtail has log-in and reset pages of its own, which would pass by the codes and limits of ours
to_login = RedirectView.as_view(pattern_name="account_login", query_string=True)
to_reset = RedirectView.as_view(url="/compte/password/reset/")

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("compte/", include("allauth.urls")),
    path("", include("distribution.urls")),
    path("", include("orders.baskets.urls")),
    path("", include("orders.cycles.urls")),
    path("", include("producers.urls")),
    path("", include("cagette.people.urls")),
    path("gestion/login/", to_login),
    re_path(r"^gestion/password_reset/", to_reset),
    path("_util/login/", to_login),
    path("gestion/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *(static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT) if settings.DEBUG else []),
    path("", include(wagtail_urls)),
]
