"""The description of the API (OpenAPI 3.1), made from the operations and their models."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sessions_dashboard.api.operation import Operation
from sessions_dashboard.api.problems import MEDIA_TYPE, STATUSES, ProblemDetails
from sessions_dashboard.words import api as words

COOKIE, KEY = "cookie", "key"
REF = "#/components/schemas/{model}"
# What any operation may answer with.
ALWAYS = (
    "not_signed_in",
    "key_refused",
    "scope",
    "password_needed",
    "origin",
    "parameter",
    "too_large",
    "rate_limit",
)
LAST = ("unavailable",)
LIMITS = ("RateLimit-Policy", "RateLimit")
# The headers that an answer may have, by status. All have those of the limit, unless it is not
# known whose limit it would be.
HEADERS = {429: (*LIMITS, "Retry-After"), 503: ("Retry-After",)}


def described(operations: Iterable[Operation], prefix: str, cookie_name: str) -> dict[str, Any]:
    operations = list(operations)
    models: dict[type[BaseModel], None] = {ProblemDetails: None}
    for operation in operations:
        models[operation.answer] = None
        if operation.body is not None:
            models[operation.body] = None
    _, defined = models_json_schema(
        [(model, "serialization") for model in models], ref_template=REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = _one(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": words.TITLE, "description": words.DESCRIPTION, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": defined["$defs"],
            "securitySchemes": {
                COOKIE: {"type": "apiKey", "in": "cookie", "name": cookie_name},
                KEY: {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _one(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": words.SUMMARIES[operation.name],
        "security": [{COOKIE: []}, {KEY: [operation.scope.value]}],
        "tags": ["admin" if operation.admins_only else "own"],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {"200": _answer(operation), **_problems(operation)},
    }
    if operation.body is not None:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    if "{id}" not in operation.path:
        return []
    schema = {"type": "string", "format": "uuid"}
    return [{"name": "id", "in": "path", "required": True, "schema": schema}]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema(by_alias=True)
    defined = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _inlined(described_by, defined),
        }
        for name, described_by in schema.get("properties", {}).items()
    ]


def _inlined(schema: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    """Without references, and without null, which no address can express."""
    if "$ref" in schema:
        return dict(defined[schema["$ref"].rpartition("/")[2]])
    given = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(given) == 1:
        return _inlined(given[0], defined)
    return {name: value for name, value in schema.items() if name != "title"}


def _answer(operation: Operation) -> dict[str, Any]:
    return {
        "description": words.SUMMARIES[operation.name],
        "headers": _headers(200),
        "content": {"application/json": {"schema": _ref(operation.answer)}},
    }


def _headers(status: int) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in HEADERS.get(status, LIMITS)}


def _problems(operation: Operation) -> dict[str, Any]:
    codes = [*ALWAYS, *operation.problems, *LAST]
    if operation.admins_only:
        codes.append("admins_only")
    if operation.body is not None:
        codes += ["body", "media_type"]
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(STATUSES[code], []).append(code)
    return {
        str(status): {
            "description": "; ".join(words.PROBLEMS[code][0] for code in named),
            "headers": _headers(status),
            "content": {MEDIA_TYPE: {"schema": _ref(ProblemDetails)}},
        }
        for status, named in sorted(by_status.items())
    }
