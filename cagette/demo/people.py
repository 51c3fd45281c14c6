"""Who lives in the demo: forty households, the people of two groups, and how to log in as each role."""

from dataclasses import dataclass

PASSWORD = "panier-de-demo"  # noqa: S105 - a local demo: it is printed at every start

# first name, last name: forty households, in the order of their doors
HOUSEHOLDS = [
    ("Pauline", "Mattei"), ("Jean-Marc", "Andreani"), ("Samira", "Benali"), ("Lucie", "Colombani"),
    ("Dominique", "Agostini"), ("Nathalie", "Bartoli"), ("Ange-Marie", "Casanova"), ("Hugo", "Delmas"),
    ("Antoine", "Emmanuelli"), ("Claire", "Fabiani"), ("François", "Grimaldi"), ("Letizia", "Guidoni"),
    ("Karim", "Haddad"), ("Marie", "Istria"), ("Paul", "Joly"), ("Inès", "Kaci"),
    ("Stéphanie", "Leca"), ("Toussaint", "Luciani"), ("Julie", "Marchetti"), ("Xavier", "Moretti"),
    ("Anaïs", "Natali"), ("Olivier", "Ottaviani"), ("Serena", "Paoli"), ("Bruno", "Quilici"),
    ("Émilie", "Raffaelli"), ("Ghjuvan", "Santini"), ("Monique", "Simeoni"), ("Thomas", "Tomasi"),
    ("Élise", "Ucciani"), ("Pierre", "Valentini"), ("Sofia", "Venturi"), ("Mathieu", "Vincentelli"),
    ("Yasmina", "Zitouni"), ("Céline", "Albertini"), ("Laurent", "Battesti"), ("Noémie", "Cesari"),
    ("Rémi", "Dominici"), ("Sandrine", "Ferrandi"), ("Michel", "Giacobbi"), ("Laetitia", "Orsoni"),
]  # fmt: skip


@dataclass(frozen=True)
class Login:
    """One person per role, for the table that ./run prints."""

    role: str
    email: str
    start: str


LOGINS = [
    Login("foyer", "pauline.mattei@demo.example", "/moi/"),
    Login("productrice", "marie-ange.filippi@demo.example", "/fermes/ortu-di-casinca/"),
    Login("coordinatrice", "jeanne.luciani@demo.example", "/groupes/a-sporta/ventes/"),
    Login("bénévole", "dominique.agostini@demo.example", "/groupes/a-sporta/distributions/"),
    Login("territoire (CMS)", "gestion@demo.example", "/gestion/"),
]


def address(first_name: str, last_name: str) -> str:
    """The demo address of a person: .example reaches nobody."""
    plain = str.maketrans("éèêëàâîïôûüç’ ", "eeeeaaiiouuc--")
    return f"{first_name}.{last_name}".lower().translate(plain) + "@demo.example"
