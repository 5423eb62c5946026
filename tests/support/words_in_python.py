"""The words that a Python module shows to people, told from its source.

A literal is one if it reads like words, and any word is one where a page shows it. What a page
shows is followed through the project's own helpers: a parameter of theirs is shown if they hand it
on to an element, a name if it stands in one, and an attribute of a state if a page shows it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum

# Properties that are read out or shown.
SHOWN = frozenset(
    {
        *("title", "placeholder", "alt", "label", "hint", "summary", "caption", "text", "lead"),
        *("confirm", "aria_label", "aria_description", "aria_valuetext", "aria_placeholder"),
        *("aria_roledescription", "children", "default_value"),
        # Of the React files, and what the style sheet writes before a cell.
        *("just_now", "recent", "today", "yesterday", "offline", "show", "data_label"),
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
# What makes an element, or says something in the browser, of what it is given.
ELEMENT = re.compile(
    r"^rx\.(?!(?:cond|match|foreach|redirect|set_clipboard|icon|asset|call_script)$)|\.create$"
)

SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]+")
STATEMENT = re.compile(r"[A-Z][^\W\d_]*[.!?…]")
# What is left of a sentence before or after a value.
BESIDE_VALUE = re.compile(r" [^\W\d_]{2,}[.!?:]?|[^\W\d_]{2,}[,:]? | [^\W\d_]{2,}[,:]? ")
WORD = re.compile(r"[^\W\d_]{2,}")
CAPITALISED = re.compile(r"[A-Z][a-z]+")
# A CSP, a media type, a style, a query, an address: no person's words.
NOTATION = re.compile(r"'self'|'none'|[=;{}<>@]|^/|://|=\(\)|;q=|^[\w-]+/[\w-]+$|\|$|max-age|^\w+=")
SQL = re.compile(r"\b(SELECT|FROM|INTO|IS( NOT)? NULL|COPY|LOCK TABLE|PRAGMA|VACUUM|RESET|BEGIN)\b")
# What only a regular expression has.
PATTERN = re.compile(r"[\\|^$*\[\]]|\(\?")
# A name is written with capitals, but for these.
WITHIN_NAMES = frozenset({"and", "of", "the"})
LOWER_CASE = re.compile(r"(?<![\w-])[a-z]{2,}(?![\w-])")

MODULE = ""


class Kind(Enum):
    """What a module is for: how soon a literal in it is taken for words."""

    PAGE = "makes what is shown"
    STATE = "sets what is shown"
    ANSWER = "answers or sends"
    NAMES = "holds names, which are no words"


@dataclass
class Helper:
    """A function: its parameters, and which of them it shows."""

    positional: tuple[str, ...]
    rest: str | None
    parameters: frozenset[str]
    shown: set[str] = field(default_factory=set)

    def shows(self, position: int) -> bool:
        is_named = position < len(self.positional)
        return (self.positional[position] if is_named else self.rest) in self.shown


@dataclass
class Pages:
    """What the pages are known to show: their helpers' parameters and their states' attributes."""

    helpers: dict[str, Helper] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)

    def size(self) -> int:
        return len(self.attributes) + sum(len(one.shown) for one in self.helpers.values())


class Finder(ast.NodeVisitor):
    """The literals of a module that are shown to people, or read as if they were."""

    def __init__(self, kind: Kind, pages: Pages, own: dict[str, Helper]) -> None:
        self.kind = kind
        self.attributes = pages.attributes
        self.helpers = pages.helpers | own
        self.scope = MODULE
        self.in_class = False
        # Names that stand where something is shown, with the function that they stand in.
        self.shown_names: set[tuple[str, str]] = set()
        self.found: set[tuple[int, str]] = set()

    def find(self, module: ast.Module) -> list[tuple[int, str]]:
        """A name may be set before it is known to be shown: read until nothing new is known."""
        known = -1
        while known != (known := self.known()):
            self.visit(module)
        return sorted(self.found)

    def known(self) -> int:
        of_helpers = sum(len(helper.shown) for helper in self.helpers.values())
        return of_helpers + len(self.attributes) + len(self.shown_names)

    # Where a value goes.

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        self.visit(node.func)
        if NOT_SHOWN_CALLS.search(called) and not ELEMENT.search(called):
            return
        helper = self.helpers.get(called)
        for position, argument in enumerate(node.args):
            self.look(argument, shown=self.shows_argument(called, helper, position))
        for keyword in node.keywords:
            if self.shows_keyword(keyword.arg, helper):
                self.look(keyword.value, shown=True)
            elif keyword.arg not in NOT_SHOWN_KEYWORDS:
                self.look(keyword.value)

    def shows_argument(self, called: str, helper: Helper | None, position: int) -> bool:
        return helper.shows(position) if helper else ELEMENT.search(called) is not None

    def shows_keyword(self, name: str | None, helper: Helper | None) -> bool:
        if helper and name in helper.shown:
            return True
        return name in SHOWN if self.kind is Kind.PAGE else self.is_shown_attribute(name)

    def is_shown_attribute(self, name: str | None) -> bool:
        return self.kind is Kind.STATE and name in self.attributes

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.bind(node.target, node.value)

    def visit_For(self, node: ast.For) -> None:
        self.bind_each(node.target, node.iter)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.bind_each(node.target, node.iter)
        for condition in node.ifs:
            self.visit(condition)

    def bind_each(self, target: ast.expr, values: ast.expr) -> None:
        several = values.elts if isinstance(values, ast.Tuple | ast.List) else [values]
        for value in several:
            self.bind(target, value)

    def bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Tuple(elts=targets), ast.Tuple(elts=values):
                for pair in zip(targets, values, strict=False):
                    self.bind(*pair)
            case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
                shown = self.shows_name(target, name)
                if shown or isinstance(target, ast.Attribute) or name not in NOT_SHOWN_KEYWORDS:
                    self.look(value, shown=shown)
            case _:
                self.look(value)

    def shows_name(self, target: ast.expr, name: str) -> bool:
        if isinstance(target, ast.Attribute) or self.in_class:
            return self.is_shown_attribute(name)
        return (self.scope, name) in self.shown_names

    def visit_Return(self, node: ast.Return) -> None:
        is_shown = (MODULE, self.scope) in self.shown_names or self.is_shown_attribute(self.scope)
        self.look(node.value, shown=is_shown)

    # What a value is made of.

    def look(self, node: ast.expr | None, *, shown: bool = False) -> None:
        """A value; `shown` where any word in it is on the page."""
        match node:
            case None:
                return
            case ast.Constant(value=str(text)):
                self.note(node, text, shown=shown)
            case ast.Call():
                self.look_at_call(node, shown=shown)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.visit(test)
                self.look_at_all([body, orelse], shown=shown)
            case ast.GeneratorExp(elt=each) | ast.ListComp(elt=each) | ast.SetComp(elt=each):
                self.look(each, shown=shown)
                for generator in node.generators:
                    self.visit(generator)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    self.look(value, shown=shown or self.names_a_property(key))
            case ast.Name(id=name) if shown:
                self.mark(name)
            case ast.Attribute(attr=name) if shown:
                self.mark_attribute(name)
            case _ if parts := _parts(node):
                self.look_at_all(parts, shown=shown)
            case _:
                self.visit(node)

    def look_at_all(self, nodes: Iterable[ast.expr], *, shown: bool) -> None:
        for node in nodes:
            self.look(node, shown=shown)

    def look_at_call(self, node: ast.Call, *, shown: bool) -> None:
        """What a call gives back: some of what it is given, or what a function of ours returns."""
        match ast.unparse(node.func), node.args:
            case (("rx.cond" | "rx.match"), [condition, *cases]):
                self.visit(condition)
                self.look_at_all((_outcome(case) for case in cases), shown=shown)
            case called, [_, default] if called.endswith(".get"):
                self.look(default, shown=shown)
            case called, arguments if called.endswith((".format", ".join")):
                self.look_at_all([_object(node), *arguments], shown=shown)
            case called, _:
                if shown:
                    self.shown_names.add((MODULE, called))
                self.visit(node)

    def names_a_property(self, key: ast.expr | None) -> bool:
        """Whether it is the "aria-label" of some attributes."""
        name = key.value if isinstance(key, ast.Constant) else None
        is_shown = isinstance(name, str) and name.replace("-", "_") in SHOWN
        return is_shown and self.kind is Kind.PAGE

    def mark(self, name: str) -> None:
        """A name that stands where something is shown."""
        helper = self.helpers.get(self.scope)
        if helper and name in helper.parameters:
            helper.shown.add(name)
        else:
            self.shown_names |= {(self.scope, name), (MODULE, name)}

    def mark_attribute(self, name: str) -> None:
        if self.kind is Kind.PAGE:
            self.attributes.add(name)

    def note(self, node: ast.expr, text: str, *, shown: bool) -> None:
        is_notation = NOTATION.search(text) or SQL.search(text)
        if self.reads_like_words(text, shown=shown) and not is_notation:
            self.found.add((node.lineno, text))

    def reads_like_words(self, text: str, *, shown: bool) -> bool:
        if self.kind is Kind.NAMES:
            return is_a_sentence_among_names(text)
        if shown:
            return WORD.search(text) is not None
        if SENTENCE.search(text) or STATEMENT.fullmatch(text) or BESIDE_VALUE.fullmatch(text):
            return True
        return self.kind is not Kind.ANSWER and CAPITALISED.fullmatch(text) is not None

    # What says nothing.

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
            self.in_class = True
            self.generic_visit(node)
            self.in_class = False

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before = self.scope, self.in_class
        self.scope, self.in_class = node.name if self.scope == MODULE else self.scope, False
        for part in (*node.args.defaults, *node.args.kw_defaults, *node.body):
            if part is not None:
                self.visit(part)
        self.scope, self.in_class = before

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """What an exception says is for programmers: no page shows it."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Likewise."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared with is not shown."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)


