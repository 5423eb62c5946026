"""Your devices."""

import reflex as rx

from sessions_dashboard.components.browser import kept_focus
from sessions_dashboard.components.controls import (
    button,
    confirmation,
    password_dialog,
    sign_out_button,
)
from sessions_dashboard.components.device_card import (
    device_card,
    renamable_heading,
    rename_button,
    revoke_button,
)
from sessions_dashboard.components.device_choice import (
    advice,
    choose_button,
    choosing_bar,
    kinds,
    tick,
)
from sessions_dashboard.components.device_details import details_button, device_details
from sessions_dashboard.components.feedback import (
    empty_state,
    once_loaded,
    skeleton_button,
    skeleton_cards,
)
from sessions_dashboard.components.new_device_card import new_device_questions
from sessions_dashboard.components.places_credit import places_credit
from sessions_dashboard.components.shell import signed_in_page
from sessions_dashboard.states.devices import DevicesState
from sessions_dashboard.states.rows import DeviceRow
from sessions_dashboard.words import common
from sessions_dashboard.words import devices as words


def devices_page() -> rx.Component:
    return signed_in_page(
        common.DEVICES,
        words.LEAD,
        once_loaded(
            DevicesState.loaded,
            kept_focus(new_device_questions(), _this_device(), _other_devices(), places_credit()),
            skeleton_cards(1, current=True),
            _skeleton_of_others(),
        ),
        confirmation(
            open=(DevicesState.revoking.id != "") & ~DevicesState.confirming,
            title=DevicesState.revoke_question,
            text=DevicesState.revoke_consequence,
            confirm=words.REVOKE,
            on_confirm=DevicesState.revoke,
            on_dismiss=DevicesState.close_dialog,
        ),
        confirmation(
            open=DevicesState.revoking_selected & ~DevicesState.confirming,
            title=DevicesState.revoke_selected_question,
            text=DevicesState.revoke_selected_consequence,
            confirm=words.REVOKE,
            on_confirm=DevicesState.revoke_selected,
            on_dismiss=DevicesState.close_dialog,
        ),
        confirmation(
            open=DevicesState.signing_out_others & ~DevicesState.confirming,
            title=words.SIGN_OUT_OTHERS_QUESTION,
            text=DevicesState.sign_out_others_consequence,
            confirm=words.SIGN_OUT_OTHERS,
            on_confirm=DevicesState.sign_out_others,
            on_dismiss=DevicesState.close_dialog,
        ),
        password_dialog(DevicesState.go_on, DevicesState.close_dialog),
    )


def _skeleton_of_others() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(words.OTHER_DEVICES, class_name="section-title"),
                class_name="section-name",
            ),
            rx.el.div(skeleton_button(), skeleton_button(), class_name="section-actions"),
            class_name="section-header",
        ),
        skeleton_cards(3),
        class_name="section",
    )


def _this_device() -> rx.Component:
    row = DevicesState.this_device
    return rx.el.ul(
        device_card(
            row,
            details_button(row),
            rename_button(row, DevicesState.ask_rename(row.id)),
            sign_out_button("plain"),
            current=True,
            title=_heading(row, current=True),
            details=device_details(row),
        ),
        class_name="panel",
        aria_label=words.THIS_DEVICE,
    )


def _other_devices() -> rx.Component:
    return rx.el.section(
        _header_of_others(),
        choosing_bar(),
        rx.cond(
            DevicesState.others.length() > 0,
            rx.el.ul(
                rx.foreach(DevicesState.others, _other_device),
                class_name="panel",
                aria_labelledby="other-devices",
            ),
            rx.el.div(
                empty_state("shield-check", words.NO_OTHERS_TITLE, words.NO_OTHERS),
                class_name="panel",
            ),
        ),
        rx.cond(
            DevicesState.not_shown > 0,
            rx.el.p(DevicesState.not_shown_words, class_name="list-note"),
        ),
        advice(),
        class_name="section",
    )


def _header_of_others() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2(
                words.OTHER_DEVICES,
                class_name="section-title",
                id="other-devices",
                tab_index=-1,
            ),
            kinds(),
            class_name="section-name",
        ),
        rx.cond(
            DevicesState.others.length() > 0,
            rx.el.div(
                rx.cond(DevicesState.others_total > 1, choose_button()),
                button(
                    words.SIGN_OUT_OTHERS,
                    kind="danger-quiet",
                    on_click=DevicesState.ask_sign_out_others,
                ),
                class_name="section-actions",
            ),
        ),
        class_name="section-header",
    )


def _other_device(row: rx.Var[DeviceRow]) -> rx.Component:
    return device_card(
        row,
        details_button(row),
        rename_button(row, DevicesState.ask_rename(row.id)),
        revoke_button(row, DevicesState.ask_revoke(row.id)),
        tick=tick(row),
        title=_heading(row),
        details=device_details(row),
    )


def _heading(row: rx.Var[DeviceRow], *, current: bool = False) -> rx.Component:
    return renamable_heading(
        row,
        renaming=DevicesState.renaming,
        problem=DevicesState.rename_problem,
        on_rename=DevicesState.rename,
        on_cancel=DevicesState.close_dialog,
        current=current,
    )
