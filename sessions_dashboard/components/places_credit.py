"""Whose data the places are from, on every page that shows one, as its licence asks."""

import reflex as rx
from reflex_components_core.el.elements.inline import A

from sessions_dashboard.states.page import PageState


def places_credit() -> rx.Component:
    return rx.cond(
        PageState.credit != "",
        rx.el.p(
            A.create(PageState.credit, href=PageState.credit_address, class_name="link"),
            class_name="list-note",
        ),
    )
