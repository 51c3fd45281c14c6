"""Eight farms and their seventy products, as one might meet them in Casinca in November. Written for this project."""

from dataclasses import dataclass, field

G, ML = "gram", "millilitre"


@dataclass(frozen=True)
class Item:
    """A product: by the piece (piece and pieces name it), or by weight when step is given (grams, price per kg).

    weighed: a piece that is priced per kg and weighed at the stand: its lightest and heaviest, content its estimate.
    case: bought in cases of so many that households share, each `most` at the most. stock: a total; each: for a
    delivery, one out of `every`; period: for these months. season: its months.
    """

    reference: str
    name: str
    category: str
    cents: int
    drawing: str
    tint: str
    piece: str = ""
    pieces: str = ""
    content: int = 0
    content_unit: str = G
    step: int = 0
    minimum: int = 0
    stock: int | None = None
    each: int | None = None
    every: int = 0
    period: int | None = None
    weighed: tuple[int, int] | None = None
    case: int = 0
    most: int = 0
    season: tuple[int, ...] = ()
    vat: str = "food"
    labels: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    storage: str = "ambient"
    description: str = ""


@dataclass(frozen=True)
class Farm:
    """A farm: its place, its people, its story, what it sells."""

    slug: str
    name: str
    commune: str
    first_name: str
    last_name: str
    drawing: str
    tint: str
    story: str
    items: list[Item] = field(default_factory=list)
    vat_regime: str = "real"


AB = ("ab",)

