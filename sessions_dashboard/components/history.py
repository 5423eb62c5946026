"""A line of the security history."""

import reflex as rx

from sessions_dashboard.components.browser import day_heading, relative_time
from sessions_dashboard.components.controls import icon
from sessions_dashboard.states.activity import ActivityRow
from sessions_dashboard.words import activity as words
from sessions_dashboard.words import admin_events as words_for_administrators


def history_line(row: rx.Var[ActivityRow]) -> rx.Component:
    return rx.el.li(
        day_heading(row.at, row.above, words.TODAY, words.YESTERDAY),
        rx.el.div(
            rx.el.span(_mark(row), class_name="history-mark"),
            rx.el.div(
                rx.el.p(
                    rx.el.bdi(row.text),
                    rx.cond(row.done_from != "", rx.fragment(" ", rx.el.bdi(row.done_from))),
                ),
                rx.el.p(
                    rx.el.span(relative_time(row.at, day_said=True)),
                    rx.cond(row.ip_address != "", rx.el.span(row.ip_address, class_name="address")),
                    class_name="facts facts-quiet",
                ),
                done_by(row.done_by),
                given_reason(row.given_reason),
                class_name="device-text",
            ),
            class_name=rx.cond(row.alarming, "history-line history-alarming", "history-line"),
        ),
    )


def done_by(email: rx.Var[str]) -> rx.Component:
    """Which administrator it was."""
    return rx.cond(
        email != "",
        rx.el.p(words_for_administrators.BY, " ", rx.el.bdi(email), class_name="reason"),
    )


def given_reason(text: rx.Var[str]) -> rx.Component:
    """What an administrator typed when they ended many sessions at once."""
    return rx.cond(
        text != "",
        rx.el.p(words_for_administrators.GIVEN_REASON, " ", rx.el.bdi(text), class_name="reason"),
    )


def _mark(row: rx.Var[ActivityRow]) -> rx.Component:
    return rx.match(
        row.kind,
        ("signed_in", icon("log-in")),
        ("sign_in_failed", icon("triangle-alert")),
        ("renamed", icon("pencil")),
        ("password_changed", icon("key-round")),
        ("password_reset", icon("key-round")),
        ("password_reset_requested", icon("mail")),
        ("api_key_created", icon("key-round")),
        ("api_key_revoked", icon("key-round")),
        ("new_device", icon("monitor-smartphone")),
        ("device_confirmed", icon("circle-check")),
        ("device_denied", icon("triangle-alert")),
        ("device_mails_on", icon("mail")),
        ("device_mails_off", icon("mail")),
        ("ended", icon("log-out")),
        ("account_created", icon("user-plus")),
        ("account_disabled", icon("user-x")),
        ("account_enabled", icon("user-check")),
        ("admin_granted", icon("shield-plus")),
        ("admin_withdrawn", icon("shield-minus")),
        ("link_made", icon("link-2")),
        ("resumed_elsewhere", icon("map-pin")),
        icon("refresh-cw"),
    )
