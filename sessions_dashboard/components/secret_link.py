"""A link or another secret that is shown once, to be passed on."""

from typing import Any

import reflex as rx

from sessions_dashboard.components.browser import modal
from sessions_dashboard.components.controls import button, icon
from sessions_dashboard.words import admin_users as words


def secret_link_dialog(
    link: rx.Var[str],
    on_close: Any,
    *,
    title: str = words.LINK_TITLE,
    lead: str = words.LINK_LEAD,
    label: str = words.LINK_LABEL,
) -> rx.Component:
    return modal(
        rx.el.h2(title, id="link-title", class_name="dialog-title"),
        rx.el.p(lead, class_name="dialog-text"),
        rx.el.label(label, html_for="link", class_name="visually-hidden"),
        rx.el.div(
            rx.el.input(id="link", value=link, read_only=True, auto_focus=True, class_name="input"),
            button(icon("copy", 16), words.COPY, on_click=rx.set_clipboard(link)),
            class_name="copy-line",
        ),
        rx.el.div(
            button(words.DONE, kind="primary", on_click=on_close), class_name="dialog-actions"
        ),
        open=link != "",
        on_dismiss=on_close,
        class_name="dialog",
        aria_labelledby="link-title",
    )
