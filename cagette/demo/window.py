"""The demo's shop window: a territory page under the home page."""

from datetime import datetime

from cagette.places.models import Territory
from cms.pages.models import HomePage, TerritoryPage


def dress(*, now: datetime) -> None:
    """Publish the territory's page; a second time changes nothing."""
    home = HomePage.objects.first()
    territory = Territory.objects.get(slug="casinca")
    if home is None or TerritoryPage.objects.filter(territory=territory).exists():
        return
    home.title = "Cagette"
    home.lead = "Vous commandez avant la clôture, la ferme récolte ce qui est commandé, vous retirez près de chez vous."
    home.save()
    page = TerritoryPage(
        title="Casinca et plaine de Bastia",
        slug="casinca",
        territory=territory,
        lead="Huit fermes, trois points de retrait, de Bastia à Linguizzetta.",
        body="<p>Deux associations tiennent les points de retrait. Leurs bénévoles vous accueillent le matin.</p>",
        first_published_at=now,
    )
    home.add_child(instance=page)
    page.save_revision().publish()
