"""What every answer passes through."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ADMIN = "/gestion/"  # Wagtail's own pages need inline scripts; ours never do


class ContentPolicyMiddleware:
    """Send the strict content policy with every page, a looser one for the CMS administration's addresses alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(ADMIN):
            loose = {"script-src": ["'self'", "'unsafe-inline'"], "style-src": ["'self'", "'unsafe-inline'"]}
            response._csp_update = {**loose, "img-src": ["'self'", "data:", "blob:"]}  # type: ignore[attr-defined]
        return response
