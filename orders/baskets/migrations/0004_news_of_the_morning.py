from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("baskets", "0003_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminders",
            name="news",
            field=models.BooleanField(
                default=True,
                verbose_name="le point du matin, quand je coordonne ou travaille à une ferme",
            ),
        ),
    ]
