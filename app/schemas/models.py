"""Schemas of model versions."""

from marshmallow import Schema, fields, validate


class ReasonSchema(Schema):
    """Why an alias is moved by hand."""

    reason = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "For the audit log", "example": "worse in the cold"},
    )


class AliasesSchema(Schema):
    """Which version bears which name."""

    champion = fields.String(allow_none=True, metadata={"description": "Serves"})
    previous = fields.String(allow_none=True, metadata={"description": "Served before"})
    challenger = fields.String(
        allow_none=True, metadata={"description": "The newest that did not beat the champion"}
    )


class VersionSchema(Schema):
    """A model version, as it was stored, and why it bears its aliases."""

    version = fields.String(
        metadata={"description": "Name of the version; begins with the time it was made"}
    )
    aliases = fields.List(
        fields.String(),
        metadata={"description": "`champion`, `previous`, `challenger`, as far as they point here"},
    )
    source = fields.String(metadata={"description": "`model`, or `baseline` where none was better"})
    reason = fields.String(allow_none=True, metadata={"description": "Why it serves, or why not"})
    metrics = fields.Dict(metadata={"description": "On the held-back weeks"})
    baseline_metrics = fields.Dict(metadata={"description": "Of the seasonal naive, there"})
    contest = fields.Dict(
        allow_none=True, metadata={"description": "How it met the champion: window and errors"}
    )
    release = fields.String(metadata={"description": "Release of this program that wrote it"})
    bytes = fields.Integer(metadata={"description": "Size of its files"})


class AuditEntrySchema(Schema):
    """One change of an alias."""

    time = fields.DateTime(metadata={"description": "When"})
    who = fields.String(metadata={"description": "Name of the API key, `worker`, or `anyone`"})
    action = fields.String(
        validate=validate.OneOf(["promote", "challenge", "rollback", "retire"]),
        metadata={"description": "`retire`: a damaged version serves no more"},
    )
    from_ = fields.String(data_key="from", metadata={"description": "Champion before; may be ''"})
    to = fields.String(metadata={"description": "Version that got the alias; may be ''"})
    reason = fields.String(metadata={"description": "Why"})


class RefusalSchema(Schema):
    """Why the readings of a meter refused the last training that wanted all of them."""

    code = fields.String(
        validate=validate.OneOf(["bad_quality", "insufficient_history"]),
        metadata={"description": "The training's error"},
    )
    message = fields.String(metadata={"description": "The same in words"})
    hint = fields.String(metadata={"description": "What to do"})
    at = fields.DateTime(metadata={"description": "When it was tried"})


class ModelsSchema(Schema):
    """All versions of a meter's model, newest first."""

    meter_type = fields.String(metadata={"description": "Type of the meter"})
    meter_id = fields.String(metadata={"description": "Id of the meter"})
    champion = fields.String(allow_none=True, metadata={"description": "The version that serves"})
    aliases = fields.Nested(AliasesSchema, metadata={"description": "Names that point at versions"})
    versions = fields.List(fields.Nested(VersionSchema), metadata={"description": "Newest first"})
    audit = fields.List(fields.Nested(AuditEntrySchema), metadata={"description": "Newest first"})
    bytes = fields.Integer(metadata={"description": "Of all files of the meter"})
    untrainable = fields.Nested(
        RefusalSchema,
        allow_none=True,
        metadata={"description": "Why there is no (newer) model; null where a training succeeded"},
    )
