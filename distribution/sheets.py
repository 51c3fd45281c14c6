"""The sheets of a point on paper: packing by basket or by product, attendance; and packing as CSV."""

import csv
import io
from typing import Any

from cagette.core import words
from distribution.documents import pdf, safe_text
from distribution.queries.stand import PackingPage


def _head(page: PackingPage, title: str) -> dict[str, Any]:
    local = page.group.local
    start, end = local(page.pickup.starts_at), local(page.pickup.ends_at)
    return {
        "title": title,
        "group": page.group.name,
        "point": page.pickup.point.name,
        "when": f"{words.day(start)}, {words.window(start, end)}",
        "printed": f"Imprimé le {words.moment(local(page.now))}",
        "baskets": words.count_of(len(page.guests), "panier", "paniers"),
        "amount": str(page.amount),
    }


def packing_pdf(page: PackingPage) -> bytes:
    """Who gets what, by basket or by product."""
    guests = [
        {
            "number": guest.order.number,
            "household": guest.order.household.name,
            "amount": str(guest.amount),
            "farms": [
                {"farm": farm, "lines": [{"words": line.in_words, "name": line.offer.product.name} for line in lines]}
                for farm, lines in guest.farms
            ],
        }
        for guest in page.guests
    ]
    products = [
        {
            "farm": part.farm, "name": part.name, "words": part.words,
            "lines": [{"number": o.number, "household": o.household.name, "words": text} for o, text in part.lines],
        }
        for part in page.products
    ]  # fmt: skip
    by_product = page.by == "produit"
    data = {**_head(page, "Liste de répartition"), "guests": [] if by_product else guests}
    return pdf("packing.typ", {**data, "products": products if by_product else []})


def attendance_pdf(page: PackingPage) -> bytes:
    """Number, household, what is due, a box to sign."""
    guests = [
        {
            "number": g.order.number, "household": g.order.household.name, "amount": str(g.due),
            "count": len(g.lines), "collector": g.order.collector,
        }
        for g in page.guests
    ]  # fmt: skip
    return pdf("attendance.typ", {**_head(page, "Feuille d’émargement"), "guests": guests})


def packing_csv(page: PackingPage) -> bytes:
    """French CSV: one line per basket and product."""
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sheet.writerow(["panier", "foyer", "ferme", "produit", "quantité", "montant"])
    for guest in page.guests:
        for farm, lines in guest.farms:
            for line in lines:
                sheet.writerow(
                    [
                        guest.order.number, safe_text(guest.order.household.name), safe_text(farm),
                        safe_text(line.offer.product.name), line.in_words.replace("\u00a0", " "),
                        line.listed_amount.comma,
                    ]
                )  # fmt: skip
    return "\ufeff".encode() + out.getvalue().encode()
