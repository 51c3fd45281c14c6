from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("baskets", "0004_news_of_the_morning")]

    operations = [
        migrations.AlterField(
            model_name="orderline",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("household", "le foyer l’a retirée"),
                    ("coordinator", "le groupe l’a retirée"),
                    ("case", "colis incomplet"),
                    ("minimum", "minimum de la ferme non atteint"),
                    ("shortage", "récolte plus faible que prévu"),
                    ("sale", "vente annulée"),
                    ("farm", "la ferme ne vient plus"),
                    ("moved", "déplacée dans une autre commande"),
                ],
                default="",
                help_text="Of its end, or of its last cut.",
                max_length=12,
            ),
        ),
    ]
