"""Every word that a person sees stands in sessions_dashboard/words/, and nowhere else.

Told from the source: a literal in a place that is shown, or one that reads like a sentence in a
place that may be. What is said to a log or to a programmer is none of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.words_in_python import Kind, Pages, read_pages, words_in
from tests.support.words_in_react import words_in_react

PACKAGE = Path(__file__).parents[1] / "sessions_dashboard"
# Where what a person sees is made.
SEEN = {
    **dict.fromkeys(("pages", "components"), Kind.PAGE),
    "states": Kind.STATE,
    **dict.fromkeys(("http", "api", "mails", "live"), Kind.ANSWER),
    "devices": Kind.NAMES,
}
# Where none should be; the modules beside the folders as well.
UNSEEN = dict.fromkeys(
    ("sessions", "accounts", "webhooks", "jobs", "database", PACKAGE.name), Kind.ANSWER
)
KINDS = SEEN | UNSEEN
# They speak to a shell or a monitor.
FOR_NO_PAGE = {"__main__.py", "metrics.py"}
PYTHON = [
    path
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("*/*.py")])
    if path.parent.name in KINDS and not (path.parent == PACKAGE and path.name in FOR_NO_PAGE)
]
REACT = sorted((PACKAGE / "components").glob("*.jsx"))
NUMBERS = [path for path in PYTHON if path.parent.name in SEEN]
NUMBERS += sorted((PACKAGE / "words").glob("*.py"))

# Formats of numbers and dates that are written for a page by themselves.
FORMAT = re.compile(r"[,_]|%[a-zA-Z]|\.\d[fge]$")
# What stands elsewhere all the same.
NO_WORDS_OF_PAGES = {
    # In a log, in the outbox or in a monitor of the server: for whoever runs it.
    "mails/postman.py": {
        "nobody to send it to",
        "no mail server is set",
        "the address can't be written to",
        "the mail server refused the address",
    },
    "sessions_dashboard/sessions_dashboard.py": {"light dark"},
    "sessions/restored.py": {"a backup was restored"},
    "http/operations.py": {
        "Whether this worker hears of what the others change.",
        "Sessions that are live.",
    },
    # In a shell; a page says the same in its own units.
    "sessions/policy_versions.py": {
        "must not be longer than ",
        ": it is ",
        " seconds, ",
        "must be one of: ",
        "there is no such value",
        "must be a number",
        "must be between ",
        " and ",
        " seconds",
        "must be a whole number",
    },
    # What the password of an account that is not there is compared with.
    "accounts/passwords.py": {"the password of nobody"},
    # A device's name is made at sign-in and stored, "Chrome on Windows", in one language for all.
    "devices/labels.py": {
        "Unknown device",
        "In-app browser",
        "game console",
        "Android tablet",
        " on ",
    },
    # As their makers write them.
    "devices/products.py": {
        "Google app",
        "Google Play services",
        "Reddit is fun",
        "jig browser",
        "vivo Browser",
    },
}


@cache
def pages() -> Pages:
    paths = [path for path in PYTHON if KINDS[path.parent.name] is Kind.PAGE]
    return read_pages(ast.parse(path.read_text()) for path in paths)


def words_in_python(source: str, kind: Kind) -> list[tuple[int, str]]:
    return words_in(ast.parse(source), kind, pages())


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
    allowed = NO_WORDS_OF_PAGES.get(f"{path.parent.name}/{path.name}", set())
    found = words_in_python(path.read_text(), KINDS[path.parent.name])
    assert [(line, text) for line, text in found if text not in allowed] == []
    assert allowed <= {text for _, text in found}


@pytest.mark.parametrize("path", REACT, ids=lambda path: path.name)
def test_react_shows_no_words_of_its_own(path: Path) -> None:
    assert list(words_in_react(path.read_text())) == []


@pytest.mark.parametrize("path", NUMBERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_numbers_and_dates_are_left_to_the_readers_locale(path: Path) -> None:
    assert list(formats_in(path.read_text())) == []


IN_A_PAGE = [
    'rx.el.p("hello")',
    'rx.el.p(children="hello")',
    'rx.el.header("hello")',
    'rx.el.p(f"{state.number} devices")',
    'rx.el.button(icon("x"), "Close", type="button")',
    'rx.el.input(placeholder="name")',
    'rx.el.button(icon("x"), aria_label="close")',
    'rx.el.button(icon("x"), custom_attrs={"aria-label": "close"})',
    'rx.el.td(row.place, custom_attrs={"data-label": "place"})',
    'rx.el.img(src="/logo.svg", alt="logo")',
    'rx.el.p(rx.cond(State.on, "on", "off"))',
    'rx.el.p(rx.match(State.kind, ("tv", "television"), words.OTHER))',
    'rx.el.p(*[rx.el.b(text) for text in ("on", "off")])',
    'rx.el.span("at " + State.place)',
    'rx.el.span(State.place or "nowhere")',
    'rx.toast("saved")',
    'button("save")',
    'button(icon("x"), rx.cond(State.on, "on", "off"), kind="primary")',
    'button(*parts, "save")',
    'badge("new")',
    'badge(text="new", tone="accent")',
    'field("email", "email", "email")',
    'field(words.EMAIL, "email", hint="yours")',
    'empty_state("shield-check", "nothing", words.TEXT)',
    'paging("newer", words.OLDER, has_newer=State.a, has_older=State.b)',
    'relative_time(row.at, "now")',
    'TITLE = "No sessions yet"',
    'HEADINGS = {"email": "Email"}',
    'HEADINGS = {"email": "email"}\nrx.el.th(HEADINGS[name])',
    'text = "save"\nrx.el.p(text)',
    'for text in ("on", "off"):\n    parts.append(rx.el.p(text))',
    'def _title() -> str:\n    return "save"\nrx.el.p(_title())',
    'def title() -> str:\n    return "Your devices"',
    'def _line(what):\n    return rx.el.li(what)\n_line("save")',
    "def _line(*, what):\n    return _cell(what)\ndef _cell(of):\n    return rx.el.td(of)\n"
    '_line(what="save")',
]


@pytest.mark.parametrize("planted", IN_A_PAGE)
def test_words_that_stand_in_a_page_are_found(planted: str) -> None:
    assert words_in_python(planted, Kind.PAGE) != []


@pytest.mark.parametrize(
    "harmless",
    [
        'rx.el.p(words.TEXT, class_name="notice notice-good", id="saved", role="status")',
        'rx.el.input(type="checkbox", name="remember", value="yes", auto_complete="off")',
        'rx.el.button(icon("x", 16), type="button", class_name=f"button button-{kind}")',
        'rx.el.th(words.USER, scope="col", custom_attrs={"aria-sort": "ascending"})',
        'rx.el.div(rx.cond(State.on, icon("sun"), icon("moon")), class_name="when-dark")',
        'rx.match(State.kind, ("phone", icon("smartphone")), icon("globe"))',
        'badge(words.NEW, "accent")',
        'button(words.SAVE, kind="primary", type="submit", on_click=State.save("policy"))',
        'field(words.EMAIL, "email", "email", auto_complete="username")',
        'empty_state("shield-check", words.TITLE, words.TEXT)',
        'A.create(words.BACK, href="#content", class_name="skip link")',
        'def _cell(name, text):\n    return rx.el.td(text, id=name)\n_cell("user", row.email)',
        'rx.el.p(words.TEXTS[kind.value], " ", " · ", rx.cond(State.at != "now", State.at, ""))',
        'class Modal(BaseHTML):\n    """A modal dialog."""\n    tag = "Modal"',
        'class Tone(StrEnum):\n    GOOD = "Good"',
        'COLUMNS = {"device": words.DEVICE}\nrx.el.th(COLUMNS["device"])',
    ],
)
def test_what_only_programs_read_is_left_to_a_page(harmless: str) -> None:
    assert words_in_python(harmless, Kind.PAGE) == []


@pytest.mark.parametrize(
    "planted",
    [
        'self.notice = "Saved."',
        'self.notice = "saved"',
        'self.problem += "wrong"',
        'self.problem = REFUSALS.get(error, "wrong")',
        'self.problem = "wrong" if error else ""',
        'self.asking, self.form_problem = True, "wrong"',
        'self._say(problem="wrong")',
        'self.notice = "That device was signed out."',
        'self.notice = f"{number} ended"',
        'row = Row(title=f"{count} devices are not shown")',
        'row = Row(status_words="over")',
        'return "That device was signed out."',
        'return "Saved."',
        'return "Saved"',
        'return f"{number} ended"',
        'text = "Saved"',
        'return rx.toast("saved")',
    ],
)
def test_words_that_stand_in_a_state_are_found(planted: str) -> None:
    source = f"class State(PageState):\n    def answer(self):\n        {planted}"
    assert words_in_python(source, Kind.STATE) != []


@pytest.mark.parametrize(
    "planted",
    [
        'class State(PageState):\n    notice: str = "saved"',
        'class State(PageState):\n    @rx.var\n    def status_words(self):\n        return "over"',
        'def _said(on):\n    return "over"\nrow = Row(status_words=_said(on))',
    ],
)
def test_words_that_a_states_variable_begins_with_or_is_made_of_are_found(planted: str) -> None:
    assert words_in_python(planted, Kind.STATE) != []


@pytest.mark.parametrize(
    "harmless",
    [
        'self.notice = self.problem = ""',
        'self.form = "add"',
        "self.problem = words.PROBLEMS[error.problem]",
        'self._wanted = Wanted("test")',
        'self.sent = query.get("sent") == "1"',
        'self.next_path = query.get("next", "/devices")',
        'self.rows = [Row(title=one.title, tone="bad") for one in found]',
        'self.reached = Status("ended")',
        'raise ValueError("there is no such device")',
        'logger.warning("The page of %s could not be read", email)',
        'return {"status": "all", **self.kept()}',
        'return rx.redirect(f"{navigation.ACCOUNT}?secured=1")',
        'return self._go({"sort": ("-" if descending else "") + sort})',
        'return f"{round(share, 1)}%" if longest else "0%"',
    ],
)
def test_what_only_programs_read_is_left_to_a_state(harmless: str) -> None:
    source = f"class State(PageState):\n    def answer(self):\n        {harmless}"
    assert words_in_python(source, Kind.STATE) == []


@pytest.mark.parametrize(
    "planted",
    [
        'return PlainTextResponse("Not found", 404)',
        'return PlainTextResponse("Gone.", 404)',
        'message["Subject"] = "New sign-in"',
        'return "must be a number"',
    ],
)
def test_words_that_stand_in_a_route_or_a_mail_are_found(planted: str) -> None:
    assert words_in_python(f"def answer():\n    {planted}", Kind.ANSWER) != []


@pytest.mark.parametrize(
    "planted",
    [
        'CREDITS = {"DBIP": ("IP geolocation by DB-IP", "https://db-ip.com")}',
        'credit = "This product includes GeoLite Data created by MaxMind"',
        'return Place(None, None, "No place is known")',
        'return f"{city} is near"',
    ],
)
def test_a_sentence_among_names_is_found(planted: str) -> None:
    assert words_in_python(f"def answer():\n    {planted}", Kind.NAMES) != []


@pytest.mark.parametrize(
    "harmless",
    [
        'BROWSERS = {"Samsung Internet": "samsung", "Safari": "safari", "curl": "curl"}',
        'COUNTRIES = {"BA": "Bosnia and Herzegovina", "IM": "Isle of Man"}',
        'SIGNS = (r"jig browser|IAC/", r"Android (\\d+)", r"^Opera/9\\.80 \\(Linux arm")',
        'FIELDS = ("autonomous_system_organization", "as_name", "isp")',
        'found = "Google Wireless Transcoder" in text',
    ],
)
def test_a_name_is_no_sentence(harmless: str) -> None:
    assert words_in_python(harmless, Kind.NAMES) == []


@pytest.mark.parametrize(
    "planted",
    [
        "return <p>Loading</p>;",
        "if (old) {\n  return <p>\n    Nothing here\n  </p>;\n}",
        "return <p>{number} devices</p>;",
        "return <p>{number} devices {at}</p>;",
        "return <p>after {number}</p>;",
        'return <p>{on ? "Open" : "Closed"}</p>;',
        'return <p>{on ? "open" : "closed"}</p>;',
        'return <p>{"Hello"}</p>;',
        'return <p>{"hello"}</p>;',
        'return <p>{name ?? "nobody"}</p>;',
        'return <p>{number} {"devices"}</p>;',
        "return <p>{`${number} devices`}</p>;",
        'return <p>{on && <b className="badge">{"new"}</b>}</p>;',
        'return <button aria-label="close"><X /></button>;',
        'return <button aria-label={"Close"}><X /></button>;',
        'return <button aria-label={"close"}><X /></button>;',
        'return <button title={on ? "close" : "open"}><X /></button>;',
        'return <input placeholder="name" />;',
        'return createElement("p", { title: "close" });',
        'node.textContent = "Saved";',
        'node.textContent = "saved";',
        'document.title = on ? "open" : "closed";',
        'node.setAttribute("aria-label", "close");',
        'alert("saved");',
        'const text = "Nothing is here";',
        'const text = on ? "Open" : "Closed";',
        "const text = `Hello ${name}`;",
        'setProblem("Wrong.");',
    ],
)
def test_words_that_stand_in_a_react_file_are_found(planted: str) -> None:
    assert list(words_in_react(planted)) != []


@pytest.mark.parametrize(
    "harmless",
    [
        'import { useState } from "react";\nimport env from "$/env.json";',
        'return <p className="field problem" role="alert">{problem}</p>;',
        'return <input {...props} type={shown ? "text" : "password"} name="token" readOnly />;',
        'return <p>{written(iso, "day")}</p>;',
        'return <p>{new Intl.DateTimeFormat(undefined, { dateStyle: "full" }).format(at)}</p>;',
        'return <b onClick={({ target }) => target.closest("[data-card]") && fold()}>{text}</b>;',
        "return <p>{open ? children : null}</p>;",
        'return <p>{kind === "Desktop" ? desktop : phone}</p>;',
        'if (event.key === "Escape") {\n  fold();\n} else {\n  follow("trail");\n}',
        'document.addEventListener("pointerdown", fold);',
        'node.setAttribute("aria-hidden", "true");',
        'node.classList.add("is-open");',
        'const DEEDS = ["pointerdown", "keydown", "wheel"];',
        "const moved = number > 0 ? `${number}px` : size;",
        "// Says when.\n/** A button that says something. */",
    ],
)
def test_what_only_programs_read_is_left_to_a_react_file(harmless: str) -> None:
    assert list(words_in_react(harmless)) == []


@pytest.mark.parametrize(
    "planted", ["at.strftime(shape)", 'f"{number:,} devices"', 'f"{at:%d %B}"', 'f"{share:.1f}"']
)
def test_numbers_and_dates_that_python_formats_are_found(planted: str) -> None:
    assert list(formats_in(planted)) != []
