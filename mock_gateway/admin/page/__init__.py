"""The admin page: HTML, style and behaviour in three files, sent as one that loads nothing from anywhere else."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flask import Blueprint, Response


@dataclass(frozen=True)
class Page:
    """What is sent, and what its browser may do with it."""

    html: str
    policy: str


@dataclass(frozen=True)
class PageAdmin:
    """`/_admin/`."""

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/")(self.show_page)

    def show_page(self) -> Response:
        """`GET /_admin/`: the page; what it shows comes from `/_admin/overview`."""
        page = put_together()
        headers = {
            "Content-Security-Policy": page.policy,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return Response(page.html, content_type="text/html; charset=utf-8", headers=headers)


@cache
def put_together() -> Page:
    """Return the page. Its policy names its own style and script by their hashes, so that no other ever runs in it."""
    style, behaviour = _part("page.css"), _part("page.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hashed(style)}",
            f"script-src {_hashed(behaviour)}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    html = _part("page.html").replace("/* page.css */", style).replace("/* page.js */", behaviour)
    return Page(html, policy)


def _part(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
