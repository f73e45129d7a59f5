"""Write `docs/api.md` from the OpenAPI document and the errors: `python -m app.reference`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app import create_app
from config import ROOT
from config.error_codes import CATALOGUE

PAGE = ROOT / "docs" / "api.md"
METHODS = ("get", "post", "put", "delete")

HEAD = """\
# API reference

Written from `/openapi.json` by `python -m app.reference`; do not edit. To try each call, open
`/docs` on your own server. Times are ISO 8601: naive input is read in the meter's time zone,
output is UTC. Fields that are not named here are refused.
"""

EVENTS = """\
## Events of a stream

`data` is one line of JSON: fields of the job object ([JobSchema](#jobschema)) that changed,
`status` and `progress` always; the first and the last event are whole. See
[Live streams](streaming.md) for how to follow them.
"""


def page(spec: dict[str, Any]) -> str:
    """The page of a specification, as Markdown."""
    parts = [HEAD, *_operations(spec), EVENTS, *_schemas(spec), *_errors()]
    return "\n".join(parts).rstrip() + "\n"


def specification() -> dict[str, Any]:
    """The OpenAPI document that the app serves."""
    client = create_app().test_client()
    document: dict[str, Any] = client.get("/openapi.json").get_json()
    return document


def _operations(spec: dict[str, Any]) -> Iterator[str]:
    described = {tag["name"]: tag.get("description", "") for tag in spec.get("tags", [])}
    by_tag: dict[str, list[tuple[str, str, dict[str, Any], list[Any]]]] = {}
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["other"])[0]
                shared = item.get("parameters", [])
                by_tag.setdefault(tag, []).append((method, path, operation, shared))
    for tag, operations in by_tag.items():
        yield f"## {tag.replace('_', ' ').capitalize()}\n\n{described.get(tag, '')}\n"
        for method, path, operation, shared in operations:
            yield from _operation(method, path, operation, shared)


def _operation(
    method: str, path: str, operation: dict[str, Any], shared: list[Any]
) -> Iterator[str]:
    yield f"### `{method.upper()} {path}`\n"
    words = [operation.get("summary", ""), operation.get("description", "")]
    yield "\n\n".join(part for part in words if part) + "\n"
    given = [one for one in [*shared, *operation.get("parameters", [])] if "name" in one]
    if given:
        yield "| parameter | in | |\n|---|---|---|"
        for one in given:
            schema = one.get("schema", {})
            text = one.get("description") or schema.get("description", "")
            yield f"| `{one['name']}` | {one['in']} | {_facts(text, schema)} |"
        yield ""
    content = operation.get("requestBody", {}).get("content", {})
    for form, body in content.items():
        yield f"Body (`{form}`): {_type(body['schema'])}\n"
    yield "| answer | |\n|---|---|"
    for status, answer in sorted(operation["responses"].items()):
        if "$ref" in answer or status == "default":
            continue
        types = {
            _type(body["schema"])
            for body in answer.get("content", {}).values()
            if body.get("schema")
        }
        schema_text = f" ({', '.join(sorted(types))})" if types else ""
        yield f"| {status} | {_cell(answer.get('description', ''))}{schema_text} |"
    yield ""


def _schemas(spec: dict[str, Any]) -> Iterator[str]:
    yield "## Schemas\n"
    for name, schema in sorted(spec["components"]["schemas"].items()):
        # Sections are linked to by their headings, so these end in Schema as the classes do.
        yield f"### {name}Schema\n"
        if "oneOf" in schema:
            names = [f"`{one['required'][0]}`" for one in schema["oneOf"]]
            yield f"Has one of {', '.join(names[:-1])} and {names[-1]}, and no other of these.\n"
        yield "| field | type | |\n|---|---|---|"
        required = set(schema.get("required", ()))
        for field, described in schema.get("properties", {}).items():
            mark = ", required" if field in required else ""
            facts = _facts(described.get("description", ""), described)
            yield f"| `{field}` | {_type(described)}{mark} | {facts} |"
        yield ""


def _errors() -> Iterator[str]:
    yield "## Error codes\n"
    yield "`code` of an error answer, and of the `error` of a job that failed.\n"
    yield "| code | status | meaning | worth retrying |\n|---|---|---|---|"
    for code, entry in CATALOGUE.items():
        again = "yes" if entry.transient else ""
        yield f"| `{code}` | {entry.status.value} | {_cell(entry.meaning)} | {again} |"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()}schema)"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(one) for one in schema[key])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array" and schema.get("items"):
        return f"list of {_type(schema['items'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _facts(text: str, schema: dict[str, Any]) -> str:
    facts = [_cell(text)] if text else []
    if schema.get("enum"):
        facts.append("one of " + ", ".join(f"`{one}`" for one in schema["enum"] if one is not None))
    if "default" in schema:
        facts.append(f"default `{schema['default']}`")
    if "example" in schema:
        facts.append(f"e.g. `{_cell(str(schema['example']))}`")
    return "; ".join(facts)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> None:
    Path(PAGE).write_text(page(specification()), encoding="utf-8")


if __name__ == "__main__":
    main()
