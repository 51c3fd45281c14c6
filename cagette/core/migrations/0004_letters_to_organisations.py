"""A farm sees the letters that groups write to it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_news")]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="for_scope_id",
            field=models.BigIntegerField(db_index=True, help_text="The organisation it is written to.", null=True),
        ),
    ]
