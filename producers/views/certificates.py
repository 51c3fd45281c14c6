"""A farm's certificates: who vouches for each label, until when."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.core import clock
from cagette.people.rules import PersonRequest
from producers import certifying, listed
from producers.enums import LABELS
from producers.listing_forms import CertificateForm
from producers.views.catalogue import farm_for

FIELDS = ("label", "certifier", "number", "expires_on")


@login_required
@require_http_methods(["GET", "POST"])
def certificates(request: PersonRequest, farm: str) -> HttpResponse:
    """The labels of a farm; POST writes one. The address may carry what the form shows at first."""
    producer = farm_for(request, farm)
    initial = {name: request.GET[name][:80] for name in FIELDS if name in request.GET}
    form = CertificateForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        label = form.cleaned_data["label"]
        try:
            changed = certifying.write_certificate(
                producer_id=producer.pk, label=label, proof=form.proof(), by=request.user, now=clock.now()
            )
        except certifying.CertificateRefused as refusal:
            form.refuse(refusal)
        else:
            said = _("%(label)s : certificat enregistré.") if changed else _("%(label)s : rien n’a changé.")
            messages.success(request, said % {"label": LABELS[label]})
            return redirect("producers:certificates", farm)
    page = listed.certificates_page(producer=producer, now=clock.now())
    return render(request, "producers/certificates.html", {"page": page, "form": form, "is_filled": bool(initial)})


@login_required
@require_POST
def remove_certificate(request: PersonRequest, farm: str, label: str) -> HttpResponse:
    """Take a certificate away; the form of the next page holds what it said, to undo it."""
    producer = farm_for(request, farm)
    proof = certifying.remove_certificate(producer_id=producer.pk, label=label, by=request.user, now=clock.now())
    if proof is None:
        return redirect("producers:certificates", farm)
    shown = QueryDict(mutable=True)
    values = (label, proof.certifier, proof.number, proof.expires_on.isoformat() if proof.expires_on else "")
    shown.update(dict(zip(FIELDS, values, strict=True)))
    messages.success(
        request,
        _("%(label)s : certificat retiré. Pour l’annuler, enregistrez-le de nouveau.")
        % {"label": LABELS.get(label, label)},
    )
    return redirect(f"{reverse('producers:certificates', args=[farm])}?{shown.urlencode()}")
