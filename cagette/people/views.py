"""Pages of people."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect

from cagette.people.rules import PersonRequest


@login_required
def me(request: PersonRequest) -> HttpResponse:
    """Land where one has something to do."""
    return redirect("/")
