"""Cagette Pro: two header lines, products and their offers, prices without VAT."""

from producers.price_lists.formats.base import Format
from producers.price_lists.formats.cagette import read_pack
from producers.price_lists.formats.net import read_gross_of
from producers.price_lists.saying import Cells, Said, aisle_named, named, read_truth

_PRODUCT = ("Nom du produit", "Réf", "Description", "Unité", "Bio", "qt a virgule", "Catégorisation")


def _read(cells: Cells) -> Said:
    price, vat = read_gross_of(cells, net="Prix H.T", vat="taux de TVA")
    return Said(
        reference=cells.text("Référence unique") or cells.text("Réf"),
        name=named(cells.text("Nom du produit"), cells.text("Nom offre")),
        description=cells.text("Description"),
        category=aisle_named(cells.text("Catégorisation")),
        organic=cells.read("Bio", read_truth),
        pack=read_pack(cells, quantity="Quantité", unit="Unité", loose="qt a virgule"),
        price=price,
        vat=vat,
        is_active=cells.read("actif", read_truth),
    )


CAGETTE_PRO = Format(
    key="cagette_pro",
    name="Cagette Pro",
    headings=(
        *_PRODUCT,
        "Nom offre", "Référence unique", "Quantité", "Prix H.T", "taux de TVA", "actif", "URL Image", "Date Image",
    ),
    needed=frozenset(("Nom du produit", "Prix H.T", "taux de TVA")),
    read=_read,
    columns={
        "reference": "Référence unique", "name": "Nom du produit", "description": "Description",
        "category": "Catégorisation", "unit": "qt a virgule", "content": "Quantité", "unit_price": "Prix H.T",
        "vat_class": "taux de TVA", "labels": "Bio", "is_active": "actif",
    },
    not_taken=("URL Image", "Date Image"),
    inherits=_PRODUCT,
    header_lines=2,
    remarks=(
        "Nos prix sont TTC : le prix H.T. de la ligne et sa TVA, arrondis une seule fois, au centime.",
        "Chaque offre devient un produit. Une ligne sans nom de produit est une offre de plus du produit au-dessus.",
    ),
)  # fmt: skip
