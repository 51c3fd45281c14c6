"""What Django's test client does not see: it sends forms without a token, a browser cannot."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("cagette", "producers", "orders", "distribution", "cms")
ALONE = re.compile(r'\{% include "([^"]+)"([^%]*) only %\}')


def our_templates():
    """Every template of ours by the name that others include it by."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("templates/**/*.html"):
            yield str(path).rpartition("/templates/")[2], path.read_text()


def test_a_part_with_a_form_that_is_included_alone_is_given_the_token():
    texts = dict(our_templates())

    without = [
        f"{name} includes {part}"
        for name, text in texts.items()
        for part, given in ALONE.findall(text)
        if "{% csrf_token %}" in texts.get(part, "") and "csrf_token=csrf_token" not in given
    ]

    assert len(texts) > 60
    assert without == []
