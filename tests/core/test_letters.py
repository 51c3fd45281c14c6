"""A group's own words stand in every letter that it writes, in text and in HTML; many letters are few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import letters, mail, wording
from cagette.core.letters import Reader, Words
from cagette.core.models import AuditEntry, Letter, LetterText
from cagette.core.wording import WordsRefused
from tests.factories import NOW, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

OURS = {"template": "cycles/letters/withdrawn", "context": {"sale": "Vente 48"}, "subject": "La vente n’a pas lieu"}


@pytest.fixture
def group():
    return OrganisationFactory(name="A Sporta & fils", email="bonjour@sporta.example")


def worded(group, **words):
    wording.change_words(scope_id=group.pk, kind="withdrawn", words=Words(**words), by=UserFactory(), now=NOW)


def send(group, to=("lina@example.org",), **changed):
    context = {**OURS["context"], "group": group}
    letters.write("withdrawn", author=group, to=to, key="k", now=NOW, **{**OURS, "context": context, **changed})


def test_a_groups_own_words_stand_after_the_greeting_and_before_the_signature(group):
    worded(group, subject="{groupe}, {groupe} !", before="Un mot.\nUn autre.", after="<b>À bientôt</b>")

    send(group)

    letter = Letter.objects.get()
    assert letter.subject == "A Sporta & fils, A Sporta & fils !"
    assert letter.text.startswith("Bonjour,\n\nUn mot.\nUn autre.\n\nA Sporta & fils a retiré la vente « Vente 48 »")
    assert letter.text.endswith("rien à préparer.\n\n<b>À bientôt</b>\n\nA Sporta & fils\n")
    assert "</h1><p>Un mot.<br>Un autre.</p><p>A Sporta" in letter.html
    assert "<p>&lt;b&gt;À bientôt&lt;/b&gt;</p></div></body>" in letter.html
    assert "<b>" not in letter.html
    assert (letter.scope_id, letter.reply_to, letter.unsubscribe) == (group.pk, "bonjour@sporta.example", "")


def test_without_own_words_a_letter_is_as_the_house_wrote_it(group):
    worded(OrganisationFactory(), subject="D’un autre groupe")

    send(group)

    letter = Letter.objects.get()
    assert letter.subject == "La vente n’a pas lieu"
    assert letter.text.startswith("Bonjour,\n\nA Sporta & fils a retiré")


def test_braces_in_our_own_subject_stay(group):
    worded(group, before="Un mot.")

    send(group, subject="Vente {2}")

    assert Letter.objects.get().subject == "Vente {2}"


def test_a_variant_that_the_words_would_make_untrue_has_none(group):
    worded(group, subject="Autre", before="Un mot.")

    send(group, in_own_words=False)

    letter = Letter.objects.get()
    assert (letter.subject, "Un mot." in letter.text) == ("La vente n’a pas lieu", False)


def test_a_name_in_braces_that_a_letter_does_not_know_is_refused_in_words(group):
    with pytest.raises(WordsRefused, match=r"truc.+ n’est pas connu .+ Vous pouvez écrire .groupe.."):
        worded(group, before="Bonjour {truc}")

    assert not LetterText.objects.exists()
    assert not AuditEntry.objects.exists()


def test_own_words_are_changed_once_and_emptied_go_back_to_ours(group):
    by = UserFactory()

    def change(**words):
        words = Words(**words)
        return wording.change_words(scope_id=group.pk, kind="withdrawn", words=words, by=by, now=NOW)

    moved = [change(before="Un"), change(before="Un"), change(before="Deux"), change(), change()]

    assert moved == [True, False, True, True, False]
    assert not LetterText.objects.exists()
    assert AuditEntry.objects.count() == 3


def test_three_hundred_letters_are_written_in_two_queries_and_once(group):
    to = [Reader(f"p{n}@example.org", f"https://example.org/s/rappels/{n}/") for n in range(300)]

    with CaptureQueriesContext(connection) as seen:
        send(group, to=to)
    send(group, to=to)

    assert len(seen) == 2, [q["sql"][:80] for q in seen]
    assert Letter.objects.count() == 300
    letter = Letter.objects.get(to="p7@example.org")
    assert letter.unsubscribe == "https://example.org/s/rappels/7/"
    assert letter.text.endswith("\n--\nNe plus recevoir ce genre de lettre : https://example.org/s/rappels/7/\n")
    assert 'href="https://example.org/s/rappels/7/"' in letter.html


def test_an_address_as_long_as_its_column_holds_up_nobody(group):
    long = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 58}.example"
    other = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 58}.exampl"

    send(group, to=[long, other, "lina@example.org"])
    send(group, to=[long, other, "lina@example.org"])

    assert set(Letter.objects.values_list("to", flat=True)) == {long, other, "lina@example.org"}
    assert mail.written([f"k:{long}", "k:autre@example.org"]) == {f"k:{long}"}
