"""One device in a list."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import inline_edit, relative_time
from sessions_dashboard.components.controls import badge, button, icon
from sessions_dashboard.components.marks import device_mark
from sessions_dashboard.sessions.models import MAX_NAME_LENGTH
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import common
from sessions_dashboard.words import devices as words

Row = rx.Var[DeviceRow]


def device_card(
    row: Row,
    *actions: rx.Component,
    current: bool = False,
    tick: rx.Component | None = None,
    title: rx.Component | None = None,
    details: rx.Component | None = None,
) -> rx.Component:
    """A card; `title` replaces the name, `tick` comes before the card, `details` below it."""
    return rx.el.li(
        tick or rx.fragment(),
        device_mark(row),
        rx.el.div(
            title or _heading(row, current),
            rx.cond(row.label != "", rx.el.p(rx.el.bdi(row.label), class_name="device-line")),
            _facts(row, current),
            class_name="device-text",
        ),
        rx.el.div(*actions, class_name="device-actions"),
        details or rx.fragment(),
        class_name="device device-current" if current else "device",
        key=row.id,
        tab_index=-1,
        custom_attrs={"data-card": ""},
    )


def _heading(row: Row, current: bool) -> rx.Component:
    return rx.el.div(
        rx.el.bdi(row.title, class_name="device-title"),
        badge(words.THIS_DEVICE, "accent") if current else rx.fragment(),
        rx.cond(row.in_question, badge(words.UNCONFIRMED, "warning")),
        class_name="device-heading",
    )


def renamable_heading(
    row: Row,
    *,
    renaming: rx.Var[DeviceRow],
    problem: rx.Var[str],
    on_rename: Any,
    on_cancel: Any,
    current: bool = False,
) -> rx.Component:
    """The name, or the form for another one in its place."""
    form = inline_edit(
        # Without an id: Reflex would read one field with this id for all cards of a page.
        rx.el.input(
            name="name",
            aria_label=words.RENAME_LABEL,
            default_value=row.name,
            placeholder=rx.cond(row.label != "", row.label, row.title),
            max_length=MAX_NAME_LENGTH,
            auto_complete="off",
            aria_describedby="name-hint",
            class_name="input",
        ),
        button(words.SAVE, kind="primary", type="submit"),
        button(common.CANCEL, on_click=on_cancel),
        rx.el.p(words.RENAME_HINT, id="name-hint", class_name="field-hint"),
        rx.el.p(problem, role="alert", class_name="field-problem"),
        on_submit=on_rename,
        on_cancel=on_cancel,
        aria_label=f"{words.RENAME} " + row.title,
        class_name="rename",
    )
    return rx.cond(renaming.id == row.id, form, _heading(row, current))


def _facts(row: Row, current: bool) -> rx.Component:
    if current:
        activity = rx.el.span(words.ACTIVE_NOW, class_name="active-now")
    else:
        activity = rx.el.span(
            rx.el.span(words.LAST_ACTIVE + " ", class_name="fact-name"),
            relative_time(row.last_active, recent=words.ACTIVE_NOW),
        )
    return rx.el.div(
        rx.el.p(
            activity,
            rx.cond(row.kind_words != "", rx.el.span(row.kind_words)),
            rx.cond(row.place != "", rx.el.span(row.place)),
            class_name="facts",
        ),
        rx.el.p(
            rx.el.span(words.STARTED + " ", relative_time(row.started)),
            rx.el.span(words.EXPIRES + " ", relative_time(row.expires, to_come=True)),
            rx.el.span(
                rx.el.span(words.ADDRESS + " ", class_name="visually-hidden"),
                row.ip_address,
                class_name="address",
            ),
            class_name="facts facts-quiet",
        ),
    )


def rename_button(row: Row, on_click: Any) -> rx.Component:
    return rx.el.button(
        icon("pencil", 16),
        type="button",
        aria_label=f"{words.RENAME} " + row.title,
        title=words.RENAME,
        class_name="button button-quiet button-icon",
        on_click=on_click,
    )


def history_link(session_id: rx.Var[str], title: rx.Var[str]) -> rx.Component:
    """To what happened on one device. A full load: the page reads its address when it loads."""
    return A.create(
        icon("history", 16),
        href=f"{navigation.ACTIVITY}?session={session_id}",
        aria_label=f"{words.HISTORY_OF} " + title,
        title=words.HISTORY,
        class_name="button button-quiet button-icon",
    )


def revoke_button(row: Row, on_click: Any) -> rx.Component:
    return button(words.REVOKE, aria_label=f"{words.REVOKE} " + row.title, on_click=on_click)
