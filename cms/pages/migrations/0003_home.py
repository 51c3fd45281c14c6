"""Put our home page where Wagtail's welcome page was."""

from django.db import migrations


def write_home(apps, schema_editor):
    content_types = apps.get_model("contenttypes", "ContentType")
    page, site = apps.get_model("wagtailcore", "Page"), apps.get_model("wagtailcore", "Site")
    home, locale = apps.get_model("pages", "HomePage"), apps.get_model("wagtailcore", "Locale")
    page.objects.filter(depth=2, slug="home").delete()
    kind, _created = content_types.objects.get_or_create(model="homepage", app_label="pages")
    french, _created = locale.objects.get_or_create(language_code="fr")
    written = home.objects.create(
        title="Cagette", draft_title="Cagette", slug="home", content_type=kind, path="00010001", depth=2, numchild=0,
        url_path="/home/", locale=french,
    )  # fmt: skip
    page.objects.filter(depth=1).update(numchild=1)
    site.objects.get_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": written})


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0002_initial"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(write_home, migrations.RunPython.noop)]
