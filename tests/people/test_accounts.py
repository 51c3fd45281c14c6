"""Coming in: sign-up, password, code, reset, another address. Letters are read from their rows."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from cagette.core.models import Letter
from cagette.people import joining
from cagette.people.models import Household, User
from tests.factories import UserFactory, fresh

pytestmark = pytest.mark.django_db

PASSWORD = "corbeille-de-figues"
NEXT = "/groupes/a-sporta/retraits/7/panier/"


@pytest.fixture(autouse=True)
def _letters_are_rows(settings):
    settings.EMAIL_BACKEND = "cagette.core.mail.LetterBackend"  # pytest-django puts its own


@pytest.fixture
def jeanne():
    person = UserFactory(email="jeanne@example.org")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def sign_up(client, **changed):
    data = {
        "first_name": "Pauline", "last_name": "Mattei", "email": "Pauline@Example.org", "password1": PASSWORD,
        "household": "", "phone": "06 12 34 56 78", **changed,
    }  # fmt: skip
    return client.post(reverse("account_signup"), data)


def is_in(client):
    return "_auth_user_id" in client.session


def the_letter(**wanted):
    return Letter.objects.get(**wanted)


def test_signing_up_founds_the_household_and_asks_to_confirm_the_address(client):
    answer = sign_up(client)

    user = User.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/moi/")
    assert (user.email, user.first_name, user.household.name) == ("pauline@example.org", "Pauline", "Mattei, Pauline")
    assert user.household.phone == "06 12 34 56 78"
    letter = the_letter()
    assert (letter.to, letter.hidden, letter.kind) == ("pauline@example.org", True, "account")
    assert letter.subject == "Bienvenue\u00a0: confirmez votre adresse"
    assert "http://testserver/compte/confirm-email/" in letter.text


def test_a_household_may_have_a_name_of_its_own(client):
    sign_up(client, household="  Chez   Lina ")

    assert Household.objects.get().name == "Chez Lina"


def test_a_household_that_cannot_be_founded_leaves_no_account(client, monkeypatch):
    def fail(**_):
        raise RuntimeError("no household")

    monkeypatch.setattr(joining, "found_household", fail)

    with pytest.raises(RuntimeError):
        sign_up(client)

    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"email": "jeanne@example.org"}, "déjà"),
        ({"email": "pas une adresse"}, "adresse"),
        ({"password1": "court"}, "10 caractères"),
        ({"last_name": ""}, "Champ requis"),
        ({"first_name": "x" * 81}, "80"),
    ],
)
def test_a_wrong_sign_up_is_refused_in_words(client, jeanne, changed, said):
    answer = sign_up(client, **changed)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert User.objects.count() == 1


def test_the_same_sign_up_twice_at_once_makes_one_account(jeanne, client, monkeypatch):
    from cagette.people.forms import SignupForm

    monkeypatch.setattr(SignupForm, "validate_unique_email", lambda _form, value: value)  # the other form won the race

    answer = sign_up(client, email="jeanne@example.org")

    assert answer["Location"] == reverse("account_login")
    assert User.objects.get() == jeanne
    assert Household.objects.count() == 1
    assert not is_in(client)


def test_a_password_lets_in_whatever_the_case_of_the_address(client, jeanne):
    client.post(reverse("account_login"), {"login": "JEANNE@example.org", "password": PASSWORD})

    assert is_in(client)
    assert not Letter.objects.exists()


def test_a_wrong_password_is_refused_without_saying_whether_the_account_exists(client, jeanne):
    known = client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": "autre-chose"})
    unknown = client.post(reverse("account_login"), {"login": "personne@example.org", "password": "autre-chose"})

    said = [re.search(r'role="alert".*?</div>', page.content.decode(), re.S)[0] for page in (known, unknown)]
    assert said[0] == said[1]
    assert "incorrects" in said[0]
    assert not is_in(client)


def test_five_wrong_passwords_shut_the_account_for_a_while_and_nobody_elses(client, jeanne):
    for _ in range(5):
        client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": "autre-chose"})

    client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": PASSWORD})
    assert not is_in(client)
    neighbour = UserFactory(email="lina@example.org")
    neighbour.set_password(PASSWORD)
    neighbour.save()
    client.post(reverse("account_login"), {"login": "lina@example.org", "password": PASSWORD})
    assert is_in(client)


def test_a_code_lets_in_once_and_leads_where_one_was_going(client, jeanne):
    client.get(reverse("account_login"), {"next": NEXT})
    answer = client.post(reverse("account_request_login_code"), {"email": "jeanne@example.org", "next": NEXT})
    code = re.search(r"^[A-Z0-9-]{5,}$", the_letter().text, re.M)[0]
    page = client.get(answer["Location"]).content.decode()
    assert f'value="{NEXT}"' in page
    assert "/compte/login/code/?next=%2Fgroupes%2Fa-sporta" in page

    answer = client.post(reverse("account_confirm_login_code"), {"code": code, "next": NEXT})

    assert answer["Location"] == NEXT
    assert is_in(client)
    other = Client()
    other.post(reverse("account_confirm_login_code"), {"code": code})
    assert not is_in(other)


def test_a_code_for_an_address_without_an_account_looks_the_same_and_sends_nothing(client, jeanne):
    answer = client.post(reverse("account_request_login_code"), {"email": "personne@example.org"})

    assert answer["Location"] == reverse("account_confirm_login_code")
    assert client.get(answer["Location"]).status_code == 200
    assert not Letter.objects.exists()


def test_three_wrong_codes_and_it_is_gone(client, jeanne):
    client.post(reverse("account_request_login_code"), {"email": "jeanne@example.org"})
    code = re.search(r"^[A-Z0-9-]{5,}$", the_letter().text, re.M)[0]
    for _ in range(3):
        client.post(reverse("account_confirm_login_code"), {"code": "00000"})

    client.post(reverse("account_confirm_login_code"), {"code": code})

    assert not is_in(client)


@pytest.mark.parametrize("route", ["account_login", "account_signup", "account_request_login_code"])
def test_where_one_was_going_is_kept_on_every_way_in(client, route):
    page = client.get(reverse(route), {"next": NEXT}).content.decode()

    assert f'name="next" value="{NEXT}"' in page
    others = re.findall(r'href="(/compte/(?:login|signup)[^"]*)"', page.split("<main")[1].split("</main")[0])
    assert others
    assert all("next=%2Fgroupes" in address for address in others)


def test_a_new_account_returns_to_the_basket(client):
    assert sign_up(client, next=NEXT)["Location"] == NEXT


def test_nobody_is_sent_to_another_site(client, jeanne):
    data = {"login": "jeanne@example.org", "password": PASSWORD, "next": "https://ailleurs.example/"}

    assert client.post(reverse("account_login"), data)["Location"] == "/moi/"


def test_a_forgotten_password_is_replaced_by_a_link_that_serves_once(client, jeanne):
    client.post(reverse("account_reset_password"), {"email": "jeanne@example.org"})
    link = re.search(r"http://testserver(/compte/password/reset/key/\S+)", the_letter().text)[1]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]

    client.post(address, {"password1": "panier-de-cerises", "password2": "panier-de-cerises"})

    assert fresh(jeanne).check_password("panier-de-cerises")
    assert "ne sert plus" in Client().get(link, follow=True).content.decode()
    assert [x.subject for x in Letter.objects.order_by("pk")][1:] == ["Votre mot de passe a changé"]


def test_a_reset_for_an_unknown_address_says_the_same_and_sends_nothing(client, jeanne):
    known = client.post(reverse("account_reset_password"), {"email": "jeanne@example.org"}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "personne@example.org"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert Letter.objects.count() == 1


def test_another_address_holds_once_its_link_was_followed(client, jeanne):
    client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": PASSWORD})
    asked = client.post(reverse("account_email"), {"email": "j.luciani@example.org", "action_add": ""})
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not Letter.objects.exists()
    client.post(asked["Location"], {"password": PASSWORD, "next": reverse("account_email")})
    link = re.search(r"http://testserver(/compte/confirm-email/\S+)", the_letter(to="j.luciani@example.org").text)[1]

    assert fresh(jeanne).email == "jeanne@example.org"  # looking is not confirming
    client.get(link)
    assert fresh(jeanne).email == "jeanne@example.org"
    client.post(link)

    assert fresh(jeanne).email == "j.luciani@example.org"
    assert Letter.objects.filter(to="jeanne@example.org", subject="Votre adresse a changé").count() == 1


def test_going_out_asks_by_get_and_does_it_by_post(client, jeanne):
    client.force_login(jeanne)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)

    assert client.post(reverse("account_logout"))["Location"] == "/"
    assert not is_in(client)


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        ("/gestion/login/?next=/gestion/pages/", "/compte/login/?next=/gestion/pages/"),
        ("/_util/login/?next=/x/", "/compte/login/?next=/x/"),
        ("/gestion/password_reset/", "/compte/password/reset/"),
        ("/gestion/password_reset/confirm/MQ/set-password/", "/compte/password/reset/"),
        ("/gestion/", "/compte/login/?next=/gestion/"),
    ],
)
def test_the_cms_has_no_way_in_of_its_own(client, address, goes_to):
    assert client.get(address)["Location"] == goes_to
    if "login" in address:
        assert client.post(address, {"username": "x", "password": "y"}).status_code == 302


def test_a_keeper_gets_into_the_cms_by_our_log_in(client, jeanne):
    jeanne.is_staff = jeanne.is_superuser = True
    jeanne.save()

    data = {"login": "jeanne@example.org", "password": PASSWORD, "next": "/gestion/"}
    assert client.post(reverse("account_login"), data)["Location"] == "/gestion/"
    assert client.get("/gestion/").status_code == 200


PAGES = ["account_login", "account_signup", "account_request_login_code", "account_reset_password",
         "account_reset_password_done", "account_inactive", "account_email_verification_sent",
         "account_reset_password_from_key_done"]  # fmt: skip
INSIDE = ["account_email", "account_change_password", "account_logout", "account_reauthenticate"]


@pytest.mark.parametrize("route", PAGES + INSIDE)
def test_every_page_of_the_account_is_ours_in_french(client, jeanne, route):
    if route in INSIDE:
        client.post(reverse("account_login"), {"login": "jeanne@example.org", "password": PASSWORD})

    answer = client.get(reverse(route))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert all(
        t.name.startswith(("account/", "base.html", "allauth/", "components/", "django/")) for t in answer.templates
    )
    assert "core/base.css" in page
    assert 'lang="fr"' in page
    main = page.split("<main")[1].split("</main")[0]
    assert main.count("<h1") == 1
    assert not re.search(r"<script|style=|placeholder=|\b(Sign|Password|Email|Your|Please)\b", main)
