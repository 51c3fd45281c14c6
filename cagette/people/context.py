"""What the masthead of every page shows."""

from typing import Any

from django.http import HttpRequest


def masthead(request: HttpRequest) -> dict[str, Any]:
    """The masthead's context: filled by the page writers."""
    return {"masthead": None}
