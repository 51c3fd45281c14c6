"""Signed links that need no password and expire. They stand under /s/, so that the letters page can hide them."""

import re
from typing import Any

from django.conf import settings
from django.core import signing

_IN_TEXT = re.compile(r"(/s/[\w-]+/)[\w:.~-]+")


class LinkExpired(Exception):
    """The link was good once."""


class LinkForged(Exception):
    """The link was never ours."""


def sign(purpose: str, value: Any) -> str:
    """A token for one purpose, good for LETTER_LINK_DAYS."""
    return signing.dumps(value, salt=f"link.{purpose}")


def read(purpose: str, token: str) -> Any:
    """The value of a token. Raises LinkExpired or LinkForged."""
    try:
        return signing.loads(token, salt=f"link.{purpose}", max_age=settings.LETTER_LINK_DAYS * 24 * 3600)
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkForged from error


def read_expired(purpose: str, token: str) -> Any:
    """The value of a token however old, to send its owner a new one. Raises LinkForged."""
    try:
        return signing.loads(token, salt=f"link.{purpose}")
    except signing.BadSignature as error:
        raise LinkForged from error


def masked(text: str) -> str:
    """A text with its signed links made useless, for the eyes of others."""
    return _IN_TEXT.sub(r"\1…", text)
