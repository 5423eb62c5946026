"""Bars of plain elements: every one a link with its number, and a table behind them.

Without a chart library: its hundred kilobytes would draw the same bars, out of a keyboard's reach.
"""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard.components.browser import ChartLink, ChartTime
from sessions_dashboard.states.admin_overview import Bar
from sessions_dashboard.words import admin_overview as words


def bar_table(title: str, bars: rx.Var[list[Bar]]) -> rx.Component:
    """Values and how frequent they are: the table is the chart."""
    return _chart(
        title,
        bars,
        None,
        rx.el.table(
            rx.el.caption(title, class_name="visually-hidden"),
            rx.el.thead(_headings(words.WHAT), class_name="visually-hidden"),
            rx.el.tbody(rx.foreach(bars, _bar_row)),
            class_name="bars",
        ),
    )


def column_chart(
    title: str,
    bars: rx.Var[list[Bar]],
    total: rx.Var[str],
    top: rx.Var[str],
    unit: str,
    tone: str = "plain",
) -> rx.Component:
    """Numbers over time, by hour or day, with a table to open.

    Args:
        top: what a column of full height counts.
        tone: plain or bad.
    """
    return _chart(
        title,
        bars,
        total,
        rx.el.p(top, class_name="columns-top", aria_hidden="true"),
        rx.el.ol(
            rx.foreach(bars, lambda bar: _column(bar, unit)), class_name=f"columns columns-{tone}"
        ),
        rx.el.details(
            rx.el.summary(words.AS_TABLE, rx.el.span(f": {title}", class_name="visually-hidden")),
            rx.el.table(
                rx.el.caption(title, class_name="visually-hidden"),
                rx.el.thead(_headings(words.WHEN[unit])),
                rx.el.tbody(rx.foreach(bars, lambda bar: _plain_row(bar, unit))),
                class_name="numbers",
            ),
            class_name="as-table",
        ),
    )


def _chart(
    title: str, bars: rx.Var[list[Bar]], total: rx.Var[str] | None, *content: rx.Component
) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="chart-title"),
            rx.el.p(total, class_name="chart-total") if total is not None else rx.fragment(),
            class_name="chart-head",
        ),
        rx.cond(
            bars.length() > 0,
            rx.fragment(*content),
            rx.el.p(words.NOTHING, class_name="quiet"),
        ),
        class_name="panel chart",
    )


def _headings(first: str) -> rx.Component:
    return rx.el.tr(rx.el.th(first, scope="col"), rx.el.th(words.NUMBER, scope="col"))


def _bar_row(bar: rx.Var[Bar]) -> rx.Component:
    """By its style the link covers the whole row: the bar can be clicked as well as the label.

    What no list can be narrowed to is no link, and looks like none.
    """
    return rx.el.tr(
        rx.el.th(
            rx.cond(
                bar.address != "",
                ReactRouterLink.create(rx.el.bdi(bar.label), to=bar.address, class_name="bar-link"),
                rx.el.bdi(bar.label),
            ),
            scope="row",
        ),
        rx.el.td(
            rx.el.span(class_name="bar", style={"width": bar.size}, aria_hidden="true"),
            rx.el.span(bar.number, class_name="bar-number"),
        ),
        class_name=rx.cond(bar.address != "", "", "bar-row-plain"),
    )


def _column(bar: rx.Var[Bar], unit: str) -> rx.Component:
    return rx.el.li(
        ChartLink.create(
            rx.el.span(class_name="column-bar", style={"height": bar.size}),
            to=bar.address,
            iso=bar.label,
            unit=unit,
            number=bar.number,
            class_name="column",
        ),
        rx.el.span(
            ChartTime.create(iso=bar.label, unit=unit),
            class_name="column-label",
            aria_hidden="true",
        ),
    )


def _plain_row(bar: rx.Var[Bar], unit: str) -> rx.Component:
    began = ChartTime.create(iso=bar.label, unit=unit)
    return rx.el.tr(rx.el.th(began, scope="row"), rx.el.td(bar.number))
