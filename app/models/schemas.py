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


class LearntMeterSchema(Schema):
    """The meter as it was when a model was trained."""

    meter_type = fields.String(metadata={"description": "Type of the meter"})
    meter_id = fields.String(metadata={"description": "Id of the meter"})
    unit = fields.String(metadata={"description": "Unit of its readings"})
    timezone = fields.String(metadata={"description": "Its zone"})
    country = fields.String(allow_none=True, metadata={"description": "Whose holidays count"})
    subdivision = fields.String(allow_none=True, metadata={"description": "Part of the country"})


class VersionSchema(Schema):
    """A model version, as it was stored, and why it bears its aliases.

    What else is told of it is what `meta.json` says: see `workers.registry.registry.SHOWN`. A model
    of an earlier release may lack some of it.
    """

    version = fields.String(
        metadata={"description": "Name of the version; begins with the time it was made"}
    )
    aliases = fields.List(
        fields.String(),
        metadata={"description": "`champion`, `previous`, `challenger`, as far as they point here"},
    )
    source = fields.String(metadata={"description": "`model`, or `baseline` where none was better"})
    meter = fields.Nested(LearntMeterSchema, metadata={"description": "Whose readings it learnt"})
    train_start = fields.DateTime(metadata={"description": "First reading that it learnt from"})
    train_end = fields.DateTime(metadata={"description": "End of the last one"})
    readings = fields.Integer(metadata={"description": "How many it learnt from"})
    resolution_seconds = fields.Integer(metadata={"description": "Step of its forecasts"})
    max_horizon_hours = fields.Float(metadata={"description": "How far ahead it may be asked"})
    quantiles = fields.List(
        fields.Float(),
        metadata={"description": "Levels that it forecasts", "example": [0.1, 0.5, 0.9]},
    )
    quality = fields.Dict(metadata={"description": "The quality report of its readings"})
    features = fields.List(fields.String(), metadata={"description": "What it looks at"})
    weather_columns = fields.List(
        fields.String(), metadata={"description": "Variables of the weather that it uses"}
    )
    weather_trust = fields.List(
        fields.Float(), metadata={"description": "Share of the weather's say by lead, 0 to 1"}
    )
    similar_meters = fields.List(
        fields.String(), metadata={"description": "Ids of the meters that it learnt from as well"}
    )
    chosen = fields.Dict(metadata={"description": "What was chosen of what there was, and why"})
    scale = fields.Float(metadata={"description": "Mean absolute reading, in the unit"})
    never_negative = fields.Boolean(metadata={"description": "Whether no reading was below 0"})
    yearly = fields.Boolean(metadata={"description": "Whether it knows a whole year"})
    seed = fields.Integer(metadata={"description": "Seed of all that was drawn"})
    versions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Of the libraries that made it"},
    )
    fingerprint = fields.String(
        metadata={"description": "Digest of the readings and the weather that it learnt from"}
    )
    seconds = fields.Float(metadata={"description": "How long its training took"})
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
