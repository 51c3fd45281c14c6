"""Price lists through their pages: upload, preview, confirm; twice, by others, and with files that are none."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cagette.core import clock
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers.models import PriceListDraft, Product
from producers.price_lists import writing
from tests.factories import ProducerFactory, ProductFactory, UserFactory, a_role, fresh
from tests.producers.files import a_csv, a_draft, an_xlsx

pytestmark = pytest.mark.django_db

CHARD = "101;Blettes à cardes;Légumes;à la pièce;botte;bottes;600 g;2,80;1;1;30"
WRONG = "102;Navets;Chaussures;à la pièce;;;;2,00;1;1;3"


@pytest.fixture
def producer(client):
    producer = ProducerFactory()
    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.STAFF))
    return producer


def url(name, producer, *args):
    return reverse(f"producers:{name}", args=[producer.organisation.slug, *args])


def upload(client, producer, content, name="tarifs.csv", **kwargs):
    return client.post(url("price_list", producer), {"file": SimpleUploadedFile(name, content)}, **kwargs)


def confirm(client, answer, **data):
    page = answer.context["page"]
    return client.post(answer.request["PATH_INFO"], {"digest": page.plan.digest, **data}, follow=True)


def test_a_list_is_uploaded_previewed_and_confirmed(client, producer):
    ProductFactory(producer=producer, reference="101", name="Blettes", unit_price=Money(250))

    preview = upload(client, producer, a_csv(CHARD, "107" + CHARD[3:]), follow=True)
    text = preview.content.decode()

    assert "Aperçu, rien n’est encore changé" in text
    assert "<del>2,50\u00a0€</del>" in text
    assert "<ins>2,80\u00a0€</ins>" in text
    assert "Importer 2\u00a0produits" in text
    assert Product.objects.get().unit_price == Money(250)

    done = confirm(client, preview)

    assert "Tarifs importés" in done.content.decode()
    assert done.context["page"].applied.added == 1
    assert done.context["page"].applied.changed == 1
    assert Product.objects.count() == 2


def test_a_confirmation_sent_twice_says_the_same(client, producer):
    preview = upload(client, producer, a_csv(CHARD), follow=True)

    first, second = confirm(client, preview), confirm(client, preview)

    assert first.context["page"].applied == second.context["page"].applied
    assert Product.objects.count() == 1


def test_errors_are_told_by_row_and_column_and_hold_everything_back_unless_ticked(client, producer):
    preview = upload(client, producer, a_csv(CHARD, WRONG), follow=True)
    text = preview.content.decode()

    assert '<th scope="row">3</th><td>rayon</td>' in text
    assert "Chaussures" in text
    refused = confirm(client, preview)
    assert "Corrigez d’abord" in refused.content.decode()
    assert not Product.objects.exists()

    done = confirm(client, preview, leave_errors="1")

    assert "Lignes laissées de côté" in done.content.decode()
    assert Product.objects.get().reference == "101"


def test_two_tabs_the_second_sees_what_it_would_do_now(client, producer):
    ProductFactory(producer=producer, reference="101", unit_price=Money(250))
    one = upload(client, producer, b"ref;prix\n101;3,00\n", follow=True)
    two = upload(client, producer, b"ref;prix\n101;4,00\n", follow=True)
    confirm(client, one)

    answer = confirm(client, two)

    text = answer.content.decode()
    assert "Le catalogue a changé depuis cet aperçu" in text
    assert "<del>3,00\u00a0€</del>" in text
    assert Product.objects.get().unit_price == Money(300)


def test_an_old_preview_is_sent_away(client, producer):
    preview = upload(client, producer, a_csv(CHARD), follow=True)
    PriceListDraft.objects.update(uploaded_at=clock.now() - timedelta(days=2))

    answer = confirm(client, preview)

    assert "plus d’un jour" in answer.content.decode()
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "tarifs.csv", "vide"),
        (b"PK\x03\x04nonsense", "tarifs.xlsx", "illisible"),
        (b"\x00\x01\x02", "tarifs.xls", "ni un CSV"),
        (b"x" * 2_000_001, "gros.csv", "trop lourd"),
        (b"bonjour", "photo.jpg", "référence"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(client, producer, content, name, says):
    answer = upload(client, producer, content, name)

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not PriceListDraft.objects.exists()


def test_text_of_a_file_is_only_text_on_the_page(client, producer):
    preview = upload(client, producer, a_csv(CHARD.replace("Blettes", "<script>x</script>")), "<b>.csv", follow=True)

    assert "<script>x" not in preview.content.decode()
    assert "&lt;script&gt;x" in preview.content.decode()


def test_a_draft_of_another_farm_is_not_there(client, producer):
    theirs = a_draft(ProducerFactory(), a_csv(CHARD))

    assert client.get(url("price_list_draft", producer, theirs.pk)).status_code == 404
    assert client.post(url("price_list_draft", theirs.producer, theirs.pk), {"digest": ""}).status_code == 404
    assert not Product.objects.exists()


def test_who_may_have_the_file(client, producer):
    other = ProducerFactory()

    assert client.get(url("price_list_file", other, "csv")).status_code == 404
    client.force_login(a_role(UserFactory(), other.organisation, RoleKind.VOLUNTEER))
    assert client.get(url("price_list_file", other, "xlsx")).status_code == 403
    assert client.post(url("price_list", other)).status_code == 403


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_file_that_goes_out_comes_in_without_a_change(client, producer, ending):
    product = ProductFactory(producer=producer, name="Œufs, « extra »", origin="Corse")

    file = client.get(url("price_list_file", producer, ending))
    preview = upload(client, producer, file.content, f"x.{ending}", follow=True)

    assert f'filename="catalogue-{producer.organisation.slug}.{ending}"' in file["Content-Disposition"]
    assert "il n’y a rien à importer" in preview.content.decode()
    assert fresh(product).name == "Œufs, « extra »"


@pytest.mark.parametrize("count", [1, 3])
def test_the_preview_takes_the_same_queries_however_long(client, producer, count, django_assert_num_queries):
    draft = a_draft(producer, a_csv(*[f"{n}" + CHARD[3:] for n in range(100, 100 + count)]))

    with django_assert_num_queries(10):
        client.get(url("price_list_draft", producer, draft.pk))


# --- Files of and for other software ----------------------------------------------------------------------

CAGETTE = b"productName,price,ref,desc,qt,unit,organic,floatQt,vat,stock\n"


def test_a_file_of_cagette_is_recognised_previewed_and_confirmed(client, producer):
    preview = upload(client, producer, CAGETTE + b"Carottes,3.40,104,,1,kg,1,1,5.5,\nMiel,9,,,1,kg,,,7,\n",
                     follow=True)  # fmt: skip
    text = preview.content.decode()

    assert "au format de Cagette" in text
    assert '<th scope="row">3</th><td>vat</td>' in text
    assert "Ce que ce fichier ne dit pas reste comme vous l’avez." in text
    assert "Sans référence" in text
    assert "réf. 104, Légumes, au poids, par 100\u00a0g" in text

    done = confirm(client, preview, leave_errors="1")

    assert done.context["page"].applied.added == 1
    assert Product.objects.get().unit_price == Money(340)


def test_rows_of_another_farm_are_counted_and_named(client, producer):
    head = b"producer,sku,name,display_name,category,description,units,unit_type,variant_unit_name,price\n"
    preview = upload(client, producer, head + b"Ailleurs,A,Miel,,Honey,,1,kg,,9\n", follow=True).content.decode()

    assert "<dt>Lignes d’autres producteurs</dt><dd>1</dd>" in preview
    assert f"écrivez «\u00a0{producer.organisation.name}\u00a0» dans la colonne «\u00a0producer\u00a0»" in preview
    assert "Aucune ligne de ce fichier n’est de votre ferme." in preview
    assert 'name="digest"' in preview
    assert "Importer" not in preview


@pytest.mark.parametrize(("key", "name"), [("cagette", "Cagette"), ("ofn", "Open Food Network")])
def test_a_file_for_other_software_holds_what_is_on_sale_and_comes_in_without_a_change(client, producer, key, name):
    producer.organisation.commune_code = "2B346"  # in Corsica food is at 2.1 %
    producer.organisation.save()
    ProductFactory(producer=producer, reference="A", name="Œufs, « extra »", labels=["ab"])
    ProductFactory(producer=producer, reference="B", name="=Vin", vat_class="alcohol", category="drinks")
    ProductFactory(producer=producer, reference="C", name="Pause", is_active=False)
    ProductFactory(producer=producer, reference="D", name="Retiré", retired_at=clock.now())

    assert f"Pour {name}" in client.get(url("price_list", producer)).content.decode()
    file = client.get(url("price_list_file_for", producer, key))
    lines = file.content.decode().splitlines()

    assert f'filename="{key}-{producer.organisation.slug}.csv"' in file["Content-Disposition"]
    assert len(lines) == 3
    if key == "cagette":
        assert lines == [
            "productName,price,ref,desc,qt,unit,organic,floatQt,vat,stock",
            "'=Vin,2.80,B,,1,Piece,,,20,",
            '"Œufs, « extra »",2.80,A,,1,Piece,1,,2.1,',
        ]
    else:
        assert lines[2] == (
            f'{producer.organisation.name},A,"Œufs, « extra »",,Légumes,,1,,pièce,2.80,,,1,Default,"TVA 2,1 %"'
        )
    preview = upload(client, producer, file.content, follow=True).content.decode()
    assert f"au format de {name}" in preview
    assert "il n’y a rien à importer" in preview


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("key", ["cagette", "ofn"])
def test_a_file_for_other_software_takes_three_queries(producer, key, count, django_assert_num_queries):
    ProductFactory.create_batch(count, producer=producer)

    with django_assert_num_queries(3):
        writing.write_for(producer, key, day=date(2026, 11, 25))


def test_there_is_no_file_for_any_other_software(client, producer):
    address = url("price_list_file_for", producer, "ofn").replace("ofn", "foodsoft")

    assert client.get(address).status_code == 404


def test_a_workbook_of_other_software_is_read_too(client, producer):
    book = an_xlsx(
        ["productName", "price", "ref", "desc", "qt", "unit", "organic", "floatQt", "vat", "stock"],
        ["Carottes", 3.4, 104, None, 1, "kg", True, True, 5.5, 12.5],
    )

    preview = upload(client, producer, book, "x.xlsx", follow=True)

    row = preview.context["page"].plan.new[0]
    assert (row.reference, row.facts.unit, row.facts.unit_price, row.wish.left) == ("104", "gram", Money(340), 12_500)
    assert row.facts.labels == ("ab",)
