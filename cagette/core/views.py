"""Answers that are not pages of the trade."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token has expired: say what to do."""
    return render(request, "403_csrf.html", status=403)
