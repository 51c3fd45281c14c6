"""What a household keeps: its order on paper (typst), and all of its orders as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from cagette.core import words
from cagette.core.quantities import Unit
from distribution.documents import pdf, plain, safe_text
from orders.baskets.queries.history import HistoryRecord
from orders.baskets.queries.orders import FarmPart, LineRow, OrderPage

HEADER = (
    "livraison", "groupe", "point", "panier", "ferme", "produit", "quantité", "unité", "prix", "montant", "TVA",
)  # fmt: skip


def order_pdf(page: OrderPage) -> bytes:
    """The confirmation of an order on A4, tagged for screen readers."""
    return pdf("order.typ", _paper(page), tagged=True)


def _paper(page: OrderPage) -> dict[str, Any]:
    local, order, point = page.group.local, page.order, page.order.pickup.point
    start, end = local(page.starts_at), local(page.ends_at)
    return {
        "title": f"Confirmation de commande, panier n° {order.number}",
        "group": plain(page.group.name),
        "call": plain(" · ".join(filter(None, [page.group.name, page.group.phone, page.group.email]))),
        "number": order.number,
        "code": order.code,
        "household": plain(order.household.name),
        "collector": plain(order.collector),
        "state": "Commande annulée" if page.is_cancelled else "",
        "ordered": f"Commandé {words.moment(local(order.placed_at))}, changé {words.moment(local(order.changed_at))}"
        if order.version > 1
        else f"Commandé {words.moment(local(order.placed_at))}",
        "when": f"{words.day(start)} {start.year}, {words.window(start, end)}",
        "where": plain(", ".join(filter(None, [point.name, point.address, point.commune.name]))),
        "hints": plain(point.hints),
        "parts": [_paper_part(part) for part in page.parts],
        "gone": [_paper_gone(row) for row in page.gone],
        "products": str(page.products),
        "charges": [
            {"name": plain(f"{c.fee.name}, pour {c.earner or page.group.name}"), "amount": str(c.amount)}
            for c in page.charges
        ],
        "total": ("env. " if page.has_estimates else "") + str(page.total),
        "likely": f"Probablement entre {page.likely[0]} et {page.likely[1]}, pesé au retrait." if page.likely else "",
        "printed": f"Imprimé {words.moment(local(page.now))}",
    }


def _paper_part(part: FarmPart) -> dict[str, Any]:
    return {
        "farm": plain(part.farm.name),
        "lines": [_paper_line(row) for row in part.rows],
        "amount": str(part.amount),
        "taxes": [
            {"rate": words.percentage(s.permyriad), "net": str(s.net), "vat": str(s.vat), "gross": str(s.gross)}
            for s in part.recap.splits
        ],
        "mention": plain(part.mention),
    }


def _paper_line(row: LineRow) -> dict[str, str]:
    line = row.line
    notes = [
        "pesé au retrait, env." if row.is_estimate else "",
        f"réduite : {row.shortened}" if row.shortened else "",
        "peut être remplacé" if line.may_replace else "",
        f"« {line.note} »" if line.note else "",
    ]
    return {
        "name": plain(line.offer.product.name),
        "words": line.in_words,
        "price": plain(row.price),
        "amount": ("env. " if row.is_estimate else "") + str(line.final_amount),
        "notes": plain(" · ".join(filter(None, notes))),
    }


def _paper_gone(row: LineRow) -> dict[str, str]:
    return {"name": plain(row.line.offer.product.name), "words": row.line.in_words, "why": row.ended}


def history_csv(records: Iterable[HistoryRecord]) -> bytes:
    """French CSV: semicolons, decimal commas, a BOM; a row per line and per fee, none that a spreadsheet runs."""
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sheet.writerow(HEADER)
    for record in records:
        sheet.writerow(_row(record))
    return "\ufeff".encode() + out.getvalue().encode()


def _row(record: HistoryRecord) -> list[object]:
    order, line = record.order, record.line
    group = order.pickup.cycle.organisation
    head = [group.local(order.pickup.starts_at).date().isoformat(), safe_text(group.name)]
    head += [safe_text(order.pickup.point.name), str(order.number)]
    if line is None:
        fee = record.charge.fee.name if record.charge else ""
        earner = (record.charge.earner if record.charge else "") or group.name
        return [*head, safe_text(earner), safe_text(fee), "", "", "", record.amount.comma, ""]
    product = line.offer.product
    rate = words.percentage(line.vat_permyriad).replace("\u00a0", " ")
    unit = {Unit.GRAM: "kg", Unit.MILLILITRE: "L"}.get(Unit(line.unit), product.piece_name or "pièce")
    return [
        *head, safe_text(line.offer.participation.producer.organisation.name), safe_text(product.name),
        _decimal(line.count, Unit(line.unit)), safe_text(unit), line.unit_price.comma, record.amount.comma, rate,
    ]  # fmt: skip


def _decimal(count: int, unit: Unit) -> str:
    """2500 g is 2,500 (of kg); pieces are whole."""
    if unit == Unit.PIECE:
        return str(count)
    whole, rest = divmod(count, 1000)
    return f"{whole},{rest:03d}"
