"""Every word that a person sees stands in sessions_dashboard/words/, and nowhere else.

Told from the source: a literal in a place that is shown, or one that reads like a sentence in a
place that may be. What is said to a log or to a programmer is none of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sessions_dashboard"
PYTHON = [
    path
    for folder in ("pages", "components", "states", "http", "api", "mails", "live")
    for path in sorted((PACKAGE / folder).glob("*.py"))
]
REACT = sorted((PACKAGE / "components").glob("*.jsx"))
NUMBERS = [*PYTHON, *sorted((PACKAGE / "words").glob("*.py"))]

# Properties that are read out or shown.
SHOWN = frozenset(
    {
        *("title", "placeholder", "alt", "label", "hint", "summary", "caption", "text", "lead"),
        *("confirm", "aria_label", "aria_description", "aria_valuetext", "aria_placeholder"),
    }
)
# Who is told something that no page shows: programs, programmers, logs, headers.
NOT_SHOWN_CALLS = re.compile(
    r"(?:^|\.)(?:logger\.\w+|ContextVar|TypeVar|compile|fullmatch|asset|getattr|setattr|encode"
    r"|removesuffix|removeprefix|replace|split|partition|rpartition|startswith|endswith|get|cast"
    r"|set_cookie|is_disconnected|header|RateLimitItemPer\w+|make_msgid)$"
)
NOT_SHOWN_KEYWORDS = frozenset(
    {
        *("class_name", "style", "tag", "library", "salt", "namespace", "headers", "media_type"),
        *("methods", "name", "id", "type"),
    }
)
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]+")
WORD = re.compile(r"[^\W\d_]{2,}")
CAPITALISED = re.compile(r"[A-Z][a-z]+")
# A CSP, a media type, a style, a query, an address: no person's words.
NOTATION = re.compile(r"'self'|'none'|[=;{}<>@]|^/|://|=\(\)|;q=|^[\w-]+/[\w-]+$|\|$|max-age|^\w+=")
# Formats of numbers and dates that are written for a page by themselves.
FORMAT = re.compile(r"[,_]|%[a-zA-Z]|\.\d[fge]$")

# Between two tags, or between a tag and a value; code has marks that a text has not.
TEXT_IN_REACT = re.compile(
    r"(?:(?<!=)>([^<>{}();=`?&|]+)[<{])|(?:\}([^<>{}();=`?&|]+)</)", re.DOTALL
)
SHOWN_IN_REACT = re.compile(r"""\b(?:aria-label|title|placeholder|alt|label)=["']([^"']+)["']""")
NOT_SHOWN_IN_REACT = re.compile(
    r"""\bclassName=["'][^"']*["']|\b(?:querySelector(?:All)?|closest|matches|matchMedia)\([^)]*\)"""
)
# What stands in a log, in the outbox or in a monitor of the server: for whoever runs it.
TOLD_TO_OPERATORS = {
    "mails/postman.py": {
        "nobody to send it to",
        "no mail server is set",
        "the address can't be written to",
        "the mail server refused the address",
    },
    "http/operations.py": {
        "Whether this worker hears of what the others change.",
        "Sessions that are live.",
    },
}


class Finder(ast.NodeVisitor):
    """The literals of a module that are shown to people, or read as if they were."""

    def __init__(self, in_pages: bool) -> None:
        self.in_pages = in_pages
        self.found: list[tuple[int, str]] = []

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if NOT_SHOWN_CALLS.search(called):
            self.visit(node.func)
            return
        is_element = ".el." in called or called.endswith((".create", "rx.text", "rx.fragment"))
        for argument in node.args:
            self.look(argument, shown=is_element and self.in_pages)
        for keyword in node.keywords:
            if keyword.arg in SHOWN and self.in_pages:
                self.look(keyword.value, shown=True)
            elif keyword.arg not in NOT_SHOWN_KEYWORDS:
                self.look(keyword.value)
        self.visit(node.func)

    def look(self, node: ast.expr, *, shown: bool = False) -> None:
        """A value; `shown` where any word in it is on the page."""
        match node:
            case ast.Constant(value=str(text)):
                self.note(node, text, shown=shown)
            case ast.JoinedStr(values=parts):
                for part in parts:
                    if isinstance(part, ast.Constant):
                        self.note(part, str(part.value), shown=shown)
                    elif isinstance(part, ast.FormattedValue):
                        self.look(part.value)
            case ast.Call(func=function) if ast.unparse(function) == "rx.cond":
                self.visit(node.args[0])
                for outcome in node.args[1:]:
                    self.look(outcome, shown=shown)
            case ast.BinOp(left=left, right=right):
                self.look(left, shown=shown)
                self.look(right, shown=shown)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.visit(test)
                self.look(body, shown=shown)
                self.look(orelse, shown=shown)
            case _:
                self.visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.note(node, node.value, shown=False)

    def visit_Expr(self, node: ast.Expr) -> None:
        # A docstring is a statement of its own.
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        # The values of an enumeration are for programs: words are found by them.
        if not any(ast.unparse(base).endswith("Enum") for base in node.bases):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if not names & NOT_SHOWN_KEYWORDS:
            self.look(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        """What an exception says is for programmers: no page shows it."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Likewise."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared with is not shown."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.args.defaults, *node.args.kw_defaults, *node.body):
            if part is not None:
                self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)  # type: ignore[arg-type]

    def note(self, node: ast.expr, text: str, *, shown: bool) -> None:
        reads_like_words = (
            WORD.search(text)
            if shown
            else SENTENCE.search(text) or (self.in_pages and CAPITALISED.fullmatch(text))
        )
        if reads_like_words and not NOTATION.search(text):
            self.found.append((node.lineno, text))


