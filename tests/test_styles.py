"""The theme: what is measured in steps is measured in those that assets/styles.css begins with."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parent.parent / "assets" / "styles.css"
SPACING = re.compile(r"(?:row-gap|column-gap|gap|margin|padding|inset|top|bottom)(?:-[a-z-]+)?")
STEPPED = {
    "spacing": (SPACING, re.compile(r"\drem|(?<![\d.])(?:[6-9]|\d\d+)px")),
    "radius": (re.compile("border-radius"), re.compile(r"\d(?:px|rem|%)")),
    "text size": (re.compile("font-size"), re.compile(r"\d(?:px|rem|%)")),
    "colour": (
        re.compile(r"(?:background|border|outline)(?:-color)?|color|fill"),
        re.compile(r"#\w|rgb"),
    ),
}
DECLARATION = re.compile(r"^\s+([a-z-]+):\s*([^;]+);", re.MULTILINE)


def literal_steps(styles: str, kind: str) -> list[str]:
    """The declarations of a kind that say a length of their own."""
    named, literal = STEPPED[kind]
    return [
        f"{name}: {value}"
        for name, value in DECLARATION.findall(styles)
        if named.fullmatch(name) and literal.search(value)
    ]


@pytest.mark.parametrize("kind", STEPPED)
def test_every_step_is_one_of_the_theme(kind: str) -> None:
    assert literal_steps(STYLES.read_text(encoding="utf-8"), kind) == []


@pytest.mark.parametrize(
    ("kind", "declaration"),
    [
        ("spacing", "margin-block-end: 0.7rem"),
        ("spacing", "padding: var(--space-8) 12px"),
        ("spacing", "gap: 1rem"),
        ("radius", "border-radius: 6px"),
        ("text size", "font-size: 1rem"),
        ("colour", "color: #fff"),
        ("colour", "background: rgb(0 0 0)"),
    ],
)
def test_a_step_of_its_own_is_found(kind: str, declaration: str) -> None:
    assert literal_steps(f".part {{\n  {declaration};\n}}", kind) == [declaration]
