"""Accounts, households, and what the page of letters shows to whom."""

import re

import pytest
from django.urls import reverse

from cagette.core import clock, links, mail
from cagette.core.models import Letter
from cagette.people import joining
from cagette.people.models import Membership, User
from tests.factories import NOW, OrganisationFactory, UserFactory, a_member, a_role, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _letters(settings):
    settings.EMAIL_BACKEND = "cagette.core.mail.LetterBackend"


def sign_up(client, **changed):
    fields = {
        "first_name": "Pauline", "last_name": "Mattei", "email": "pauline@example.org", "phone": "",
        "password1": "un-panier-de-saison",
    }  # fmt: skip
    return client.post(reverse("account_signup"), {**fields, **changed})


def test_signing_up_founds_the_household_too(client):
    assert sign_up(client).status_code == 302

    user = User.objects.get()
    assert user.household.name == "Mattei, Pauline"
    assert client.get("/commandes/").status_code == 200


@pytest.mark.parametrize(
    "changed", [{"email": "pas une adresse"}, {"password1": "court"}, {"first_name": ""}, {"email": "a\x00@b.fr"}]
)
def test_a_sign_up_that_lacks_something_is_refused_in_words(client, changed):
    answer = sign_up(client, **changed)

    assert answer.status_code == 200
    assert "À corriger" in answer.content.decode()
    assert not User.objects.exists()


def test_a_log_in_code_comes_as_a_letter_and_opens_the_door(client):
    user = UserFactory(email="jeanne@example.org")
    client.post(reverse("account_request_login_code"), {"email": user.email})
    letter = Letter.objects.get()
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", letter.text, re.MULTILINE)[1]

    answer = client.post(reverse("account_confirm_login_code"), {"code": code})

    assert letter.hidden
    assert answer.status_code == 302
    assert client.get("/moi/foyer/").status_code == 200


def test_outside_the_demo_a_log_in_letters_body_and_signed_links_are_hidden(client):
    group = OrganisationFactory()
    token = links.sign("picking_list", 1)
    code = mail.write_letter(
        key="a", kind="account", to="a@b.fr", subject="Code", text="ABC-DEF", scope_id=group.pk, hidden=True, now=NOW
    )
    bon = mail.write_letter(
        key="b", kind="list", to="a@b.fr", subject="Bon", text=f"http://x/s/bon/{token}", scope_id=group.pk, now=NOW
    )
    client.force_login(a_role(UserFactory(), group))

    pages = [
        client.get(reverse("people:letter", args=[group.slug, letter.pk])).content.decode() for letter in (code, bon)
    ]

    assert "ABC-DEF" not in pages[0]
    assert token not in pages[1]
    assert "/s/bon/…" in pages[1]


def test_in_the_local_demo_anyone_reads_the_letters(client, settings):
    settings.DEMO = True
    letter = mail.write_letter(
        key="a", kind="account", to="a@b.fr", subject="Code", text="ABC-DEF", hidden=True, now=NOW
    )

    assert "Code" in client.get("/courriers/").content.decode()
    assert "ABC-DEF" in client.get(f"/courriers/{letter.pk}/").content.decode()


@pytest.mark.parametrize("letters", [1, 3])
def test_the_page_of_letters_takes_the_same_queries_however_many(client, django_assert_num_queries, letters):
    group = OrganisationFactory()
    for number in range(letters):
        mail.write_letter(key=str(number), kind="t", to="a@b.fr", subject="S", text="T", scope_id=group.pk, now=NOW)
    client.force_login(a_role(UserFactory(), group))

    with django_assert_num_queries(8):
        client.get(reverse("people:letters", args=[group.slug]))


def test_joining_leaving_and_joining_again_keep_one_membership():
    group, user = OrganisationFactory(), UserFactory()
    deed = {"household_id": user.household_id, "organisation_id": group.pk, "by": user, "now": clock.now()}

    for _ in range(2):
        joining.join_group(**deed)
    assert [joining.leave_group(**deed), joining.leave_group(**deed)] == [True, False]
    joining.join_group(**deed)

    assert Membership.objects.get().ended_on is None


def test_a_person_keeps_their_first_household():
    user = UserFactory(household=None)

    first = joining.found_household(user=user, name="Un", now=NOW)
    second = joining.found_household(user=user, name="Deux", now=NOW)

    assert first == second == fresh(user).household


def test_wagtail_is_entered_through_our_own_door(client):
    answer = client.get("/gestion/")

    assert answer.status_code == 302
    assert "/compte/login/" in answer["Location"]
    assert client.get("/gestion/login/").status_code == 302


def test_a_letter_of_another_group_is_not_found(client):
    group, other = OrganisationFactory(), OrganisationFactory()
    letter = mail.write_letter(key="a", kind="t", to="a@b.fr", subject="S", text="T", scope_id=other.pk, now=NOW)
    client.force_login(a_role(a_member(group), group))

    assert client.get(reverse("people:letter", args=[group.slug, letter.pk])).status_code == 404
