"""Buttons, fields, badges and icons: the smallest parts of every page."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard.components.browser import (
    fetch_form,
    kept_input,
    modal,
    moment_input,
    native_form,
    password_input,
    unfolding,
)
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import common as words


def icon(name: str, size: int = 18) -> rx.Component:
    """A purely decorative icon: the words beside it say the same."""
    return rx.icon(name, size=size, aria_hidden="true", class_name="icon")


def button(*children: Any, kind: str = "plain", **props: Any) -> rx.Component:
    """A button; `kind` is primary, plain, danger or quiet."""
    props.setdefault("type", "button")
    return rx.el.button(*children, class_name=f"button button-{kind}", **props)


def dismiss_button(**props: Any) -> rx.Component:
    """Closes the dialog that it is in."""
    return button(words.CANCEL, custom_attrs={"data-dismiss": ""}, **props)


def drop_down(
    text: str, icon_name: str, *content: rx.Component, wide: bool = False
) -> rx.Component:
    """A button with a drop-down; `folds` marks what closes it again."""
    return unfolding(
        rx.el.summary(icon(icon_name, 16), text, class_name="button button-plain"),
        rx.el.div(*content, class_name="drop drop-wide" if wide else "drop"),
        class_name="drop-down",
    )


def folds() -> dict[str, str]:
    return {"data-dismiss": ""}


def badge(text: str, tone: str = "neutral") -> rx.Component:
    return rx.el.span(text, class_name=f"badge badge-{tone}")


def field(label: str, name: str, kind: str = "text", hint: str = "", **props: Any) -> rx.Component:
    """A labelled input with an optional hint below it.

    A password can be shown; with `keep`, what was typed is there again if the form is refused.
    """
    hint_id = f"{name}-hint"
    described = {"aria_describedby": hint_id} if hint else {}
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="field-label"),
        _input(kind, id=name, name=name, class_name="input", **described, **props),
        rx.el.p(hint, id=hint_id, class_name="field-hint") if hint else rx.fragment(),
        class_name="field",
    )


def _input(kind: str, **props: Any) -> rx.Component:
    if kind == "password":
        return password_input(icon("eye"), icon("eye-off"), **props)
    if kind == "datetime-local":
        return moment_input(**props)
    return (kept_input if "keep" in props else rx.el.input)(type=kind, **props)


def choice(label: str, name: str) -> rx.Component:
    """A box that is ticked at first; sends yes or no."""
    return rx.fragment(
        # A box that is not ticked sends nothing, so this is sent before it.
        rx.el.input(type="hidden", name=name, value="no"),
        rx.el.label(
            rx.el.input(
                type="checkbox", name=name, value="yes", default_checked=True, class_name="checkbox"
            ),
            label,
            class_name="choice",
        ),
    )


def confirmation(
    *,
    open: rx.Var[bool],
    title: rx.Var[str] | str,
    text: rx.Var[str] | str,
    confirm: rx.Var[str] | str,
    on_confirm: Any,
    on_dismiss: Any,
) -> rx.Component:
    """Asks before something happens to somebody; the confirming button repeats the verb."""
    return modal(
        rx.el.h2(title, id="confirmation-title", class_name="dialog-title"),
        rx.el.p(text, id="confirmation-text", class_name="dialog-text"),
        rx.el.div(
            dismiss_button(auto_focus=True),
            button(confirm, kind="danger", on_click=on_confirm),
            class_name="dialog-actions",
        ),
        open=open,
        on_dismiss=on_dismiss,
        role="alertdialog",
        class_name="dialog",
        aria_labelledby="confirmation-title",
        aria_describedby="confirmation-text",
    )


def password_dialog(on_confirmed: Any, on_dismiss: Any) -> rx.Component:
    """Asks for the password and then goes on with what the person was doing."""
    return modal(
        rx.el.h2(words.CONFIRM_TITLE, id="password-dialog-title", class_name="dialog-title"),
        rx.el.p(words.CONFIRM_LEAD, class_name="dialog-text"),
        fetch_form(
            field(
                words.PASSWORD,
                "password",
                "password",
                auto_complete="current-password",
                required=True,
                auto_focus=True,
            ),
            rx.el.div(
                dismiss_button(),
                button(words.CONTINUE, kind="primary", type="submit"),
                class_name="dialog-actions",
            ),
            action="/auth/confirm",
            on_done=on_confirmed,
            class_name="dialog-form",
        ),
        open=PageState.confirming,
        on_dismiss=on_dismiss,
        class_name="dialog",
        aria_labelledby="password-dialog-title",
    )


def paging(
    newer: str, older: str, *, has_newer: Any, has_older: Any, on_newer: Any, on_older: Any
) -> rx.Component:
    """The way through a list that is ordered by time."""
    return rx.cond(
        has_newer | has_older,
        rx.el.div(
            button(icon("chevron-left", 16), newer, on_click=on_newer, disabled=~has_newer),
            button(older, icon("chevron-right", 16), on_click=on_older, disabled=~has_older),
            class_name="paging",
        ),
    )


def page_link(text: str, path: str) -> rx.Component:
    """A link to another page, by a full load, below a form."""
    return rx.el.p(A.create(text, href=path, class_name="link"), class_name="below-form")


def sign_out_button(kind: str = "quiet") -> rx.Component:
    return native_form(
        button(words.SIGN_OUT, kind=kind, type="submit"),
        action="/auth/sign-out",
    )
