"""What every answer of the server keeps: a strict policy for scripts, no foreign callers, no foreign names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import abort, g, request

if TYPE_CHECKING:
    from flask import Flask, Response

    from webmap.settings import ServeSettings

MOST_BYTES = 64 * 1024
"""Nothing is uploaded: a request is a name, a password, a question."""

SAFE = {"GET", "HEAD", "OPTIONS"}


def guard(app: Flask, settings: ServeSettings) -> None:
    """Add the checks and headers to an application."""
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.https and not settings.local,
        SESSION_COOKIE_NAME="planner_session",
        # A page elsewhere must not reach this server under a name of its own (DNS rebinding).
        TRUSTED_HOSTS=list(settings.names) or (["localhost", "127.0.0.1", "[::1]"] if settings.local else [settings.host]),
    )  # fmt: skip

    @app.before_request
    def _check() -> None:
        g.nonce = secrets.token_urlsafe(16)
        if request.method not in SAFE and not same_origin():
            abort(403)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy(g.get("nonce", ""))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if settings.guarded else "no-cache"
        return response


def policy(nonce: str) -> str:
    """Return the Content-Security-Policy: this server's own files, and in the page only what carries the nonce."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def same_origin() -> bool:
    """Say whether a request that changes something comes from a page of this server.

    Browsers say where a request comes from (``Sec-Fetch-Site``, else ``Origin``); one that says neither is refused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    # A proxy in front may speak https with the browser and http with us: the name and port decide.
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
