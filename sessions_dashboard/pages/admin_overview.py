"""How things stand, for administrators."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from sessions_dashboard import navigation
from sessions_dashboard.components.browser import relative_time
from sessions_dashboard.components.charts import column_chart, row_chart
from sessions_dashboard.components.console import console_page
from sessions_dashboard.components.feedback import once_loaded, skeleton_rows
from sessions_dashboard.components.places_credit import places_credit
from sessions_dashboard.states.admin_overview import AdminOverviewState
from sessions_dashboard.words import admin_overview as words


def admin_overview_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            AdminOverviewState.sessions != "",
            rx.fragment(_figures(), _charts(), places_credit()),
            skeleton_rows(6),
        ),
    )


def _figures() -> rx.Component:
    return rx.el.dl(
        _figure(words.SESSIONS, AdminOverviewState.sessions, navigation.ADMIN_SESSIONS),
        _figure(words.USERS, AdminOverviewState.users, navigation.ADMIN_USERS),
        _figure(
            words.LAST_CLEANUP,
            rx.cond(
                AdminOverviewState.last_cleanup != "",
                relative_time(AdminOverviewState.last_cleanup),
                words.NEVER,
            ),
            navigation.ADMIN_CLEANUP,
        ),
        _figure(
            words.NEXT_CLEANUP,
            relative_time(AdminOverviewState.next_cleanup, to_come=True),
            navigation.ADMIN_CLEANUP,
        ),
        class_name="figures",
    )


def _figure(name: str, value: rx.Var[str] | rx.Component, address: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name),
        rx.el.dd(ReactRouterLink.create(value, to=address, class_name="figure-link")),
        class_name="panel figure",
    )


def _charts() -> rx.Component:
    return rx.el.div(
        _sign_ins(words.BY_HOUR, "by_hour", "hour"),
        _sign_ins(words.FAILED_BY_HOUR, "failed_by_hour", "hour", tone="bad"),
        _sign_ins(words.BY_DAY, "by_day", "day"),
        _sign_ins(words.FAILED_BY_DAY, "failed_by_day", "day", tone="bad"),
        row_chart(words.BY_BROWSER, AdminOverviewState.by_browser),
        row_chart(words.BY_OS, AdminOverviewState.by_os),
        row_chart(words.BY_KIND, AdminOverviewState.by_kind),
        row_chart(words.BY_COUNTRY, AdminOverviewState.by_country),
        row_chart(words.ENDS, AdminOverviewState.ends),
        class_name="charts",
    )


def _sign_ins(title: str, name: str, unit: str, tone: str = "plain") -> rx.Component:
    bars, total = getattr(AdminOverviewState, name), AdminOverviewState.totals[name]
    return column_chart(title, bars, total, AdminOverviewState.tops[name], unit, tone)