def is_a_sentence_among_names(text: str) -> bool:
    words = set(LOWER_CASE.findall(text)) - WITHIN_NAMES
    return bool(words) and " " in text and not PATTERN.search(text)


def words_in(module: ast.Module, kind: Kind, pages: Pages) -> list[tuple[int, str]]:
    """Where they stand, and what they are; what this module tells of pages is kept to itself."""
    return Finder(kind, deepcopy(pages), _helpers_of(module)).find(module)


def read_pages(modules: Iterable[ast.Module]) -> Pages:
    """What the pages show, told from all of them: one shows what another one's helper is given."""
    own = [(module, _helpers_of(module)) for module in modules]
    pages = Pages()
    for _, helpers in own:
        pages.helpers |= {name: one for name, one in helpers.items() if name[0] != "_"}
    known = -1
    while known != (known := pages.size()):
        for module, helpers in own:
            Finder(Kind.PAGE, pages, helpers).find(module)
    return pages


def _helpers_of(module: ast.Module) -> dict[str, Helper]:
    return {node.name: _helper(node) for node in module.body if isinstance(node, ast.FunctionDef)}


def _helper(node: ast.FunctionDef) -> Helper:
    positional = tuple(one.arg for one in (*node.args.posonlyargs, *node.args.args))
    rest = node.args.vararg.arg if node.args.vararg else None
    named = (*positional, *(one.arg for one in node.args.kwonlyargs), *([rest] if rest else []))
    return Helper(positional, rest, frozenset(named))


def _parts(node: ast.expr) -> list[ast.expr]:
    """The values that one is put together of, or chosen from."""
    match node:
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            return parts
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return parts
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case (
            ast.FormattedValue(value=part)
            | ast.Starred(value=part)
            | ast.NamedExpr(value=part)
            | ast.Subscript(value=part)
        ):
            return [part]
        case _:
            return []


def _outcome(case: ast.expr) -> ast.expr:
    """Of a case of `rx.match`, which begins with what it is for; of `rx.cond` it is the whole."""
    return case.elts[-1] if isinstance(case, ast.Tuple) else case


def _object(call: ast.Call) -> ast.expr:
    assert isinstance(call.func, ast.Attribute)
    return call.func.value
