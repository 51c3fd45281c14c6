from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_letter_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="unsubscribe",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of a letter that many get: where one press stops the next.",
                max_length=500,
            ),
        ),
    ]
