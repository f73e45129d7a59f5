"""Signing in on a page: a key goes in once, a cookie that scripts can't read comes out."""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.security.keyring import Keyring
from app.security.signing import COOKIE, SIGN_IN, sign
from app.services import services

bp = Blueprint("sign_in", __name__)


@bp.get("/sign_in")
def page() -> ResponseReturnValue:
    """The form; where no key is needed there is nothing to sign in to."""
    if "keyring" not in current_app.extensions:
        return redirect(url_for("dashboard.index"), code=303)
    return render_template("sign_in.html", problem="")


@bp.post("/sign_in")
def enter() -> ResponseReturnValue:
    """Take a key and give a cookie for it."""
    keyring: Keyring | None = current_app.extensions.get("keyring")
    if keyring is None:
        return redirect(url_for("dashboard.index"), code=303)
    hashed, key = keyring.by_text(request.form.get("key", "").strip())
    if key is None or not key.valid(datetime.now(UTC)):
        return render_template("sign_in.html", problem="This key is not known here."), 401
    response = redirect(url_for("dashboard.index"), code=303)
    response.set_cookie(
        COOKIE,
        sign(hashed, SIGN_IN),
        max_age=int(3600 * services().settings.sign_in_hours),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


@bp.post("/sign_out")
def leave() -> Response:
    """Forget the cookie."""
    response = make_response(redirect(url_for("sign_in.page"), code=303))
    response.delete_cookie(COOKIE)
    return response
