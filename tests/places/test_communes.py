"""Loading communes, finding them as people type, and the points near them."""

import gzip
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cagette.places import finding, loading
from cagette.places.models import Commune
from tests.factories import CommuneFactory, DeliveryPointFactory

pytestmark = pytest.mark.django_db

HEAD = "code,nom,departement,region,codes_postaux,population,lat,lon\n"
LINES = HEAD + (
    "2B346,Venzolasca,2B,94,20215,1900,42.48512,9.45567\n"
    "94038,L'Haÿ-les-Roses,94,11,94240,31000,48.77890,2.33720\n"
    '75056,Paris,75,11,"75001 75002 75116",2100000,48.85660,2.35220\n'
    "64430,Oraàs,64,75,64390,,,\n"
)


def load(tmp_path, text, name="communes.csv"):
    file = tmp_path / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    out = StringIO()
    call_command("load_communes", str(file), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["communes.csv", "communes.csv.gz"])
def test_communes_are_loaded_once_however_often(tmp_path, name):
    assert load(tmp_path, LINES, name) == "4 communes\n"
    before = list(Commune.objects.order_by("code").values())
    assert load(tmp_path, LINES, name) == "4 communes\n"

    assert list(Commune.objects.order_by("code").values()) == before
    hay = Commune.objects.get(pk="94038")
    assert (hay.name, hay.sort_name, hay.population) == ("L'Haÿ-les-Roses", "l hay les roses", 31000)
    assert str(hay.latitude) == "48.77890"
    assert Commune.objects.get(pk="64430").latitude is None


def test_a_later_file_changes_what_changed_and_leaves_the_rest(tmp_path):
    load(tmp_path, LINES)
    point = DeliveryPointFactory(commune=Commune.objects.get(pk="2B346"))

    load(tmp_path, "\ufeff" + HEAD + "2B346,Venzulasca,2B,94,20215,2000,42.48512,9.45567\n")

    assert (point.commune.__class__.objects.get(pk="2B346").name, Commune.objects.count()) == ("Venzulasca", 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "2B346,Venzolasca,2B,94,20215,beaucoup,42,9\n", "Ligne 2"),
        (HEAD + "2B346,Venzolasca,2B,94,20215,1,142,9\n", "degrés"),
        (HEAD + "2B346,Venzolasca,2B,94,20215,1,NaN,9\n", "Ligne 2"),
        (HEAD + "2B346,Venzolasca,2B,94,20215,-1,42,9\n", "Ligne 2"),
        (HEAD + "'; DROP,Venzolasca,2B,94,20215,1,42,9\n", "n’est pas une commune"),
        ("code;nom\n2B346;Venzolasca\n", "La colonne"),
        (HEAD + "2B346,Venzolasca\n", "Ligne 2"),
    ],
)
def test_a_wrong_file_is_refused_in_words_and_loads_nothing(tmp_path, text, said):
    with pytest.raises(CommandError, match=said):
        load(tmp_path, text)

    assert not Commune.objects.exists()


def test_a_wrong_row_after_good_ones_loads_none_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "BATCH", 2)

    with pytest.raises(CommandError, match="Ligne 6"):
        load(tmp_path, LINES + "x,,,,,,,\n")

    assert not Commune.objects.exists()


def test_a_file_that_is_not_there_or_no_text_is_refused_in_words(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.csv.gz").write_bytes(b"not gzip")

    for name in ("a.csv", "b.csv", "c.csv.gz"):
        with pytest.raises(CommandError):
            call_command("load_communes", str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("Œuilly", "oeuilly"),
        ("St-Étienne", "saint etienne"),
        ("Ste Maxime", "sainte maxime"),
        ("  Saint -- Bonnet (le Château) ", "saint bonnet le chateau"),
        ("<script>", "script"),
        ("\x00", ""),
    ],
)
def test_a_plain_name_has_no_accents_capitals_or_signs(name, said):
    assert finding.plain(name) == said


def a_commune(code, name, postcodes, population, latitude="42.00000", longitude="9.00000"):
    return CommuneFactory(
        code=code, name=name, sort_name=finding.plain(name), postcodes=postcodes, population=population,
        latitude=latitude, longitude=longitude,
    )  # fmt: skip


def test_a_commune_is_found_by_name_word_or_postcode_the_likeliest_first():
    a_commune("2B346", "Venzolasca", "20215", 1900)
    a_commune("2B343", "Vescovato", "20215", 3000)
    a_commune("42218", "Saint-Étienne", "42000 42100", 170_000)
    a_commune("76575", "Saint-Étienne-du-Rouvray", "76800", 28_000)
    a_commune("05058", "Le Dévoluy Saint-Étienne", "05250", 1000)
    a_commune("64430", "Venzo", "64000", 10, latitude=None)

    def names(typed):
        return [commune.name for commune in finding.find_communes(typed)]

    assert names("st etienne") == ["Saint-Étienne", "Saint-Étienne-du-Rouvray", "Le Dévoluy Saint-Étienne"]
    assert names("DÉVOLUY") == ["Le Dévoluy Saint-Étienne"]
    assert names("20215") == ["Vescovato", "Venzolasca"]
    assert names("42100") == ["Saint-Étienne"]
    assert names("venzo") == ["Venzolasca"]  # the other has no place on the map
    assert names("21521") == names("v") == names("") == names("%") == names("x" * 5000) == []
    assert finding.find_commune("20215").name == "Vescovato"


def test_points_are_listed_nearest_first_in_whole_kilometres(django_assert_num_queries):
    here = a_commune("2B346", "Venzolasca", "20215", 1900, "42.48500", "9.45500")
    DeliveryPointFactory(name="Bastia", latitude="42.67900", longitude="9.44100", commune=here)
    DeliveryPointFactory(name="Ajaccio", latitude="41.92700", longitude="8.73700", commune=here)
    DeliveryPointFactory(name="Venzolasca", latitude="42.48500", longitude="9.45500", commune=here)
    DeliveryPointFactory(name="Fermé", is_active=False, commune=here)

    with django_assert_num_queries(1):
        near = finding.points_near(here)
    with django_assert_num_queries(1):
        by_name = finding.points_near(None)

    # 0.194° of latitude is 21.6 km; Ajaccio is 85.9 km away as the crow flies
    assert [(one.point.name, one.kilometres) for one in near] == [("Venzolasca", 0), ("Bastia", 22), ("Ajaccio", 86)]
    assert [(one.point.name, one.kilometres) for one in by_name] == [
        ("Ajaccio", None), ("Bastia", None), ("Venzolasca", None),
    ]  # fmt: skip


def test_a_file_is_read_as_it_comes_not_whole():
    taken = []

    def rows():
        for number in range(loading.BATCH * 2):
            taken.append(number)
            yield {
                "code": f"{number:05d}", "nom": f"Commune {number}", "departement": "01", "codes_postaux": "",
                "population": "1", "lat": "46", "lon": "5",
            }  # fmt: skip
            if number == loading.BATCH:
                assert Commune.objects.count() == loading.BATCH  # the first batch is written before the second is read

    assert loading.load_communes(rows()) == loading.BATCH * 2
    assert len(taken) == loading.BATCH * 2
