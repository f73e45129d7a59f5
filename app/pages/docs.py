"""Swagger UI for `/openapi.json`, with its files served by ourselves."""

from flask import Blueprint, render_template

bp = Blueprint("docs", __name__)


@bp.get("/docs")
def swagger_ui() -> str:
    """The interactive documentation of the API."""
    return render_template("docs.html")
