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
from app.security.return_address import own_page
from app.security.signing import COOKIE, SIGN_IN, sign
from app.services import services

bp = Blueprint("sign_in", __name__)


@bp.get("/sign_in")
def page() -> ResponseReturnValue:
    """The form; where no key is needed there is nothing to sign in to."""
    back = own_page(request.args.get("next", ""))
    if "keyring" not in current_app.extensions:
        return redirect(back, code=303)
    return render_template("sign_in.html", back=back, problem="")


@bp.post("/sign_in")
def enter() -> ResponseReturnValue:
    """Take a key, give a cookie for it, and go back to the page that one came from."""
    back = own_page(request.form.get("next", ""))
    keyring: Keyring | None = current_app.extensions.get("keyring")
    if keyring is None:
        return redirect(back, code=303)
    hashed, key = keyring.by_text(request.form.get("key", "").strip())
    if key is None or not key.valid(datetime.now(UTC)):
        words = "This key is not known here."
        return render_template("sign_in.html", back=back, problem=words), 401
    response = redirect(back, code=303)
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
