"""Choices of the catalogue."""

from django.db import models


class Category(models.TextChoices):
    VEGETABLES = "vegetables", "Légumes"
    FRUIT = "fruit", "Fruits"
    DAIRY = "dairy", "Crèmerie"
    MEAT = "meat", "Viandes et charcuterie"
    EGGS = "eggs", "Œufs et volailles"
    BAKERY = "bakery", "Pains et farines"
    GROCERY = "grocery", "Épicerie"
    DRINKS = "drinks", "Boissons"


class Storage(models.TextChoices):
    AMBIENT = "ambient", "à température ambiante"
    CHILLED = "chilled", "au frais"
    FROZEN = "frozen", "congelé"


class ListingState(models.TextChoices):
    INVITED = "invited", "invité"
    ACCEPTED = "accepted", "référencé"
    ENDED = "ended", "terminé"


class StockMode(models.TextChoices):
    """How what is left is counted. Every mode but the first keeps its Stock rows, shared by all groups."""

    UNLIMITED = "unlimited", "sans limite"
    TOTAL = "total", "un total qui baisse"
    PER_DELIVERY = "per_delivery", "tant par livraison"
    EVERY_NTH = "every_nth", "tant, une livraison sur plusieurs"
    BY_PERIOD = "by_period", "tant par période"


# Label marks shown beside a product; the certifier and expiry come with certificates.
LABELS = {
    "ab": "AB",
    "aop": "AOP",
    "igp": "IGP",
    "label-rouge": "Label Rouge",
    "hve": "HVE",
    "np": "Nature & Progrès",
    "fermier": "Fermier",
}
UNCERTIFIED = {"fermier"}  # the farm's own word: no certifier vouches for it

# The 14 allergens of the INCO regulation (EU 1169/2011, annex II).
ALLERGENS = {
    "gluten": "gluten", "crustaceans": "crustacés", "eggs": "œufs", "fish": "poisson", "peanuts": "arachides",
    "soya": "soja",
    "milk": "lait", "nuts": "fruits à coque", "celery": "céleri", "mustard": "moutarde", "sesame": "sésame",
    "sulphites": "sulfites", "lupin": "lupin", "molluscs": "mollusques",
}  # fmt: skip

# The drawings of the sprite that a product may wear: their name, and the tint that they are printed in.
DRAWINGS = {
    "carotte": ("Carotte", "orange"), "clementine": ("Clémentine", "orange"), "kiwi": ("Kiwi", "green"),
    "citron": ("Citron", "straw"), "avocat": ("Avocat", "green"), "courge": ("Courge", "earth"),
    "blette": ("Blette", "green"), "poireau": ("Poireau", "green"), "patate": ("Pomme de terre", "earth"),
    "salade": ("Salade", "green"), "epinard": ("Épinard", "green"), "brocciu": ("Brocciu", "straw"),
    "tomme": ("Tomme", "straw"), "lonzu": ("Lonzu", "rose"), "figatellu": ("Figatellu", "rose"),
    "pain": ("Pain", "earth"), "miel": ("Miel", "straw"), "oeufs": ("Œufs", "earth"), "vin": ("Bouteille", "wine"),
    "farine": ("Farine", "earth"), "chataigne": ("Châtaigne", "earth"), "noisette": ("Noisette", "earth"),
    "colis": ("Colis", "rose"), "panier": ("Panier", "earth"),
}  # fmt: skip