FARMS = [
    Farm(
        "ortu-di-casinca", "Ortu di Casinca", "2B346", "Marie-Ange", "Filippi", "blette", "green",
        "Deux hectares de légumes bio entre le Golo et la mer, récoltés le matin de la livraison. "
        "Marie-Ange a repris le jardin de son oncle en 2011.",
        [
            Item("101", "Blettes à cardes", "vegetables", 280, "blette", "green", "botte", "bottes", 600, labels=AB),
            Item("104", "Carottes, fanes", "vegetables", 340, "carotte", "orange", step=250, minimum=500, labels=AB,
                 description="Récoltées le matin même."),
            Item("107", "Poireaux", "vegetables", 360, "poireau", "green", step=500, minimum=500, labels=AB),
            Item("112", "Courge butternut, en tranche", "vegetables", 290, "courge", "earth", step=250, minimum=500,
                 labels=AB),
            Item("118", "Pommes de terre Charlotte", "vegetables", 440, "patate", "earth", "filet", "filets", 2000,
                 labels=AB),
            Item("121", "Salade feuille de chêne", "vegetables", 150, "salade", "green", "pièce", "pièces", stock=90,
                 labels=AB),
            Item("124", "Épinards", "vegetables", 390, "epinard", "green", "sachet", "sachets", 500, labels=AB),
            Item("130", "Navets", "vegetables", 320, "carotte", "rose", step=250, minimum=500, labels=AB),
            Item("133", "Fenouil", "vegetables", 380, "poireau", "green", step=250, minimum=250, labels=AB),
            Item("136", "Oignons rouges", "vegetables", 310, "patate", "wine", step=500, minimum=500, labels=AB),
            Item("139", "Persil plat", "vegetables", 120, "epinard", "green", "bouquet", "bouquets", 80, labels=AB),
            Item("142", "Panier d’herbes à soupe", "vegetables", 350, "panier", "green", "panier", "paniers", 700,
                 labels=AB, stock=20),
            Item("145", "Fraises de pleine terre", "fruit", 580, "panier", "rose", "barquette", "barquettes", 250,
                 labels=AB, each=40, season=(4, 5, 6)),
        ],
    ),
    Farm(
        "agrumi-di-a-piana", "Agrumi di a Piana", "2B143", "Antoine", "Santoni", "clementine", "orange",
        "La famille Santoni cultive clémentines, kiwis et citrons à Linguizzetta depuis trois générations. "
        "Les clémentines partent avec leurs feuilles, sans traitement après récolte.",
        [
            Item("C1", "Clémentines de Corse, feuilles", "fruit", 280, "clementine", "orange", step=500, minimum=1000,
                 labels=("igp",)),
            Item("C2", "Clémentines de Corse, cagette de 5 kg", "fruit", 1250, "colis", "orange", "cagette", "cagettes",
                 5000, labels=("igp",), stock=40),
            Item("K1", "Kiwis Hayward", "fruit", 390, "kiwi", "green", step=500, minimum=500),
            Item("P1", "Pomelos Star Ruby", "fruit", 120, "clementine", "rose", "fruit", "fruits", 400),
            Item("L1", "Citrons, non traités", "fruit", 360, "citron", "straw", step=250, minimum=250),
            Item("A1", "Avocats Hass", "fruit", 160, "avocat", "green", "fruit", "fruits", 200, stock=60),
            Item("J1", "Confiture de clémentine", "grocery", 580, "miel", "orange", "pot", "pots", 350),
            Item("J2", "Jus de clémentine", "drinks", 490, "vin", "orange", "bouteille", "bouteilles", 750, ML),
            Item("O1", "Oranges à jus, colis de 12 kg à partager", "fruit", 190, "clementine", "orange", step=1000,
                 minimum=2000, case=12_000, most=6000),
            Item("M1", "Mandarines", "fruit", 320, "clementine", "orange", step=500, minimum=500,
                 season=(11, 12, 1, 2)),
            Item("K2", "Kiwis jaunes", "fruit", 80, "kiwi", "straw", "fruit", "fruits", 90, period=300),
        ],
    ),
    Farm(
        "casgiu-di-loretu", "Casgiu di Loretu", "2B145", "Ange", "Mattei", "brocciu", "straw",
        "Cent vingt brebis au-dessus de Loreto, traites à la main l’hiver. "
        "Le brocciu est fait le jour de la livraison.",
        [
            Item("F01", "Brocciu", "dairy", 850, "brocciu", "straw", "faisselle", "faisselles", 500, labels=("aop",),
                 allergens=("milk",), storage="chilled", stock=36, description="De novembre à juin."),
            Item("F02", "Petit brocciu", "dairy", 480, "brocciu", "straw", "faisselle", "faisselles", 250,
                 labels=("aop",), allergens=("milk",), storage="chilled", stock=40),
            Item("F03", "Tomme de brebis, un quart", "dairy", 910, "tomme", "straw", "quart", "quarts", 350,
                 allergens=("milk",), storage="chilled"),
            Item("F04", "Tomme de brebis affinée, à la coupe", "dairy", 2900, "tomme", "earth", step=50, minimum=150,
                 allergens=("milk",), storage="chilled"),
            Item("F05", "Fromage frais de brebis", "dairy", 520, "brocciu", "straw", "pièce", "pièces", 200,
                 allergens=("milk",), storage="chilled"),
            Item("F06", "Yaourts de brebis, par 4", "dairy", 460, "brocciu", "straw", "lot", "lots", 500,
                 allergens=("milk",), storage="chilled"),
            Item("F07", "Casgiu merzu, petit pot", "dairy", 640, "tomme", "rose", "pot", "pots", 120,
                 allergens=("milk",), storage="chilled", stock=12),
            Item("F08", "Beurre de brebis", "dairy", 590, "tomme", "straw", "plaquette", "plaquettes", 200,
                 allergens=("milk",), storage="chilled"),
            Item("F09", "Faisselle du matin", "dairy", 390, "brocciu", "straw", "faisselle", "faisselles", 300,
                 allergens=("milk",), storage="chilled", each=30),
        ],
    ),
    Farm(
        "salamu-muntese", "Salamu Muntese", "2B166", "Pierre-Paul", "Giudicelli", "lonzu", "rose",
        "Porcs nustrale élevés sous les chênes et les châtaigniers de Monte, abattus l’hiver, séchés un an et plus.",
        [
            Item("S1", "Lonzu, tranché", "meat", 620, "lonzu", "rose", "barquette", "barquettes", 100, labels=("aop",),
                 storage="chilled"),
            Item("S2", "Coppa, tranchée", "meat", 650, "lonzu", "wine", "barquette", "barquettes", 100,
                 labels=("aop",), storage="chilled"),
            Item("S3", "Prisuttu, tranché", "meat", 980, "lonzu", "rose", "barquette", "barquettes", 120,
                 labels=("aop",), storage="chilled", stock=30),
            Item("S4", "Figatellu à griller", "meat", 870, "figatellu", "wine", "pièce", "pièces", 300,
                 storage="chilled", stock=45),
            Item("S5", "Salamu", "meat", 990, "figatellu", "rose", "pièce", "pièces", 250),
            Item("S6", "Panzetta", "meat", 2400, "lonzu", "rose", step=50, minimum=150, storage="chilled"),
            Item("S7", "Terrine au myrte", "grocery", 720, "miel", "rose", "bocal", "bocaux", 180),
            Item("S8", "Saindoux", "grocery", 380, "miel", "straw", "bocal", "bocaux", 300),
        ],
    ),
    Farm(
        "ove-di-u-golu", "Ove di u Golu", "2B148", "Lucie", "Raffalli", "oeufs", "earth",
        "Six cents poules en plein air près de Lucciana, nourries au maïs de la plaine.",
        [
            Item("O6", "Œufs, boîte de 6", "eggs", 240, "oeufs", "earth", "boîte", "boîtes", allergens=("eggs",),
                 labels=("fermier",)),
            Item("O12", "Œufs, boîte de 12", "eggs", 450, "oeufs", "earth", "boîte", "boîtes", allergens=("eggs",),
                 labels=("fermier",), stock=50),
            Item("O30", "Œufs, plateau de 30", "eggs", 990, "oeufs", "earth", "plateau", "plateaux",
                 allergens=("eggs",), labels=("fermier",), stock=15),
            Item("R1", "Rillettes de poule", "grocery", 640, "miel", "earth", "bocal", "bocaux", 180),
            Item("R2", "Bouillon de poule", "grocery", 520, "vin", "straw", "bocal", "bocaux", 750, ML),
            Item("R3", "Pâtes aux œufs", "grocery", 430, "farine", "straw", "paquet", "paquets", 400,
                 allergens=("gluten", "eggs")),
            Item("P1", "Poulet fermier, prêt à cuire", "eggs", 990, "oeufs", "straw", "poulet", "poulets", 1800,
                 labels=("fermier",), storage="chilled", weighed=(1500, 2200), each=24),
        ],
        vat_regime="flat_rate",
    ),
    Farm(
        "u-fornu-di-penta", "U Fornu di Penta", "2B207", "Ghjulia", "Orsini", "pain", "earth",
        "Pain au levain cuit au bois à Penta-di-Casinca, avec le blé de la plaine et la châtaigne d’en haut.",
        [
            Item("B1", "Pain de campagne au levain", "bakery", 560, "pain", "earth", "miche", "miches", 1000,
                 allergens=("gluten",)),
            Item("B2", "Pain à la farine de châtaigne", "bakery", 520, "pain", "wine", "pain", "pains", 500,
                 allergens=("gluten",)),
            Item("B3", "Pain complet", "bakery", 490, "pain", "straw", "pain", "pains", 750, allergens=("gluten",)),
            Item("B4", "Canistrelli au citron", "bakery", 480, "pain", "straw", "sachet", "sachets", 250,
                 allergens=("gluten",)),
            Item("B5", "Farine de blé T80", "bakery", 290, "farine", "straw", "paquet", "paquets", 1000,
                 allergens=("gluten",)),
            Item("B6", "Farine de châtaigne", "bakery", 1600, "chataigne", "earth", "paquet", "paquets", 1000,
                 labels=("aop",), stock=25),
            Item("B7", "Châtaignes séchées", "grocery", 780, "chataigne", "wine", "sachet", "sachets", 500),
            Item("B8", "Pain de seigle, cuit une fournée sur deux", "bakery", 610, "pain", "wine", "miche", "miches",
                 1000, allergens=("gluten",), each=16, every=2),
        ],
    ),
    Farm(
        "mele-di-l-alisgiani", "Mele di l’Alisgiani", "2B334", "Vanina", "Poli", "miel", "straw",
        "Ruches en transhumance du maquis à la châtaigneraie ; noisettes de Cervione, cassées à la main.",
        [
            Item("M1", "Miel de printemps", "grocery", 950, "miel", "straw", "pot", "pots", 500, labels=("aop",)),
            Item("M2", "Miel du maquis d’été", "grocery", 980, "miel", "orange", "pot", "pots", 500, labels=("aop",)),
            Item("M3", "Miel de châtaigneraie", "grocery", 980, "miel", "earth", "pot", "pots", 500,
                 labels=("aop",)),
            Item("M4", "Pain d’épices au miel", "bakery", 690, "pain", "earth", "pièce", "pièces", 350,
                 allergens=("gluten", "eggs")),
            Item("N1", "Noisettes de Cervione", "grocery", 890, "noisette", "earth", "sachet", "sachets", 500,
                 labels=("igp",), allergens=("nuts",)),
            Item("N2", "Pâte de noisette", "grocery", 760, "miel", "earth", "pot", "pots", 200, allergens=("nuts",)),
        ],
        vat_regime="franchise",
    ),
    Farm(
        "vigna-suprana", "Vigna Suprana", "2B205", "Saveria", "Casalta", "vin", "wine",
        "Six hectares de niellucciu et de vermentinu sur les argiles de Patrimonio, vendangés à la main.",
        [
            Item("V1", "Patrimonio rouge", "drinks", 1450, "vin", "wine", "bouteille", "bouteilles", 750, ML,
                 vat="alcohol", labels=("aop",), allergens=("sulphites",)),
            Item("V2", "Patrimonio blanc", "drinks", 1550, "vin", "straw", "bouteille", "bouteilles", 750, ML,
                 vat="alcohol", labels=("aop",), allergens=("sulphites",)),
            Item("V3", "Muscat du Cap Corse", "drinks", 1680, "vin", "orange", "bouteille", "bouteilles", 750, ML,
                 vat="alcohol", labels=("aop",), allergens=("sulphites",), stock=24),
            Item("V4", "Jus de raisin", "drinks", 520, "vin", "wine", "bouteille", "bouteilles", 1000, ML),
            Item("V5", "Vinaigre de vin", "grocery", 640, "vin", "wine", "bouteille", "bouteilles", 500, ML,
                 allergens=("sulphites",)),
            Item("V6", "Rosé de l’année, carton de 12 à partager", "drinks", 890, "vin", "rose", "bouteille",
                 "bouteilles", 750, ML, vat="alcohol", labels=("aop",), allergens=("sulphites",), case=12, most=6),
        ],
    ),
]  # fmt: skip
