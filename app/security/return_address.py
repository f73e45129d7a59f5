"""The page to come back to after signing in: one of our own, whatever an address claims."""

import re
from urllib.parse import quote, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

PAGES = "dashboard"
"""Blueprint of the pages, from which a person without a key is sent to sign in."""

LONGEST = 2000
"""Characters; no filter of a list comes near it."""

PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""Printable ASCII without backslash and space: browsers take "//", "/\\" and "/<tab>/" for the
beginning of another server's address."""


def this_page() -> str:
    """The address of the page that is asked for; "" for the one that one comes to anyway."""
    query = request.query_string.decode("ascii", errors="replace")
    address = quote(request.path) + (f"?{query}" if query else "")
    return "" if address == url_for("dashboard.index") else address


def own_page(address: str) -> str:
    """`address` if it is that of one of our pages; else that of the overview."""
    return address if _is_ours(address) else url_for("dashboard.index")


def _is_ours(address: str) -> bool:
    if len(address) > LONGEST or not PATH.fullmatch(address):
        return False
    routes = current_app.url_map.bind("localhost")
    try:
        endpoint, _ = routes.match(urlsplit(address).path, method="GET")
    except HTTPException:  # no such path, or one that leads to another
        return False
    return endpoint.startswith(f"{PAGES}.")