def words_in_python(source: str, *, in_pages: bool = True) -> list[tuple[int, str]]:
    finder = Finder(in_pages)
    finder.visit(ast.parse(source))
    return finder.found


def words_in_react(source: str) -> Iterator[str]:
    """Text between tags, values of properties that are shown, and sentences anywhere."""
    code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source, flags=re.DOTALL)
    between = TEXT_IN_REACT.findall(code)
    yield from (text.strip() for pair in between for text in pair if WORD.search(text))
    yield from re.findall(
        r"""\b(?:aria-label|title|placeholder|alt|label)=["']([^"']+)["']""", code
    )
    rest = re.sub(r"\$\{[^{}]*\}", "", NOT_SHOWN_IN_REACT.sub("", code))
    yield from filter(SENTENCE.search, re.findall(r"""["'`]([^"'`\n]*)["'`]""", rest))


def formats_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "strftime":
            yield f"{node.lineno}: strftime"
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(
                part.value
                for part in ast.walk(node.format_spec)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if FORMAT.search(spec):
                yield f"{node.lineno}: {spec}"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_python_shows_no_words_of_its_own(path: Path) -> None:
    in_pages = path.parent.name in ("pages", "components")
    allowed = TOLD_TO_OPERATORS.get(f"{path.parent.name}/{path.name}", set())
    found = words_in_python(path.read_text(), in_pages=in_pages)
    assert [(line, text) for line, text in found if text not in allowed] == []


@pytest.mark.parametrize("path", REACT, ids=lambda path: path.name)
def test_react_shows_no_words_of_its_own(path: Path) -> None:
    assert list(words_in_react(path.read_text())) == []


@pytest.mark.parametrize("path", NUMBERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_numbers_and_dates_are_left_to_the_readers_locale(path: Path) -> None:
    assert list(formats_in(path.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        'rx.el.p("hello")',
        'rx.el.p(f"{state.number} devices")',
        'rx.el.button(icon("x"), "Close", type="button")',
        'rx.el.input(placeholder="name")',
        'rx.el.button(icon("x"), aria_label="close")',
        'rx.el.img(src="/logo.svg", alt="logo")',
        'rx.el.p(rx.cond(State.on, "on", "off"))',
        'rx.el.span("at " + State.place)',
        'field("Email", "email", "email")',
        'empty_state("shield-check", "Nothing here", words.TEXT)',
        'TITLE = "No sessions yet"',
        'HEADINGS = {"email": "Email"}',
        'def title() -> str:\n    return "Your devices"',
    ],
)
def test_words_that_stand_in_a_page_are_found(planted: str) -> None:
    assert words_in_python(planted) != []


@pytest.mark.parametrize(
    "planted",
    [
        'self.notice = "That device was signed out."',
        'return PlainTextResponse("Not found", 404)',
        'row = Row(title=f"{count} devices are not shown")',
        'message["Subject"] = "New sign-in"',
    ],
)
def test_words_that_stand_in_a_state_or_a_route_are_found(planted: str) -> None:
    source = f"def answer(self):\n    {planted}"
    assert words_in_python(source, in_pages=False) != []


@pytest.mark.parametrize(
    "planted",
    [
        "return <p>Loading</p>;",
        "if (old) {\n  return <p>\n    Nothing here\n  </p>;\n}",
        "return <p>{number} devices</p>;",
        "return <p>after {number}</p>;",
        'return <button aria-label="close"><X /></button>;',
        'return <input placeholder="name" />;',
        'const text = "Nothing is here";',
    ],
)
def test_words_that_stand_in_a_react_file_are_found(planted: str) -> None:
    assert list(words_in_react(planted)) != []


@pytest.mark.parametrize(
    "planted", ["at.strftime(shape)", 'f"{number:,} devices"', 'f"{at:%d %B}"', 'f"{share:.1f}"']
)
def test_numbers_and_dates_that_python_formats_are_found(planted: str) -> None:
    assert list(formats_in(planted)) != []
