"""Price lists of a farm: download, upload, preview, confirm."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from cagette.core import clock
from cagette.people.rules import PersonRequest
from producers.forms import UploadForm
from producers.price_lists import applying, confirming, reading, writing
from producers.queries import price_lists as queries
from producers.views.catalogue import farm_for


@login_required
@require_http_methods(["GET", "POST"])
def price_list(request: PersonRequest, farm: str) -> HttpResponse:
    """Explain, give the file out, take one in: it is only read, and kept for its preview."""
    producer = farm_for(request, farm)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = applying.keep_draft(
                producer_id=producer.pk,
                file_name=_name(file.name),
                sheet=reading.read_file(file.read()),
                by=request.user,
                now=clock.now(),
            )
        except reading.FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("producers:price_list_draft", farm, draft.pk)
    page = queries.price_list_page(producer=producer)
    return render(request, "producers/price_list.html", {"form": form, "page": page})


def _name(name: str | None) -> str:
    return "".join(letter for letter in name or "" if letter.isprintable())[:120] or "tarifs"


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: PersonRequest, farm: str, draft_id: int) -> HttpResponse:
    """Show what a list would do, then where it stands and what it did; on POST apply it as it was shown, a long one in
    the background. htmx asks for its state alone."""
    producer = farm_for(request, farm)
    found = get_object_or_404(producer.price_list_drafts.select_related("producer__organisation"), pk=draft_id)
    if request.method == "POST":
        try:
            confirming.confirm_draft(
                draft_id=found.pk,
                producer_id=producer.pk,
                digest=request.POST.get("digest", ""),
                leave_errors=request.POST.get("leave_errors") == "1",
                by=request.user,
                now=clock.now(),
            )
        except applying.CatalogueChangedMeanwhile as refusal:
            applying.refresh_draft(draft_id=found.pk, producer_id=producer.pk)
            messages.error(request, str(refusal))
        except applying.DraftGone as refusal:
            messages.error(request, str(refusal))
            return redirect("producers:price_list", farm)
        except applying.PriceListRefused as refusal:
            messages.error(request, str(refusal))
        return redirect("producers:price_list_draft", farm, found.pk)
    page = queries.draft_page(draft=found)
    template = "producers/_draft.html" if request.htmx else "producers/price_list_draft.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page, "shown": queries.SHOWN_MAX})


@login_required
@require_GET
def file(request: PersonRequest, farm: str, ending: str) -> HttpResponse:
    """The catalogue as a file."""
    producer = farm_for(request, farm)
    response = HttpResponse(writing.write_file(producer, ending), content_type=writing.MIME[ending])
    response["Content-Disposition"] = f'attachment; filename="catalogue-{producer.organisation.slug}.{ending}"'
    return response


@login_required
@require_GET
def file_for(request: PersonRequest, farm: str, key: str) -> HttpResponse:
    """What is on sale as a file for other software."""
    producer = farm_for(request, farm)
    day = producer.organisation.local(clock.now()).date()
    response = HttpResponse(writing.write_for(producer, key, day=day), content_type=writing.MIME["csv"])
    response["Content-Disposition"] = f'attachment; filename="{key}-{producer.organisation.slug}.csv"'
    return response
