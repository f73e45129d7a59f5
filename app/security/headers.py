"""Headers that tell browsers what our answers may not be used for."""

from flask import Flask, Response

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Own files only; no inline script, no inline style, no frame around us."""
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

HTML = "text/html"


def init_app(app: Flask, *, private: bool) -> None:
    """Add the headers to every answer.

    :param private: answers depend on who asks, so that no cache may keep them.
    """
    page = {
        "Content-Security-Policy": PAGE_POLICY,
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        if response.mimetype == HTML:
            headers.update(page)
        else:
            headers["Content-Security-Policy"] = DATA_POLICY
            headers["X-Content-Type-Options"] = "nosniff"
        if private:
            headers.setdefault("Cache-Control", "no-store")
        return response
