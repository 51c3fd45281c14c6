"""What a person wants to be told without asking, and the way out of it from a letter."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cagette.core import clock, links
from cagette.people.models import User
from cagette.people.rules import PersonRequest
from orders.baskets import bulletins, reminding
from orders.baskets.forms import RemindersForm
from orders.baskets.queries import reminders as reminder_queries


@login_required
@require_http_methods(["GET", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """What a person wants to be told without asking."""
    if request.method == "POST":
        form = RemindersForm(request.POST)  # an empty one is a wish too: nothing at all
        if form.is_valid():
            reminding.choose(user=request.user, wanted=form.cleaned_data, now=clock.now())
            messages.success(request, _("C’est enregistré."))
            return redirect("baskets:reminders")
    else:
        form = RemindersForm(initial=reminder_queries.wishes_of(request.user))
    return render(request, "baskets/reminders.html", {"form": form})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def stop_reminder(request: HttpRequest, token: str) -> HttpResponse:
    """Stop a kind of letter, from the letter itself: the signed address is the right, so mail programs may post here
    (RFC 8058). Looking only explains; the same page takes the letters back."""
    try:
        user_id, kind = links.read_expired(bulletins.PURPOSE, token)
    except (links.LinkForged, ValueError, TypeError) as error:
        raise Http404 from error
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        reminding.choose(user=user, wanted={kind: "reprendre" in request.POST}, now=clock.now())
    wanted = reminder_queries.wishes_of(user)[kind]
    context = {"user_email": user.email, "label": RemindersForm.base_fields[kind].label, "wanted": wanted}
    return render(request, "baskets/stop_reminder.html", context)
