"""The fields of a form that filters a list, by the names that its address has for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import reflex as rx

from sessions_dashboard.components.browser import moment_input
from sessions_dashboard.sessions.filters import YES
from sessions_dashboard.words import admin as words


@dataclass(frozen=True, slots=True)
class FilterFields:
    # What each is called.
    names: Mapping[str, str]
    # What each holds at first.
    values: rx.vars.ObjectVar[dict[str, str]]

    def field(self, name: str, control: rx.Component) -> rx.Component:
        return rx.el.div(
            rx.el.label(self.names[name], html_for=f"filter-{name}", class_name="field-label"),
            control,
            class_name="field",
        )

    def attributes(self, name: str) -> dict[str, object]:
        return {
            "id": f"filter-{name}",
            "name": name,
            "default_value": self.values[name],
            "class_name": "input",
        }

    def text(self, name: str, hint: str = "") -> rx.Component:
        return self.field(name, rx.el.input(placeholder=hint, **self.attributes(name)))

    def moment(self, name: str) -> rx.Component:
        return self.field(name, moment_input(**self.attributes(name)))

    def select(self, name: str, options: Iterable[tuple[str, str]]) -> rx.Component:
        return self.field(
            name,
            rx.el.select(
                rx.el.option(words.ANY, value=""),
                *(rx.el.option(text, value=value) for value, text in options),
                **self.attributes(name),
            ),
        )

    def select_of(self, name: str, values: rx.Var[list[str]]) -> rx.Component:
        return self.field(
            name,
            rx.el.select(
                rx.el.option(words.ANY, value=""),
                rx.foreach(values, lambda value: rx.el.option(value, value=value)),
                **self.attributes(name),
            ),
        )

    def select_named(self, name: str, values: rx.Var[list[list[str]]]) -> rx.Component:
        """A choice of values, each with what it is called."""
        return self.field(
            name,
            rx.el.select(
                rx.el.option(words.ANY, value=""),
                rx.foreach(values, lambda one: rx.el.option(one[1], value=one[0])),
                **self.attributes(name),
            ),
        )

    def flag(self, name: str) -> rx.Component:
        return rx.fragment(
            # A box that is not ticked sends nothing, so this is sent before it.
            rx.el.input(type="hidden", name=name, value=""),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name=name,
                    value=YES,
                    default_checked=self.values[name] == YES,
                    class_name="checkbox",
                ),
                self.names[name],
                class_name="choice",
            ),
        )
