"""Letters in a group's own words: composed in one place, so that every letter that a group writes has them.

A notice calls `write` (one letter to many) or `compose` and `drafts` (many letters, each its own), with a pair of
templates and a kind. What the group wrote for that kind (a subject, a paragraph before and one after) is put in here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext as _

from cagette.core import mail
from cagette.core.mail import Draft, File
from cagette.core.models import LetterText

NAMES = re.compile(r"\{([^{}\n]*)\}")  # {jour} in what a group writes
_GREETING = "Bonjour,\n\n"
_FOOT = "</div></body>"  # where the sheet of core/letter.html ends


class Author(Protocol):
    """Who writes: an organisation, as far as letters know one."""

    @property
    def pk(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def zone(self) -> ZoneInfo: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is written to; `unsubscribe` only for letters that many get."""

    address: str
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A group's own words in a kind of letter; empty is ours."""

    subject: str = ""
    before: str = ""
    after: str = ""

    def __bool__(self) -> bool:
        return bool(self.subject or self.before or self.after)


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter as it leaves, but for whom it is to."""

    subject: str
    text: str
    html: str


Sample = Callable[[Any, datetime, Words], Composed]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter that a group may word: to whom it goes, the names it knows, what a preview shows."""

    to: str = ""
    names: tuple[str, ...] = ()
    sample: Sample | None = None


_KINDS: dict[str, Kind] = {}
OURS = {"account", "essai"}  # no group words these


def register(
    kind: str, in_words: str, *, to: str = "", names: tuple[str, ...] = (), sample: Sample | None = None
) -> None:
    """Name a kind of letter and say what its wording page shows. names: beside {groupe}, what `values` holds.

    sample: composes one for an organisation, at a time, with the words given (`notices` has them); without, the page
    shows the words alone.
    """
    mail.name_kind(kind, in_words)
    _KINDS[kind] = Kind(to, names, sample)


def keep_ours(kind: str) -> None:
    """Say that no group words this kind: a letter of the software to those who run things."""
    OURS.add(kind)


def kind_of(kind: str) -> Kind:
    return _KINDS.get(kind, Kind())


def names_of(kind: str) -> tuple[str, ...]:
    """The names in braces that a group may write in a kind of letter."""
    return ("groupe", *kind_of(kind).names)


def words_of(author_id: int | None, kind: str) -> Words:
    """What a group wrote for a kind of letter: one query."""
    row = LetterText.objects.filter(scope_id=author_id, kind=kind).first() if author_id else None
    return Words(row.subject, row.before, row.after) if row else Words()


def compose(
    *,
    author: Author,
    words: Words,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    values: Mapping[str, str] | None = None,
) -> Composed:
    """Render a pair of templates (.txt, .html) in the author's zone and put its own words in, in both.

    The paragraph before stands after the greeting and the heading, the one after before the signature. Plain text with
    line breaks: whatever looks like HTML is shown as it was typed. values: what {jour} and the like stand for.
    """
    with timezone.override(author.zone):
        text: str = render_to_string(f"{template}.txt", dict(context))
        html: str = render_to_string(f"{template}.html", dict(context))
    known = {"groupe": author.name, **(values or {})}
    own_subject, before, after = (_filled(part, known) for part in (words.subject, words.before, words.after))
    if before:
        text, html = _text_before(text, before), _html_before(html, before)
    if after:
        text, html = _text_after(text, after, author.name), _html_after(html, after, author.name)
    return Composed(own_subject.strip() or subject, text, html)


def drafts(
    letter: Composed,
    *,
    kind: str,
    key: str,
    author: Author,
    to: Iterable[str | Reader],
    for_scope_id: int | None = None,
) -> list[Draft]:
    """The same letter for each reader, with the foot that stops it for those who may; each key ends in the address."""
    found = []
    for reader in (Reader(one) if isinstance(one, str) else one for one in to):
        text, html = letter.text, letter.html
        if reader.unsubscribe:
            text, html = _with_foot(text, html, reader.unsubscribe)
        found.append(
            Draft(
                key=f"{key}:{reader.address}", kind=kind, to=reader.address, subject=letter.subject, text=text,
                html=html, scope_id=author.pk, for_scope_id=for_scope_id, reply_to=author.email,
                unsubscribe=reader.unsubscribe,
            )
        )  # fmt: skip
    return found


def write(
    kind: str,
    *,
    author: Author,
    to: Sequence[str | Reader],
    key: str,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    now: datetime,
    values: Mapping[str, str] | None = None,
    for_scope_id: int | None = None,
    files: Sequence[File] = (),
    in_own_words: bool = True,
    own_subject: bool = True,
) -> None:
    """Compose a letter once and write it to each reader; the same key again writes nothing more. Few queries however
    many readers, unless files go along.

    in_own_words=False: a variant that the group's words would make untrue; own_subject=False: one whose subject says
    something that must not be lost.
    """
    if not to:
        return
    own = words_of(author.pk, kind) if in_own_words else Words()
    if not own_subject:
        own = replace(own, subject="")
    letter = compose(author=author, words=own, template=template, context=context, subject=subject, values=values)
    found = drafts(letter, kind=kind, key=key, author=author, to=to, for_scope_id=for_scope_id)
    if not files:
        mail.write_letters(found, now=now)
        return
    for draft in found:
        mail.write_letter(
            key=draft.key, kind=kind, to=draft.to, subject=draft.subject, text=draft.text, html=draft.html,
            scope_id=draft.scope_id, for_scope_id=draft.for_scope_id, reply_to=draft.reply_to,
            unsubscribe=draft.unsubscribe, files=files, now=now,
        )  # fmt: skip


def _filled(text: str, known: Mapping[str, str]) -> str:
    return NAMES.sub(lambda found: known.get(found[1], ""), text) if text else ""


def _text_before(text: str, paragraph: str) -> str:
    if text.startswith(_GREETING):
        return f"{_GREETING}{paragraph}\n\n{text.removeprefix(_GREETING)}"
    return f"{paragraph}\n\n{text}"


def _text_after(text: str, paragraph: str, name: str) -> str:
    body = text.rstrip()
    if body.endswith(f"\n{name}"):
        return f"{body.removesuffix(name).rstrip()}\n\n{paragraph}\n\n{name}\n"
    return f"{body}\n\n{paragraph}\n"


def _html_before(html: str, paragraph: str) -> str:
    head, heading, rest = html.partition("</h1>")
    return f"{head}{heading}{linebreaks(paragraph, autoescape=True)}{rest}" if heading else html


def _html_after(html: str, paragraph: str, name: str) -> str:
    head, foot, rest = html.rpartition(_FOOT)
    signature = f"<p>{escape(name)}</p>"
    body = head.rstrip()
    signed = body.endswith(signature)
    body = body.removesuffix(signature)
    return f"{body}{linebreaks(paragraph, autoescape=True)}{signature if signed else ''}{foot}{rest}"


def _with_foot(text: str, html: str, link: str) -> tuple[str, str]:
    said = _("Ne plus recevoir ce genre de lettre")
    foot = f'<p class="soft"><a href="{escape(link)}">{said}</a></p>'
    head, end, rest = html.rpartition(_FOOT)
    return f"{text.rstrip()}\n\n--\n{said} : {link}\n", f"{head}{foot}{end}{rest}"
