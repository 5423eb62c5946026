"""Every kind of device is shown as itself."""

from __future__ import annotations

import importlib

import reflex as rx

from sessions_dashboard.components.marks import KIND_ICONS, device_icon
from sessions_dashboard.devices import DeviceKind
from sessions_dashboard.words import devices as words

LUCIDE = importlib.import_module("reflex_components_lucide.icon").LUCIDE_ICON_LIST


def test_every_kind_has_an_icon_of_its_own() -> None:
    assert set(KIND_ICONS) == set(DeviceKind)
    assert len(set(KIND_ICONS.values())) == len(DeviceKind)
    drawn = str(device_icon(rx.Var("kind", _var_type=str)).render())
    assert [kind for kind in DeviceKind if f'"{kind}"' not in drawn] == []


def test_every_icon_of_a_kind_is_one_that_lucide_has() -> None:
    assert {name.replace("-", "_") for name in KIND_ICONS.values()} <= set(LUCIDE)


def test_every_kind_has_a_word_of_its_own() -> None:
    assert set(words.KINDS) == set(DeviceKind) - {DeviceKind.UNKNOWN}
    assert len({words.device_kind(kind) for kind in DeviceKind}) == len(DeviceKind)
