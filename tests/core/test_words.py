"""French as it is printed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from cagette.core import words

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 26), "jeudi 26 novembre"),
        (date(2026, 12, 1), "mardi 1er décembre"),
        (date(2026, 8, 9), "dimanche 9 août"),
    ],
)
def test_a_day_has_its_weekday_and_the_first_is_1er(day, said):
    assert words.day(day) == said


def test_an_hour_is_written_with_spaces_that_do_not_break():
    assert words.clock(datetime(2026, 11, 26, 18, 0)) == "18\u00a0h"
    assert words.clock(datetime(2026, 11, 26, 18, 5)) == "18\u00a0h\u00a005"
    start, end = datetime(2026, 11, 26, 18, 0), datetime(2026, 11, 26, 19, 30)
    assert words.window(start, end) == "18\u00a0h –\u2060 19\u00a0h\u00a030"
    assert words.moment(start) == "jeudi 26 novembre à 18\u00a0h"


@pytest.mark.parametrize(
    ("closes_at", "said"),
    [
        (datetime(2026, 11, 24, 20, 0, tzinfo=PARIS), "ferme ce soir à 20\u00a0h"),
        (datetime(2026, 11, 24, 14, 0, tzinfo=PARIS), "ferme aujourd’hui à 14\u00a0h"),
        (datetime(2026, 11, 25, 20, 0, tzinfo=PARIS), "ferme demain à 20\u00a0h"),
        (datetime(2026, 11, 26, 20, 0, tzinfo=PARIS), "ferme jeudi à 20\u00a0h"),
        (datetime(2026, 12, 3, 20, 0, tzinfo=PARIS), "ferme le jeudi 3 décembre à 20\u00a0h"),
        (NOW, "fermée depuis mardi 24 novembre à 12\u00a0h"),
    ],
)
def test_a_close_is_said_as_one_says_it(closes_at, said):
    assert words.closing(closes_at, NOW) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0\u00a0commande"), (1, "1\u00a0commande"), (2, "2\u00a0commandes"), (1234, "1\u202f234\u00a0commandes")],
)
def test_zero_is_singular_in_french(number, said):
    assert words.count_of(number, "commande", "commandes") == said


def test_names_are_listed_with_et():
    assert words.listed([]) == ""
    assert words.listed(["Borgo"]) == "Borgo"
    assert words.listed(["Borgo", "Bastia", "Furiani"]) == "Borgo, Bastia et Furiani"


def test_names_are_looked_up_with_their_accents_apart_and_numbers_as_numbers():
    names = ["Œufs, boîte de 12", "Zeste", "Épinards", "Œufs, boîte de 6", "Endives"]

    assert sorted(names, key=words.alphabet) == [
        "Endives", "Épinards", "Œufs, boîte de 6", "Œufs, boîte de 12", "Zeste",
    ]  # fmt: skip
