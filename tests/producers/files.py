"""Making files that farms send."""

import io

import openpyxl

from producers.price_lists import applying, confirming, reading
from tests.factories import NOW, UserFactory

HEAD = "référence;nom;rayon;vendu;pièce;pièces;contenu;prix;pas;minimum;stock"


def a_csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def an_xlsx(*lines: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def a_draft(producer, content: bytes, **changed):
    arguments = {"file_name": "tarifs.csv", "by": UserFactory(), "now": NOW, **changed}
    return applying.keep_draft(producer_id=producer.pk, sheet=reading.read_file(content), **arguments)


def applied(draft, *, digest=None, by=None, leave_errors=False, now=NOW):
    return confirming.confirm_draft(
        draft_id=draft.pk,
        producer_id=draft.producer_id,
        digest=digest or applying.preview(draft).digest,
        leave_errors=leave_errors,
        by=by or UserFactory(),
        now=now,
    )
