"""The log of letters: what is found in it, who sees what, and that nothing leaks from it outside the demo."""

from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from cagette.core import links, mail
from cagette.core.models import AuditEntry, Letter
from cagette.people.enums import OrganisationKind, RoleKind
from tests.factories import NOW, OrganisationFactory, UserFactory, a_member, a_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta")


@pytest.fixture
def farm():
    return OrganisationFactory(slug="ortu", kind=OrganisationKind.PRODUCER)


@pytest.fixture
def coordinator(client, group):
    person = a_role(UserFactory(), group)
    client.force_login(person)
    return person


def a_letter(group, key="a", **changed):
    fields = {"kind": "order", "to": "lina@example.org", "subject": "Commande 12", "text": "Bonjour", **changed}
    return mail.write_letter(key=key, scope_id=group.pk, now=NOW, **fields)


def the_list(client, **sought):
    page = client.get("/groupes/a-sporta/courriers/", sought)
    assert page.status_code == 200
    return page.content.decode()


def test_letters_are_found_by_text_kind_and_state(client, group, coordinator):
    a_letter(group)
    a_letter(group, "b", kind="picking_list", to="ortu@example.org", subject="Samedi\u00a0: à préparer")
    Letter.objects.filter(key="b").update(state="failed")

    for sought in ({"q": "commande"}, {"q": "LINA@"}, {"genre": "order"}, {"etat": "waiting"}):
        assert "Commande 12" in the_list(client, **sought)
        assert "à préparer" not in the_list(client, **sought)
    assert "Aucun courrier de ce genre" in the_list(client, q="rien de tel")


@pytest.mark.parametrize(
    "sought",
    [
        {"genre": "autre"},
        {"etat": "perdu"},
        {"page": "-1"},
        {"page": "NaN"},
        {"page": "99"},
        {"q": "\x00"},
        {"q": "x" * 90},
    ],
)
def test_what_is_not_understood_is_not_looked_for(client, group, coordinator, sought):
    a_letter(group)

    assert "Commande 12" in the_list(client, **sought)


def test_the_next_page_keeps_what_is_sought(client, group, coordinator):
    for number in range(41):
        a_letter(group, str(number), subject=f"Commande & {number}")

    first, second = the_list(client, q="Commande &", genre="order"), the_list(client, q="Commande &", page=2)

    assert first.count('class="name"') == 40
    assert 'href="?page=2&amp;q=Commande+%26&amp;genre=order"' in first
    assert second.count('class="name"') == 1


def test_a_farm_sees_what_was_written_to_it_and_nothing_else(client, group, farm):
    ours = a_letter(group, for_scope_id=farm.pk, subject="Bon 48")
    theirs = a_letter(group, "b", subject="Commande d’un foyer")
    client.force_login(a_role(UserFactory(), farm, RoleKind.STAFF))

    page = client.get("/fermes/ortu/courriers/").content.decode()

    assert "Bon 48" in page
    assert "Commande d’un foyer" not in page
    assert client.get(f"/fermes/ortu/courriers/{ours.pk}/").status_code == 200
    assert client.get(f"/fermes/ortu/courriers/{theirs.pk}/").status_code == 404
    assert client.post(f"/fermes/ortu/courriers/{theirs.pk}/renvoyer/", {"key": uuid4()}).status_code == 404
    assert Letter.objects.count() == 2


def test_a_copy_leaves_once_however_often_the_button_is_pressed(client, group, coordinator):
    letter = a_letter(group, hidden=False, reply_to="bonjour@example.org")
    address, key = reverse("people:resend", args=[group.slug, letter.pk]), uuid4()

    answers = [client.post(address, {"key": key}) for _ in range(2)]

    copy = Letter.objects.exclude(pk=letter.pk).get()
    assert {answer["Location"] for answer in answers} == {reverse("people:letter", args=[group.slug, copy.pk])}
    assert (copy.copy_of, copy.to, copy.text) == (letter, letter.to, letter.text)
    assert AuditEntry.objects.get().verb == "letter.resent"
    assert "1\u00a0copie envoyée" in client.get(reverse("people:letter", args=[group.slug, letter.pk])).content.decode()


