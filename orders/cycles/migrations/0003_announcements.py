from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cycles", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="cycle",
            name="announced_at",
            field=models.DateTimeField(help_text="When the members were told that it is open: once.", null=True),
        ),
        # those that have opened were announced when they did
        migrations.RunSQL(
            "UPDATE cycles_cycle SET announced_at = opens_at WHERE opens_at <= clock_timestamp()",
            migrations.RunSQL.noop,
        ),
    ]
