"""Charts whose bars are links, each with its numbers as a table behind it."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard.components.browser import ChartTime, ColumnChart, RowChart
from sessions_dashboard.states.admin_overview import Bar
from sessions_dashboard.words import admin_overview as words


def row_chart(title: str, bars: rx.Var[list[Bar]]) -> rx.Component:
    """Values and how frequent they are."""
    return _chart(
        title,
        bars,
        rx.fragment(),
        RowChart.create(bars=bars, title=title),
        _as_table(title, words.WHAT, rx.foreach(bars, lambda bar: _row(bar, _label(bar)))),
    )


def column_chart(
    title: str,
    bars: rx.Var[list[Bar]],
    total: rx.Var[str],
    top: rx.Var[int],
    unit: str,
    tone: str = "plain",
) -> rx.Component:
    """Numbers over time.

    Args:
        top: where their scale ends.
        unit: hour or day.
        tone: plain or bad.
    """

    def row(bar: rx.Var[Bar]) -> rx.Component:
        return _row(bar, ChartTime.create(iso=bar.label, unit=unit))

    return _chart(
        title,
        bars,
        rx.el.p(total, class_name="chart-total"),
        ColumnChart.create(bars=bars, unit=unit, title=title, top=top, tone=tone),
        _as_table(title, words.WHEN[unit], rx.foreach(bars, row)),
    )


def _chart(
    title: str, bars: rx.Var[list[Bar]], total: rx.Component, *content: rx.Component
) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(title, class_name="chart-title"), total, class_name="chart-head"),
        rx.cond(
            bars.length() > 0,
            rx.fragment(*content),
            rx.el.p(words.NOTHING, class_name="quiet"),
        ),
        class_name="panel chart",
    )


def _as_table(title: str, first: str, rows: rx.Component) -> rx.Component:
    return rx.el.details(
        rx.el.summary(words.AS_TABLE, rx.el.span(f": {title}", class_name="visually-hidden")),
        rx.el.table(
            rx.el.caption(title, class_name="visually-hidden"),
            rx.el.thead(
                rx.el.tr(rx.el.th(first, scope="col"), rx.el.th(words.NUMBER, scope="col"))
            ),
            rx.el.tbody(rows),
            class_name="numbers",
        ),
        class_name="as-table",
    )


def _row(bar: rx.Var[Bar], label: rx.Component) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.cond(
                bar.address != "",
                ReactRouterLink.create(label, to=bar.address, class_name="bar-link"),
                label,
            ),
            scope="row",
        ),
        rx.el.td(bar.number),
    )


def _label(bar: rx.Var[Bar]) -> rx.Component:
    return rx.el.bdi(bar.label)
