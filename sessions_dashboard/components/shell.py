"""The frame of the pages: the bar above a signed-in page, the narrow page with one form."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import focus_page, forget_input, leave_to
from sessions_dashboard.components.controls import icon, sign_out_button
from sessions_dashboard.components.feedback import connection_banner, idle_notice, notices
from sessions_dashboard.states.page import PageState
from sessions_dashboard.words import common as words

# The name under which the address that somebody typed to sign in is kept.
TYPED_EMAIL = "typed-email"


def signed_in_page(
    title: str,
    lead: str,
    *content: Any,
    above: rx.Component | None = None,
    heading: rx.Component | None = None,
) -> rx.Component:
    """`above` stands before the heading, such as the way between the pages of one kind; the
    heading is the title where there is no other."""
    return rx.el.div(
        leave_to(PageState.leave_to),
        focus_page(),
        forget_input(TYPED_EMAIL),
        # Not rx.el.a, the router's link, which leaves the focus where it is.
        A.create(words.SKIP_TO_CONTENT, href="#content", class_name="skip-link"),
        connection_banner(),
        _top_bar(title, in_console=above is not None),
        rx.el.main(
            above if above is not None else rx.fragment(),
            rx.el.header(
                rx.el.h1(heading or title, class_name="page-title", tab_index=-1),
                rx.el.p(lead, class_name="page-lead") if lead else rx.fragment(),
                class_name="page-header",
            ),
            notices(),
            *content,
            id="content",
            tab_index=-1,
            class_name="content",
        ),
        idle_notice(),
        class_name="page",
    )


def form_page(title: str, lead: str, *content: Any) -> rx.Component:
    return rx.el.div(
        leave_to(PageState.leave_to),
        connection_banner(),
        _form_card(title, lead, *content),
        class_name="page",
    )


def recovery_page(title: str, lead: str, *content: Any) -> rx.Component:
    """A page for whoever holds a mailed link. It doesn't leave when the browser's session ends: its
    own form ends that session, too, and leads somewhere else."""
    return rx.el.div(_form_card(title, lead, *content), class_name="page")


def _form_card(title: str, lead: str, *content: Any) -> rx.Component:
    return rx.el.main(
        focus_page(),
        rx.el.div(_logo(), class_name="form-logo"),
        rx.el.div(
            rx.el.h1(title, class_name="form-title", tab_index=-1),
            rx.el.p(lead, class_name="form-lead"),
            *content,
            class_name="form-card",
        ),
        class_name="form-page",
    )


def _top_bar(title: str, *, in_console: bool) -> rx.Component:
    return rx.el.header(
        rx.el.div(
            _logo(),
            rx.el.nav(
                _link(words.DEVICES, navigation.DEVICES, here=title == words.DEVICES),
                _link(words.ACTIVITY, navigation.ACTIVITY, here=title == words.ACTIVITY),
                _link(words.ACCOUNT, navigation.ACCOUNT, here=title == words.ACCOUNT),
                rx.cond(
                    PageState.is_admin,
                    _link(words.ADMIN, navigation.ADMIN, here=in_console),
                ),
                aria_label=words.NAVIGATION,
                class_name="nav",
            ),
            rx.el.div(
                rx.el.span(
                    rx.el.span(words.SIGNED_IN_AS + " ", class_name="visually-hidden"),
                    PageState.email,
                    class_name="account-email",
                ),
                _theme_button(),
                sign_out_button(),
                class_name="account",
            ),
            class_name="top-bar-inner",
        ),
        class_name="top-bar",
    )


def _logo() -> rx.Component:
    return rx.el.span(
        rx.el.img(src="/logo.svg", alt=""),
        rx.el.span(words.PRODUCT, class_name="logo-name"),
        class_name="logo",
    )


def _link(text: str, path: str, *, here: bool) -> rx.Component:
    return ReactRouterLink.create(
        text,
        to=path,
        class_name="nav-link nav-link-here" if here else "nav-link",
        custom_attrs={"aria-current": "page"} if here else {},
    )


def _theme_button() -> rx.Component:
    return rx.el.button(
        rx.el.span(icon("sun", 16), class_name="when-dark"),
        rx.el.span(icon("moon", 16), class_name="when-light"),
        type="button",
        aria_label=words.THEME,
        title=words.THEME,
        class_name="button button-quiet button-icon",
        on_click=rx.toggle_color_mode,
    )
