"""The policy as the fields of a form, in units that a person reads, and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sessions_dashboard.sessions.policy import Policy
from sessions_dashboard.sessions.policy_versions import InvalidPolicy, policy_from
from sessions_dashboard.words import admin_policy as words

UNIT = "_unit"
MAX_NUMBER_LENGTH = 20


def fields_of(policy: Policy) -> tuple[dict[str, str], dict[str, str]]:
    """What the form's fields hold, and the units of those that are durations."""
    values, units = {}, {}
    for field in fields(Policy):
        value = getattr(policy, field.name)
        if isinstance(value, timedelta):
            units[field.name], number = words.in_units(value)
            values[field.name] = str(number)
        else:
            values[field.name] = value.value if isinstance(value, StrEnum) else str(value)
    return values, units


def policy_in(form: Mapping[str, Any]) -> Policy:
    """The policy that a form says.

    Raises:
        InvalidPolicy: with the rule's own words for each field at fault.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    usual = Policy()
    for field in fields(usual):
        given = form.get(field.name)
        if isinstance(getattr(usual, field.name), StrEnum):
            values[field.name] = given
            continue
        number = _number(given)
        if number is None:
            problems[field.name] = words.NOT_A_NUMBER
        elif isinstance(getattr(usual, field.name), timedelta):
            unit = words.UNITS.get(str(form.get(field.name + UNIT)), timedelta(seconds=1))
            values[field.name] = number * unit.total_seconds()
        else:
            values[field.name] = number
    try:
        policy = policy_from(values)
    except InvalidPolicy as error:
        raise InvalidPolicy(error.problems | problems) from None
    if problems:
        raise InvalidPolicy(problems)
    return policy


def _number(given: Any) -> float | None:
    if not isinstance(given, str) or len(given) > MAX_NUMBER_LENGTH:
        return None
    try:
        return float(given.strip())
    except ValueError:
        return None
