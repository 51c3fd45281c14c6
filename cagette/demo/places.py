"""Two groups and three delivery points of the demo; the communes come from data/communes.csv."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A delivery point: where, and how many baskets its room holds."""

    slug: str
    name: str
    address: str
    commune: str
    latitude: str
    longitude: str
    hints: str
    capacity: int | None


@dataclass(frozen=True)
class Group:
    """A group, its points, and the farms that it lists."""

    slug: str
    name: str
    commune: str
    points: tuple[Point, ...]
    farms: tuple[str, ...]


FURIANI = Point(
    "furiani-salle-des-fetes", "Furiani, salle des fêtes", "Place de l’Église", "2B120", "42.65800", "9.41500",
    "Entrez par la cour de l’école.", 60,
)  # fmt: skip
BASTIA = Point(
    "bastia-lupino", "Bastia, Lupino", "Local de la Rocade, rue Sainte-Thérèse", "2B033", "42.67900", "9.44100",
    "Au rez-de-chaussée, à gauche de la pharmacie.", None,
)  # fmt: skip
VESCOVATO = Point(
    "vescovato-piazza", "Vescovato, a piazza", "Place de l’Ormeau", "2B346", "42.49500", "9.43900",
    "Sous les arcades de la mairie.", 40,
)  # fmt: skip

GROUPS = (
    Group(
        "a-sporta", "A Sporta", "2B120", (FURIANI, BASTIA),
        ("ortu-di-casinca", "agrumi-di-a-piana", "casgiu-di-loretu", "salamu-muntese", "ove-di-u-golu",
         "u-fornu-di-penta", "mele-di-l-alisgiani", "vigna-suprana"),
    ),
    Group(
        "u-panieru-di-casinca", "U Panieru di Casinca", "2B346", (VESCOVATO,),
        ("ortu-di-casinca", "casgiu-di-loretu", "ove-di-u-golu", "u-fornu-di-penta", "mele-di-l-alisgiani"),
    ),
)  # fmt: skip
