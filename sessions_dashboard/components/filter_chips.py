"""The active filters of a list, each with a button that removes it."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import exact_time
from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.states.session_rows import Chip
from sessions_dashboard.words import admin as words


def filter_chips(chips: rx.Var[list[Chip]], remove: Any, clear: Any) -> rx.Component:
    """`remove` is an event that takes the chip's name."""
    return rx.cond(
        chips.length() > 0,
        rx.el.ul(
            rx.foreach(chips, lambda chip: _chip(chip, remove)),
            rx.el.li(button(words.CLEAR, kind="quiet", on_click=clear)),
            aria_label=words.ACTIVE_FILTERS,
            class_name="chips",
        ),
    )


def _chip(chip: rx.Var[Chip], remove: Any) -> rx.Component:
    text, button_id = "chip-" + chip.name, "remove-" + chip.name
    return rx.el.li(
        rx.el.span(
            rx.el.bdi(chip.text),
            rx.cond(chip.moment != "", rx.fragment(" ", exact_time(chip.moment))),
            id=text,
        ),
        rx.el.button(
            icon("x", 14),
            id=button_id,
            type="button",
            aria_label=words.REMOVE,
            aria_labelledby=button_id + " " + text,
            class_name="chip-remove",
            on_click=remove(chip.name),
        ),
        class_name="chip",
        # Where the focus goes when the one beside it is removed.
        tab_index=-1,
        custom_attrs={"data-card": ""},
    )
