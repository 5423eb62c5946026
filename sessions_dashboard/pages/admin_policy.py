"""The policy, for administrators: a form, what its values would do, and earlier versions."""

from dataclasses import fields
from enum import StrEnum
from itertools import groupby

import reflex as rx

from sessions_dashboard.components.browser import focus_wrong, relative_time
from sessions_dashboard.components.console import account_link, cell, console_page, ledger
from sessions_dashboard.components.controls import (
    badge,
    button,
    confirmation,
    paging,
    password_dialog,
)
from sessions_dashboard.components.feedback import once_loaded, skeleton_rows
from sessions_dashboard.components.marks import device_icon
from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.states.admin_policy import (
    AdminPolicyState,
    AffectedRow,
    ChangeRow,
    VersionRow,
)
from sessions_dashboard.states.policy_form import UNIT
from sessions_dashboard.words import admin_policy as words
from sessions_dashboard.words.admin_users import ADMIN

USUAL = Policy()


def admin_policy_page() -> rx.Component:
    return console_page(
        words.TITLE,
        words.LEAD,
        once_loaded(
            AdminPolicyState.form_number > 0,
            rx.el.div(_progress(), _form(), _outcome(), _versions(), class_name="policy"),
            skeleton_rows(6),
        ),
        confirmation(
            open=AdminPolicyState.saving & ~AdminPolicyState.confirming,
            title=words.SAVE_QUESTION,
            text=AdminPolicyState.save_consequence,
            confirm=words.SAVE,
            on_confirm=AdminPolicyState.save,
            on_dismiss=AdminPolicyState.close_dialog,
        ),
        password_dialog(AdminPolicyState.save, AdminPolicyState.close_dialog),
    )


def _progress() -> rx.Component:
    """What is said of the policy in force while it ends sessions, and how many it has ended."""
    return rx.el.div(
        rx.cond(
            AdminPolicyState.applying_words != "",
            rx.el.div(
                rx.el.p(AdminPolicyState.applying_words),
                rx.cond(AdminPolicyState.applying, _bar()),
                class_name="running",
            ),
        ),
        role="status",
    )


def _bar() -> rx.Component:
    return rx.cond(
        AdminPolicyState.to_apply > 0,
        rx.el.progress(
            value=AdminPolicyState.applied.to_string(),
            max=AdminPolicyState.to_apply.to_string(),
            aria_label=words.PROGRESS,
            class_name="progress",
        ),
        rx.el.progress(aria_label=words.PROGRESS, class_name="progress"),
    )


def _form() -> rx.Component:
    names = [field.name for field in fields(USUAL)]
    order = [*words.GROUPS, words.OTHER_GROUP]
    names.sort(key=lambda name: order.index(words.group_of(name)))
    groups = groupby(names, words.group_of)
    return rx.el.form(
        focus_wrong(AdminPolicyState.refused),
        *[_group(group, [_field(name) for name in members]) for group, members in groups],
        rx.el.div(
            button(words.SIMULATE, kind="primary", type="submit"),
            button(words.RESET, on_click=AdminPolicyState.start_over),
            class_name="form-actions",
        ),
        on_submit=AdminPolicyState.try_values,
        # A new form: its fields take over the new values.
        key=AdminPolicyState.form_number.to_string(),
        no_validate=True,
    )


def _group(title: str, members: list[rx.Component]) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(title, class_name="section-title"), *members, class_name="panel policy-group"
    )


def _field(name: str) -> rx.Component:
    problem = AdminPolicyState.problems[name]
    return rx.el.div(
        rx.el.div(
            rx.el.label(words.label(name), html_for=name, class_name="policy-label"),
            rx.el.p(words.meaning(name), class_name="field-hint"),
            class_name="policy-meaning",
        ),
        rx.el.div(
            _input(name),
            rx.el.p(words.safe_range(name), id=f"{name}-range", class_name="field-hint"),
            rx.cond(
                problem,
                rx.el.p(problem, id=f"{name}-problem", class_name="field-problem"),
            ),
            class_name="policy-value",
        ),
        class_name="policy-field",
    )


def _input(name: str) -> rx.Component:
    usual = getattr(USUAL, name)
    if isinstance(usual, StrEnum):
        return _choice(name, type(usual))
    if isinstance(usual, int):
        return _number(name)
    return rx.el.div(_number(name), _unit(name), class_name="number-and-unit")


def _choice(name: str, choices: type[StrEnum]) -> rx.Component:
    return rx.el.select(
        *[rx.el.option(words.choice(one.value), value=one.value) for one in choices],
        id=name,
        name=name,
        default_value=AdminPolicyState.values[name],
        class_name="input select",
        **_description(name),
    )


def _number(name: str) -> rx.Component:
    return rx.el.input(
        id=name,
        name=name,
        type="text",
        input_mode="decimal",
        auto_complete="off",
        default_value=AdminPolicyState.values[name],
        class_name="input input-number",
        **_description(name),
    )


