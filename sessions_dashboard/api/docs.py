"""The description of the API as a page: plain HTML, made once, without a script."""

from collections.abc import Iterable
from html import escape
from typing import Any

from sessions_dashboard.api.openapi import KEY
from sessions_dashboard.api.problems import STATUSES
from sessions_dashboard.words import api as words
from sessions_dashboard.words.common import PRODUCT

SCHEMA = "#/components/schemas/"


def page(description: dict[str, Any], pages_at: str) -> str:
    """`pages_at` is the origin that the style comes from; empty for this one."""
    schemas, paths = description["components"]["schemas"], description["paths"]
    content = [
        f"<h1>{escape(words.DOCS_TITLE)}</h1>",
        f'<p class="api-lead">{escape(words.DOCS_LEAD)}</p>',
        f'<p><a class="link" href="/api/openapi.json">{escape(words.OPENAPI)}</a></p>',
        f"<h2>{escape(words.LISTS_TITLE)}</h2><p>{escape(words.LISTS)}</p>",
    ]
    for title, is_for_admins in ((words.FOR_ONESELF, False), (words.FOR_ADMINISTRATORS, True)):
        content.append(f"<h2>{escape(title)}</h2>")
        for path, by_method in paths.items():
            for method, told in by_method.items():
                if (told["tags"] == ["admin"]) is is_for_admins:
                    content.append(_operation(method, path, told, schemas))
    content.append(_problems())
    title = f"{words.DOCS_TITLE} · {PRODUCT}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" type="image/svg+xml" href="{pages_at}/logo.svg">'
        f'<link rel="stylesheet" href="{pages_at}/styles.css"></head>'
        f'<body><main class="api">{"".join(content)}</main></body></html>'
    )


def _operation(method: str, path: str, told: dict[str, Any], schemas: dict[str, Any]) -> str:
    parts = [
        f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(told['summary'])}.</p>"
        f"<p>{escape(words.SCOPE)} <code>{escape(_scope_of(told))}</code></p>"
    ]
    if told["parameters"]:
        rows = [(one["name"], _type_of(one["schema"])) for one in told["parameters"]]
        parts.append(_fields(words.PARAMETERS, rows))
    if "requestBody" in told:
        parts.append(_model(words.BODY, told["requestBody"], schemas))
    parts.append(_model(words.ANSWER, told["responses"]["200"], schemas))
    return f'<section class="panel api-operation">{"".join(parts)}</section>'


def _scope_of(told: dict[str, Any]) -> str:
    return str(next(one[KEY][0] for one in told["security"] if KEY in one))


def _model(title: str, holder: dict[str, Any], schemas: dict[str, Any]) -> str:
    reference = holder["content"]["application/json"]["schema"]["$ref"]
    fields = schemas[reference.removeprefix(SCHEMA)]["properties"]
    rows: list[tuple[str, str]] = []
    for name, schema in fields.items():
        inner = schema.get("items", {}).get("$ref", "")
        if inner:
            members = schemas[inner.removeprefix(SCHEMA)]["properties"]
            rows += [(f"{name}[].{one}", _type_of(told)) for one, told in members.items()]
        else:
            rows.append((name, _type_of(schema)))
    return _fields(title, rows)


def _fields(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f"<div><dt><code>{escape(name)}</code></dt><dd>{escape(told)}</dd></div>"
        for name, told in rows
    )
    return f"<h4>{escape(title)}</h4><dl>{lines}</dl>"


def _type_of(schema: dict[str, Any]) -> str:
    """Its type or its values, as a programmer reads them."""
    if "anyOf" in schema:
        return " | ".join(_type_of(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(SCHEMA)
    return str(schema.get("format") or schema.get("type", ""))


def _problems() -> str:
    rows = "".join(
        f'<div id="{code}"><dt><code>{status} {code}</code></dt>'
        f"<dd>{escape(words.PROBLEMS[code][0])}. {escape(_advice(code))}</dd></div>"
        for code, status in sorted(STATUSES.items(), key=lambda one: (one[1], one[0]))
    )
    return (
        f"<h2>{escape(words.PROBLEMS_TITLE)}</h2><p>{escape(words.PROBLEMS_LEAD)}</p>"
        f'<section class="panel api-operation"><dl>{rows}</dl></section>'
    )


def _advice(code: str) -> str:
    return words.PROBLEMS[code][1].format(names="…")