@pytest.mark.parametrize("key", ["", "x", "1" * 500])
def test_a_resend_without_its_key_is_refused_in_words(client, group, coordinator, key):
    letter = a_letter(group)

    answer = client.post(reverse("people:resend", args=[group.slug, letter.pk]), {"key": key}, follow=True)

    assert "incomplet" in answer.content.decode()
    assert Letter.objects.count() == 1


def test_a_log_in_letter_is_not_sent_again(client, group, coordinator):
    letter = a_letter(group, hidden=True)

    assert client.post(reverse("people:resend", args=[group.slug, letter.pk]), {"key": uuid4()}).status_code == 404
    assert Letter.objects.count() == 1


SECRET = "SECRET-7F2"


def the_secrets(group, settings):
    """One letter of each kind that holds a secret: a code by Django's mail, a signed link in text and in HTML."""
    settings.EMAIL_BACKEND = "cagette.core.mail.LetterBackend"
    code = EmailMultiAlternatives("Votre code", f"Le code\u00a0: {SECRET}", to=["lina@example.org"])
    code.attach_alternative(f"<p>{SECRET}</p>", "text/html")
    code.send()
    Letter.objects.update(scope_id=group.pk)
    token = links.sign("picking_list", 48)
    a_letter(group, text=f"http://x.example/s/bon/{token}\nhttp://x.example/s/bon/{token}.pdf", html=f"/s/bon/{token}")
    return token


def every_page(client, group):
    for base in (f"/groupes/{group.slug}/courriers/", "/courriers/"):
        yield client.get(base)
        yield client.get(base, {"q": SECRET})
        for letter in Letter.objects.all():
            yield client.get(f"{base}{letter.pk}/")


def test_outside_the_demo_no_code_and_no_token_is_on_any_page(client, group, settings):
    assert settings.DEMO is False
    token = the_secrets(group, settings)
    client.force_login(UserFactory(is_superuser=True, is_staff=True))

    for page in every_page(client, group):
        text = page.content.decode().replace(f'value="{SECRET}"', "")  # what was typed is shown back
        assert page.status_code == 200
        assert SECRET not in text
        assert token not in text
        assert token.split(":")[-1] not in text


def test_in_the_demo_the_same_pages_show_them_to_anyone(client, group, settings):
    settings.DEMO = True
    token = the_secrets(group, settings)

    shown = "".join(page.content.decode() for page in every_page(client, group) if page.status_code == 200)

    assert SECRET in shown
    assert token in shown


def test_outside_the_demo_a_visitor_is_asked_to_enter_and_returns(client):
    assert client.get("/courriers/?q=x")["Location"] == "/compte/login/?next=/courriers/%3Fq%3Dx"


def test_a_letters_text_is_shown_as_text(client, group, coordinator):
    letter = a_letter(group, subject="<b>gras</b>", text="<script>alert(1)</script> javascript:alert(1)")

    page = client.get(reverse("people:letter", args=[group.slug, letter.pk])).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<b>gras</b>" not in page
    assert 'href="javascript:' not in page


def test_people_of_the_group_without_the_right_are_refused(client, group):
    client.force_login(a_role(a_member(group), group, RoleKind.VOLUNTEER))

    assert client.get("/groupes/a-sporta/courriers/").status_code == 403


@pytest.mark.parametrize("letters", [1, 3])
def test_one_letter_and_all_letters_take_the_same_queries_however_many(
    client, django_assert_num_queries, group, letters
):
    for number in range(letters):
        letter = a_letter(group, str(number))
    client.force_login(UserFactory(is_superuser=True))

    with django_assert_num_queries(5):  # session, person, roles, how many, these forty
        client.get("/courriers/")
    with django_assert_num_queries(8):
        client.get(f"/groupes/a-sporta/courriers/{letter.pk}/")
