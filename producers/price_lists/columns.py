"""The columns of a price list: what they are called, how a cell is read, how it is written."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cagette.core.money import Money, MoneyUnreadable, read_money
from cagette.core.quantities import COUNT_MAX, Quantity, QuantityUnreadable, Unit, read_quantity
from cagette.places.enums import VatClass
from producers.enums import ALLERGENS, LABELS, Category, StockMode, Storage
from producers.facts import EVERY_MAX, STOCK_MAX, Facts, StockWish

Cell = str | int | Money  # what is written: words, whole numbers, amounts

NO_LIMIT = "sans limite"
ALL_YEAR_WORDS = "toute l’année"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


class CellUnreadable(ValueError):
    """The cell does not say what its column asks for. The message is fit for the person who filled it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key that we keep, its heading, other headings that mean it, an example for the help."""

    key: str
    heading: str
    others: tuple[str, ...] = ()
    help: str = ""


COLUMNS = (
    Column("reference", "référence", ("ref", "code"), "la même d’une fois sur l’autre : elle dit quel produit"),
    Column("name", "nom", ("produit", "designation", "libelle"), "Blettes à cardes"),
    Column("description", "description"),
    Column("category", "rayon", ("categorie",), ", ".join(str(label) for label in Category.labels)),
    Column("unit", "vendu", ("vente", "unite"), "à la pièce ou au poids"),
    Column("piece_name", "pièce", (), "botte"),
    Column("pieces_name", "pièces", (), "bottes"),
    Column("content", "contenu", ("contenance", "poids estime"), "350 g, 75 cl ; le poids estimé si l’on pèse après"),
    Column("unit_price", "prix", ("prix ttc", "tarif"), "TTC, le kilo ou la pièce : 3,40"),
    Column("priced_in", "prix pour", (), "pièce, kg ou L : une pièce au prix du kilo est pesée après"),
    Column("weight_least", "poids le plus faible", ("poids min", "poids minimum"), "1,5 kg, si l’on pèse après"),
    Column("weight_most", "poids le plus fort", ("poids max", "poids maximum"), "2,1 kg, si l’on pèse après"),
    Column("vat_class", "TVA", ("classe de tva",), ", ".join(str(label) for label in VatClass.labels)),
    Column("step", "pas", (), "500 g"),
    Column("minimum", "minimum", (), "500 g"),
    Column("case_size", "colis de", (), "12, 10 kg : commandé par colis entiers que les foyers partagent"),
    Column("maximum", "maximum par foyer", ("maximum",), "6, pour un colis seulement"),
    Column(
        "stock", "stock", ("reste",),
        "sans limite, 30, 12,5 kg, 20 par livraison, 20 une livraison sur 2 depuis le 28/11/2026, par période",
    ),
    Column("season", "saison", (), "novembre à mars ; juin, juillet ; toute l’année"),
    Column("labels", "labels", ("label",), ", ".join(LABELS.values())),
    Column("allergens", "allergènes", ("allergene",), ", ".join(ALLERGENS.values())),
    Column("ingredients", "ingrédients", ("composition",)),
    Column("origin", "origine", ("provenance",), "Corse"),
    Column("storage", "conservation", (), ", ".join(str(label) for label in Storage.labels)),
    Column("is_perishable", "périssable", (), "oui ou non"),
    Column("is_active", "en vente", ("actif",), "oui ou non"),
)  # fmt: skip
HEADINGS = {column.key: column.heading for column in COLUMNS}


def plain(text: str) -> str:
    """Words without accents, capitals, apostrophes and idle spaces, to compare what people type."""
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("’", "'"))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()
    return re.sub(r"[\s_*:]+", " ", bare).strip()


# "pièce" and "pièces" are two columns, so that a plural is never guessed
_BY_HEADING = {plain(name): column.key for column in COLUMNS for name in (column.heading, *column.others)}


def key_of(heading: str) -> str:
    """The column that a heading names; empty when none."""
    return _BY_HEADING.get(plain(re.sub(r"\(.*?\)", "", heading)), "")


# --- Reading: each raises CellUnreadable with a sentence ---------------------------------------------


def read_choice(text: str, choices: Mapping[str, str]) -> str:
    """The value of a choice from its label, or from the value itself."""
    wanted = plain(text)
    for value, label in choices.items():
        if wanted in (plain(label), plain(value)):
            return value
    shown = {"text": text[:40], "choices": ", ".join(choices.values())}
    raise CellUnreadable(_("« %(text)s » n’est pas dans la liste : %(choices)s.") % shown)


_UNIT_WORDS = {
    "piece": Unit.PIECE, "la piece": Unit.PIECE, "unite": Unit.PIECE, "a l'unite": Unit.PIECE,
    "poids": Unit.GRAM, "kg": Unit.GRAM, "au kilo": Unit.GRAM, "au kg": Unit.GRAM, "kilo": Unit.GRAM,
    "volume": Unit.MILLILITRE, "litre": Unit.MILLILITRE, "au litre": Unit.MILLILITRE, "l": Unit.MILLILITRE,
}  # fmt: skip


def read_unit(text: str) -> str:
    """How a product is sold."""
    if found := _UNIT_WORDS.get(plain(text)):
        return found.value
    return read_choice(text, {value: str(label) for value, label in Unit.choices})


def read_price(text: str) -> Money:
    """A price, VAT included."""
    try:
        return read_money(text)
    except MoneyUnreadable as unreadable:
        raise CellUnreadable(str(unreadable)) from None


def read_count(text: str, unit: str, *, most: int = COUNT_MAX) -> int:
    """A quantity in the unit of the product. Weights and volumes say theirs: 40 is not 40 g to a farmer."""
    try:
        count = read_quantity(text, Unit(unit), most=most)
    except QuantityUnreadable as unreadable:
        raise CellUnreadable(str(unreadable)) from None
    if count and unit != Unit.PIECE and text.strip()[-1:].isdigit():
        raise CellUnreadable(_("Dites l’unité : 500 g ou 20 kg, par exemple."))
    return count


def read_content(text: str) -> tuple[int | None, str]:
    """What a piece holds ("350 g", "75 cl", "6 pièces") and in which unit; nothing for an empty text."""
    bare = plain(text)
    if not bare:
        return None, ""
    if pieces := re.fullmatch(r"(\d{1,6}) ?(?:pieces?|unites?)", bare, re.ASCII):
        return int(pieces.group(1)), Unit.PIECE.value
    if bare[-1] not in "gl":
        raise CellUnreadable(_("Dites l’unité du contenu : 350 g, 75 cl ou 6 pièces."))
    unit = Unit.GRAM if bare.endswith("g") else Unit.MILLILITRE
    return read_count(bare, unit), unit.value


_EACH = re.compile(r"(.*?)par livraison")
_NTH = re.compile(
    r"(.*?),? ?une livraison sur (\d{1,3}),? ?(?:depuis le|a partir du|des le) (\d{1,2})/(\d{1,2})/(\d{4})"
)


def read_stock(text: str, unit: str) -> StockWish:
    """No limit, how much is left, how much a delivery has, how much one delivery out of so many has, or by period."""
    words = plain(text)
    if words in (plain(NO_LIMIT), "illimite", "oui"):
        return StockWish()
    if words == "par periode":
        return StockWish(StockMode.BY_PERIOD.value)
    if found := _EACH.fullmatch(words):
        return StockWish(StockMode.PER_DELIVERY.value, each=read_count(found.group(1), unit, most=STOCK_MAX))
    if found := _NTH.fullmatch(words):
        return _read_nth(found, unit)
    return StockWish(StockMode.TOTAL.value, read_count(text, unit, most=STOCK_MAX))


def _read_nth(found: re.Match[str], unit: str) -> StockWish:
    each, every = read_count(found.group(1), unit, most=STOCK_MAX), int(found.group(2))
    if not 2 <= every <= EVERY_MAX:
        raise CellUnreadable(_("Une livraison sur combien ? De 2 à %(most)d.") % {"most": EVERY_MAX})
    try:
        from_on = date(int(found.group(5)), int(found.group(4)), int(found.group(3)))
    except ValueError:
        raise CellUnreadable(_("Ce jour n’existe pas. Écrivez par exemple 28/11/2026.")) from None
    return StockWish(StockMode.EVERY_NTH.value, each=each, every=every, from_on=from_on)


_MONTH_NUMBERS = {plain(name): number for number, name in enumerate(MONTHS, start=1)}


def read_season(text: str) -> tuple[int, ...]:
    """Months by name, or from one to another ("novembre à mars"); none for the whole year."""
    if plain(text) == plain(ALL_YEAR_WORDS):
        return ()
    found: set[int] = set()
    for part in re.split(r"[,;/\n]| et ", plain(text)):
        ends = [_read_month(name) for name in re.split(r" a |-| au ", part.strip().removeprefix("de "))]
        if len(ends) > 2:
            raise CellUnreadable(_("Écrivez par exemple : novembre à mars."))
        length = (ends[-1] - ends[0]) % 12
        found.update((ends[0] - 1 + step) % 12 + 1 for step in range(length + 1))
    return tuple(sorted(found))


def _read_month(name: str) -> int:
    number = _MONTH_NUMBERS.get(name.strip())
    if number is None:
        raise CellUnreadable(_("« %(text)s » n’est pas un mois.") % {"text": name.strip()[:40]})
    return number


def read_marks(text: str, marks: Mapping[str, str]) -> tuple[str, ...]:
    """Labels or allergens, parted by commas, semicolons or slashes."""
    names = [name for name in re.split(r"[,;/|\n]", text) if name.strip()]
    return tuple(read_choice(name.strip(), marks) for name in names)


def read_yes(text: str) -> bool:
    """Yes or no."""
    word = plain(text)
    if word in ("oui", "o", "x", "1", "vrai", "yes", "true"):
        return True
    if word in ("non", "n", "0", "faux", "no", "false"):
        return False
    raise CellUnreadable(_("Écrivez oui ou non."))


READERS: dict[str, Callable[[str], object]] = {
    "name": str,
    "description": str,
    "category": lambda text: read_choice(text, {value: str(label) for value, label in Category.choices}),
    "piece_name": str,
    "pieces_name": str,
    "unit_price": read_price,
    "vat_class": lambda text: read_choice(text, {value: str(label) for value, label in VatClass.choices}),
    "labels": lambda text: read_marks(text, LABELS),
    "allergens": lambda text: read_marks(text, ALLERGENS),
    "ingredients": str,
    "origin": str,
    "storage": lambda text: read_choice(text, {value: str(label) for value, label in Storage.choices}),
    "is_active": read_yes,
    "priced_in": read_unit,
    "season": read_season,
    "is_perishable": read_yes,
}


# --- Writing -----------------------------------------------------------------------------------------


def write_count(count: int, unit: str) -> Cell:
    """A number for pieces, words for weights and volumes."""
    return count if unit == Unit.PIECE else str(Quantity(count, Unit(unit)))


def write_content(facts: Facts) -> str:
    """What a piece holds, as it is read again."""
    if not facts.content:
        return ""
    if facts.content_unit == Unit.PIECE:
        return f"{facts.content}\u00a0pièces"
    return str(Quantity(facts.content, Unit(facts.content_unit)))


def write_stock(wish: StockWish, unit: str) -> Cell:
    """How the stock is counted, as it is read again. What one period has is announced on its own page."""
    each = write_count(wish.each or 0, unit)
    if wish.mode == StockMode.PER_DELIVERY:
        return f"{each} par livraison"
    if wish.mode == StockMode.EVERY_NTH and wish.from_on:
        return f"{each}, une livraison sur {wish.every} depuis le {wish.from_on:%d/%m/%Y}"
    if wish.mode == StockMode.TOTAL:
        return write_count(wish.left or 0, unit)
    return NO_LIMIT if wish.mode == StockMode.UNLIMITED else "par période"


def write_priced(facts: Facts) -> str:
    """What the price is for: pièce, kg or L."""
    return str(Unit(facts.priced_in or facts.unit).priced)


def write_season(months: tuple[int, ...]) -> str:
    """The months by name; the whole year for none."""
    return ", ".join(MONTHS[number - 1] for number in months) or ALL_YEAR_WORDS


def _optional(count: int | None, unit: str) -> Cell:
    return "" if count is None else write_count(count, unit)


def write_cells(reference: str, facts: Facts, stock: StockWish) -> dict[str, Cell]:
    """A product as the cells of its row, by column."""
    return {
        "reference": reference,
        "name": facts.name,
        "description": facts.description,
        "category": str(Category(facts.category).label),
        "unit": str(Unit(facts.unit).label),
        "piece_name": facts.piece_name,
        "pieces_name": facts.pieces_name,
        "content": write_content(facts),
        "unit_price": facts.unit_price,
        "priced_in": write_priced(facts),
        "weight_least": _optional(facts.weight_least, facts.priced_in or facts.unit),
        "weight_most": _optional(facts.weight_most, facts.priced_in or facts.unit),
        "vat_class": str(VatClass(facts.vat_class).label),
        "step": write_count(facts.step, facts.unit),
        "minimum": write_count(facts.minimum, facts.unit),
        "case_size": _optional(facts.case_size, facts.unit),
        "maximum": _optional(facts.maximum, facts.unit),
        "stock": write_stock(stock, facts.unit),
        "season": write_season(facts.season),
        "labels": ", ".join(LABELS[mark] for mark in facts.labels),
        "allergens": ", ".join(ALLERGENS[mark] for mark in facts.allergens),
        "ingredients": facts.ingredients,
        "origin": facts.origin,
        "storage": str(Storage(facts.storage).label),
        "is_perishable": "oui" if facts.is_perishable else "non",
        "is_active": "oui" if facts.is_active else "non",
    }
