"""The words that a React file shows to people, told from its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.words_in_python import CAPITALISED, SENTENCE, STATEMENT, WORD

COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
# What is compared with, what is looked for in the page and what it is styled by is not shown.
NOT_SHOWN = re.compile(
    r"""[=!]==?\s*["'][^"'\n]*["']|\bcase ["'][^"'\n]*["']|\bclassName=["'][^"'\n]*["']"""
    r"""|\b(?:querySelector(?:All)?|closest|matches|matchMedia)\([^)]*\)"""
)
LITERAL = re.compile(r""""([^"\n]*)"|'([^'\n]*)'|`([^`]*)`""")
HOLE = re.compile(r"\$\{[^{}]*\}")
# Between two tags, a tag and a value, or two values; code has marks or words that a text has not.
TEXT = re.compile(
    r"(?<!=)>([^<>{}();=`?&|]+)[<{]|\}([^<>{}();=`?&|]+)</"
    r"|\}(?!\s*(?:else|catch|finally|from)\b)([^<>{}();=`?&|,]+)\{"
)
# The braces after a tag or after other braces; those of a function follow an arrow.
BETWEEN_TAGS = re.compile(r"(?:(?<!=)>|\})\s*(?=\{)")
# An attribute, up to its value: around what is assigned are spaces.
ATTRIBUTE = re.compile(r"""(?<=\s)([\w-]+)=(?=["'{])""")
SHOWN = (
    r"(?:title|placeholder|alt|label|children"
    r"|aria-(?:label|description|valuetext|placeholder|roledescription))"
)
# Up to what a node, an element or the browser is given to show.
GIVEN = re.compile(
    r"\.(?:textContent|innerText|innerHTML|title|placeholder|alt|label|aria[A-Z]\w+)\s*\+?=(?!=)"
    r"|\b(?:alert|confirm|prompt|createTextNode|setCustomValidity)\("
    rf"""|\bsetAttribute\(["']{SHOWN}["'],|(?<![\w-])["']?{SHOWN}["']?:\s"""
)
# Before a literal that is itself what an expression gives; the value of a key has no space before
# its colon, and an argument a name before its bracket.
GIVES = re.compile(r"(?:^|[{?+]|\s:|&&|\|\||\?\?|=>|\breturn|(?<!\w)\()\s*$")


def words_in_react(source: str) -> Iterator[str]:
    """Text between tags, any word where it is shown, and what reads like words anywhere."""
    code = NOT_SHOWN.sub("", COMMENT.sub("", source))
    yield from filter(WORD.search, (text.strip() for found in TEXT.findall(code) for text in found))
    for shown in _shown(code):
        yield from filter(WORD.search, _literals(shown, only_given=True))
    yield from filter(_reads_like_words, _literals(code))


def _shown(code: str) -> Iterator[str]:
    """Values of properties, what is in braces between tags, and what a node is given to show."""
    content = code
    for place in reversed(list(ATTRIBUTE.finditer(code))):
        value = _value(content, place.end())
        if re.fullmatch(SHOWN, place[1]):
            yield value
        content = content[: place.start()] + content[place.end() + len(value) :]
    yield from (_value(content, place.end()) for place in BETWEEN_TAGS.finditer(content))
    yield from (code[place.end() :].partition("\n")[0] for place in GIVEN.finditer(code))


def _value(code: str, start: int) -> str:
    """The literal, or all within the braces, that begins there."""
    if code[start] != "{":
        return code[start : code.index(code[start], start + 1) + 1]
    depth = 0
    for end, mark in enumerate(code[start:], start + 1):
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if depth == 0:
            return code[start:end]
    return code[start:]


def _literals(code: str, *, only_given: bool = False) -> Iterator[str]:
    for literal in LITERAL.finditer(code):
        if not only_given or GIVES.search(code[: literal.start()]):
            yield HOLE.sub("", "".join(filter(None, literal.groups()))).strip()


def _reads_like_words(text: str) -> bool:
    return bool(SENTENCE.search(text) or STATEMENT.fullmatch(text) or CAPITALISED.fullmatch(text))