def _unit(name: str) -> rx.Component:
    return rx.el.select(
        *[rx.el.option(unit, value=unit) for unit in words.UNITS],
        name=name + UNIT,
        aria_label=words.unit_of(name),
        default_value=AdminPolicyState.units[name],
        class_name="input select",
    )


def _description(name: str) -> dict[str, str | rx.Var[str]]:
    """What says to a screen reader that a value is wrong, and why."""
    return {
        "aria_describedby": f"{name}-range {name}-problem",
        "aria_invalid": rx.cond(AdminPolicyState.problems[name], "true", "false"),
    }


def _outcome() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.cond(
                AdminPolicyState.outcome != "",
                rx.el.div(
                    rx.el.h2(words.CONSEQUENCES, class_name="section-title"),
                    rx.el.p(AdminPolicyState.outcome, class_name="policy-outcome"),
                    class_name="policy-outcome-text",
                ),
            ),
            role="status",
        ),
        rx.cond(
            AdminPolicyState.can_save,
            rx.fragment(
                _changes(AdminPolicyState.changes),
                rx.el.div(
                    button(words.SAVE, kind="primary", on_click=AdminPolicyState.ask_save),
                    rx.cond(
                        AdminPolicyState.ends_any & (AdminPolicyState.affected.length() == 0),
                        button(words.SHOW_THEM, on_click=AdminPolicyState.show_affected),
                    ),
                    class_name="form-actions",
                ),
                _affected(),
            ),
        ),
        class_name="section",
    )


def _changes(rows: rx.Var[list[ChangeRow]]) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            rows,
            lambda row: rx.el.li(
                rx.el.span(row.label, class_name="change-label"),
                rx.el.span(
                    rx.el.del_(row.before),
                    rx.el.span(" → ", aria_hidden="true"),
                    rx.el.ins(row.after),
                ),
                class_name="change",
            ),
        ),
        class_name="panel changes",
    )


def _affected() -> rx.Component:
    headings = (words.USER, words.DEVICE, words.STARTED, words.LAST_ACTIVE)
    return rx.cond(
        AdminPolicyState.affected.length() > 0,
        rx.fragment(
            ledger(
                headings,
                rx.el.tbody(rx.foreach(AdminPolicyState.affected, _affected_row)),
                caption=words.CONSEQUENCES,
            ),
            paging(
                words.PREVIOUS,
                words.NEXT,
                has_newer=AdminPolicyState.earlier_affected,
                has_older=AdminPolicyState.more_affected,
                on_newer=AdminPolicyState.previous_affected,
                on_older=AdminPolicyState.show_affected,
            ),
        ),
    )


def _affected_row(row: rx.Var[AffectedRow]) -> rx.Component:
    return rx.el.tr(
        cell(
            words.USER,
            account_link(row.email, row.address),
            rx.cond(row.is_admin, rx.fragment(" ", badge(ADMIN, "accent"))),
            class_name="cell-strong",
        ),
        cell(
            words.DEVICE,
            rx.el.span(device_icon(row.kind), rx.el.bdi(row.device), class_name="cell-device"),
        ),
        cell(words.STARTED, relative_time(row.started)),
        cell(words.LAST_ACTIVE, relative_time(row.last_active)),
    )


def _versions() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(words.VERSIONS, class_name="section-title"), class_name="section-header"
        ),
        rx.el.ul(rx.foreach(AdminPolicyState.versions, _version), class_name="panel"),
        paging(
            words.NEWER,
            words.OLDER,
            has_newer=AdminPolicyState.has_newer,
            has_older=AdminPolicyState.has_older,
            on_newer=AdminPolicyState.newer,
            on_older=AdminPolicyState.older,
        ),
        class_name="section",
    )


def _version(row: rx.Var[VersionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(row.title, class_name="device-title"),
                rx.cond(row.in_force, badge(words.IN_FORCE, "accent")),
                class_name="device-heading",
            ),
            rx.el.p(row.summary, class_name="device-line"),
            rx.el.p(
                rx.el.span(relative_time(row.at)),
                rx.el.span(rx.el.bdi(row.changed_by)),
                class_name="facts facts-quiet",
            ),
            rx.cond(
                AdminPolicyState.comparing.id == row.id,
                rx.el.div(
                    rx.el.h3(words.COMPARED, class_name="field-label"),
                    _changes(AdminPolicyState.comparison),
                    button(words.USE, on_click=AdminPolicyState.use_version),
                    class_name="comparison",
                ),
            ),
            class_name="device-text",
        ),
        rx.cond(
            ~row.in_force,
            button(
                words.COMPARE,
                aria_label=f"{words.COMPARE} " + row.title,
                aria_expanded=AdminPolicyState.comparing.id == row.id,
                on_click=AdminPolicyState.compare(row.id),
            ),
        ),
        class_name="device",
    )
