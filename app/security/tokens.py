"""Tokens for streams: EventSource sends no header, and from another origin no cookie."""

from flask import Response, g, jsonify
from marshmallow import Schema, fields

from app.http.resource import Resource
from app.security.signing import STREAM, TOKEN_SECONDS, sign
from config.errors import InvalidRequest

bp = Resource("stream_tokens", __name__, url_prefix="/stream_tokens", description="Access")


class StreamTokenSchema(Schema):
    token = fields.String(metadata={"description": "For `?token=` of any stream"})
    expires_in = fields.Integer(metadata={"description": "Seconds"})


@bp.route("/", methods=["POST"])
@bp.response(201, StreamTokenSchema)
def create() -> Response:
    """A short-lived token that opens streams, and nothing else, with the rights of this key."""
    if g.get("key") is None:
        raise InvalidRequest("This server needs no key.", hint="Leave the token out.")
    response = jsonify(token=sign(g.key_digest, STREAM), expires_in=TOKEN_SECONDS)
    response.status_code = 201
    return response
