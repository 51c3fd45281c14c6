"""A group's own words in its letters: what may be worded, kept, shown before, tried on oneself."""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _

from cagette.core import audit, mail
from cagette.core.letters import NAMES, OURS, Author, Composed, Words, compose, drafts, kind_of, names_of, words_of
from cagette.core.models import LetterText
from cagette.core.words import listed


def kinds() -> list[str]:
    """The kinds that a group may word, in the order of their French names; one that an app only named is among them."""
    return sorted((kind for kind in mail.KINDS if kind not in OURS), key=lambda kind: mail.KINDS[kind])


def worded(author_id: int) -> set[str]:
    """The kinds for which a group has words of its own: one query."""
    return set(LetterText.objects.filter(scope_id=author_id).values_list("kind", flat=True))


def sample_of(kind: str, *, author: Author, words: Words, now: datetime) -> Composed:
    """A letter of a kind as it would leave with these words, with figures that its app made up; nothing is sent."""
    sample = kind_of(kind).sample
    if sample is not None:
        return sample(author, now, words)
    return compose(
        author=author, words=words, template="core/sample_letter", context={"group": author, "kind": mail.KINDS[kind]},
        subject=f"{author.name} : {mail.KINDS[kind]}",
    )  # fmt: skip


def as_page(letter: Composed) -> str:
    """A letter's HTML with its subject above, for a frame that shows it."""
    head, sheet, rest = letter.html.partition('<div class="sheet"')
    return f'{head}<p style="margin:0 0 16px;font-weight:bold">{_("Objet")} : {escape(letter.subject)}</p>{sheet}{rest}'


def send_trial(kind: str, *, author: Author, words: Words, to: str, key: str, now: datetime) -> None:
    """Send a sample with these words to one person, unsaved; the same key again sends nothing more.

    Raises WordsRefused, and then sends nothing.
    """
    check(kind, words)
    letter = sample_of(kind, author=author, words=words, now=now)
    letter = replace(letter, subject=f"[Essai] {letter.subject}")
    mail.write_letters(drafts(letter, kind="essai", key=f"essai:{kind}:{key}", author=author, to=[to]), now=now)


class WordsRefused(ValueError):
    """A group's words were not kept. The message is fit for the person."""


def check(kind: str, words: Words) -> None:
    """Raise WordsRefused where a text holds a name in braces that this kind of letter does not know."""
    for text in (words.subject, words.before, words.after):
        check_words(kind, text)


def check_words(kind: str, text: str) -> None:
    """The same for one text."""
    known = names_of(kind)
    unknown = [name for name in NAMES.findall(text) if name not in known]
    if unknown:
        raise WordsRefused(
            _("{%(name)s} n’est pas connu dans cette lettre. Vous pouvez écrire %(known)s.")
            % {"name": unknown[0], "known": listed([f"{{{name}}}" for name in known])}
        )


@transaction.atomic
def change_words(*, scope_id: int, kind: str, words: Words, by: AbstractBaseUser, now: datetime) -> bool:
    """Keep a group's words for a kind of letter; all empty goes back to ours. False when nothing changed.

    Raises WordsRefused for a name in braces that this letter does not know, and then changes nothing.
    """
    check(kind, words)
    before = words_of(scope_id, kind)
    if before == words:
        return False
    mine = LetterText.objects.filter(scope_id=scope_id, kind=kind)
    if words:
        fields = {"subject": words.subject, "before": words.before, "after": words.after, "changed_at": now}
        LetterText.objects.update_or_create(scope_id=scope_id, kind=kind, defaults=fields)
    else:
        mine.delete()
    audit.note(
        "letter.words_changed", subject=f"letter_text:{kind}", by=by, now=now, scope_id=scope_id,
        before=[before.subject, before.before, before.after], after=[words.subject, words.before, words.after],
    )  # fmt: skip
    return True
