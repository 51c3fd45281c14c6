"""A group words its letters: a list of kinds, a page for each, a preview that sends nothing, a trial to oneself."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import mail, wording
from cagette.core.letters import Words
from cagette.core.models import AuditEntry, Letter, LetterText
from tests.factories import NOW, OrganisationFactory, UserFactory, a_role

pytestmark = pytest.mark.django_db

LIST = "/groupes/a-sporta/lettres/"
ORDER = f"{LIST}order/"


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta", name="A Sporta")


@pytest.fixture
def coordinator(client, group):
    person = a_role(UserFactory(), group)
    client.force_login(person)
    return person


def test_every_kind_that_a_group_writes_is_in_the_list_and_ours_are_not(client, group, coordinator):
    wording.change_words(scope_id=group.pk, kind="order", words=Words(before="Merci"), by=coordinator, now=NOW)

    with CaptureQueriesContext(connection) as few:
        page = client.get(LIST).content.decode()
    for kind in ("cut", "opening"):
        wording.change_words(scope_id=group.pk, kind=kind, words=Words(before="Merci"), by=coordinator, now=NOW)
    with CaptureQueriesContext(connection) as many:
        assert client.get(LIST).content.decode().count("à vos mots") == 3

    for kind in (
        "opening",
        "closing",
        "collection",
        "close",
        "order",
        "cancelled",
        "cut",
        "invitation",
        "picking_list",
    ):
        assert f'href="{LIST}{kind}/"' in page
    for kind in ("account", "essai", "digest", "farm_digest", "closed"):
        assert f'href="{LIST}{kind}/"' not in page
        assert client.get(f"{LIST}{kind}/").status_code == 404
    assert page.count("à vos mots") == 1
    assert len(few) == len(many)


def test_words_are_kept_and_taken_back(client, group, coordinator):
    client.post(ORDER, {"subject": " Panier {numero} ", "before": "Un\r\nDeux", "after": "", "garder": "1"})

    kept = LetterText.objects.get()
    assert (kept.scope_id, kept.kind, kept.subject, kept.before) == (group.pk, "order", "Panier {numero}", "Un\nDeux")
    page = client.get(ORDER).content.decode()
    assert "Panier {numero}" in page
    assert "Revenir au texte d’origine" in page

    answers = [client.post(ORDER, {"revenir": "1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert not LetterText.objects.exists()
    assert "Revenir au texte d’origine" not in client.get(ORDER).content.decode()
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["letter.words_changed"] * 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"before": "Le {truc}"}, "{truc} n’est pas connu dans cette lettre. Vous pouvez écrire {groupe}, {jour}"),
        ({"after": "{}"}, "{} n’est pas connu"),
        ({"subject": "x" * 151}, "150 caractères"),
        ({"before": "x" * 2001}, "2000 caractères"),
        ({"before": "\x00"}, "nul"),
    ],
)
def test_what_a_letter_cannot_say_is_refused_in_words_beside_its_field(client, coordinator, typed, sentence):
    answer = client.post(ORDER, typed)

    assert answer.status_code == 200
    assert sentence in answer.content.decode().replace("\u202f", "")
    assert not LetterText.objects.exists()


@pytest.mark.parametrize("kind", wording.kinds())
def test_each_kind_has_a_preview_that_keeps_and_sends_nothing(client, group, coordinator, kind):
    address = f"{LIST}{kind}/apercu/"
    typed = {"subject": "Objet de {groupe}", "before": "<script>Un mot</script>", "after": "À bientôt"}

    ours = client.get(address)
    answer = client.post(address, typed)

    page = answer.content.decode()
    assert ours.status_code == answer.status_code == 200
    assert "Objet : Objet de A Sporta" in page
    assert "&lt;script&gt;Un mot" in page
    assert "<script" not in page
    assert "À bientôt" in page
    assert "Un mot" not in ours.content.decode()
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "style-src 'self' 'unsafe-inline'" in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
    assert not Letter.objects.exists()
    assert not LetterText.objects.exists()


def test_a_preview_of_what_is_refused_says_why(client, coordinator):
    answer = client.post(f"{ORDER}apercu/", {"before": "{truc}"})

    assert "{truc} n’est pas connu" in answer.content.decode()


def test_a_trial_goes_to_oneself_once_and_keeps_nothing(client, group, coordinator):
    key = uuid4()

    answers = [client.post(ORDER, {"before": "Un mot", "essai": "1", "key": key}) for _ in range(2)]

    letter = Letter.objects.get()
    assert (letter.kind, letter.to, letter.scope_id) == ("essai", coordinator.email, group.pk)
    assert letter.subject.startswith("[Essai] Commande n° 12 enregistrée : 8,00")  # 2 × 2.80 + 2.40
    assert "Un mot" in letter.text
    assert not LetterText.objects.exists()
    assert coordinator.email in answers[0].content.decode()
    assert "Un mot" in answers[0].content.decode()  # what was typed is still there


def test_a_trial_without_its_key_is_not_sent(client, coordinator):
    answer = client.post(ORDER, {"essai": "1", "key": "x"})

    assert answer.status_code == 200
    assert not Letter.objects.exists()


def test_every_kind_of_letter_has_a_name_in_the_filter(client, group, coordinator):
    page = client.get("/groupes/a-sporta/courriers/").content.decode()

    for kind in mail.KINDS:
        assert f'<option value="{kind}">' in page
    assert LIST in page


def test_a_copy_of_a_letter_that_many_got_is_one_row_that_stops_the_same(client, group, coordinator):
    drafts = [
        mail.Draft(
            key=f"opening:1:{n}@example.org", kind="opening", to=f"{n}@example.org", subject="S", text="T",
            scope_id=group.pk, unsubscribe=f"https://example.org/s/rappels/{n}/",
        )
        for n in range(3)
    ]  # fmt: skip
    mail.write_letters(drafts, now=NOW)
    letter = Letter.objects.get(to="1@example.org")

    client.post(f"/groupes/a-sporta/courriers/{letter.pk}/renvoyer/", {"key": uuid4()})

    copy = Letter.objects.get(copy_of=letter)
    assert (copy.to, copy.unsubscribe) == ("1@example.org", "https://example.org/s/rappels/1/")
    assert Letter.objects.count() == 4
