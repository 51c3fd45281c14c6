"""The VAT rates in force in November 2026 (CGI art. 278 to 298 septies, 294 to 297; CIBS from 2026-09-01).
Editable rows."""

from datetime import date

from django.db import migrations

SINCE = date(2020, 1, 1)
MAINLAND = {"food": 550, "intermediate": 1000, "standard": 2000, "confectionery": 2000, "alcohol": 2000}
CORSICA = {**MAINLAND, "food": 210}
ISLANDS = {"food": 210, "intermediate": 210, "standard": 850, "confectionery": 850, "alcohol": 850}
NONE = dict.fromkeys(MAINLAND, 0)  # VAT does not apply in Guyane and Mayotte
ZONES = {
    "mainland": MAINLAND, "corsica": CORSICA, "guadeloupe": ISLANDS, "martinique": ISLANDS, "reunion": ISLANDS,
    "guyane": NONE, "mayotte": NONE,
}  # fmt: skip
MENTIONS = {
    "real": "",
    "franchise": "TVA non applicable, franchise en base",
    "flat_rate": "Remboursement forfaitaire agricole",
}


def write_rates(apps, schema_editor):
    rate = apps.get_model("places", "VatRate")
    rate.objects.bulk_create(
        rate(
            vat_class=vat_class, zone=zone, regime=regime, valid_from=SINCE,
            permyriad=permyriad if regime == "real" else 0, mention=mention,
        )
        for zone, rates in ZONES.items()
        for vat_class, permyriad in rates.items()
        for regime, mention in MENTIONS.items()
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.RunPython(write_rates, migrations.RunPython.noop)]
