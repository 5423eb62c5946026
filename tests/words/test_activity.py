"""The history in words."""

from datetime import UTC, datetime

import pytest

from sessions_dashboard.sessions.history import EventKind, HistoryEvent
from sessions_dashboard.sessions.policy import EndReason
from sessions_dashboard.words.activity import sentence


def _told(kind: EventKind, end_reason: EndReason | None = None) -> str:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    return sentence(HistoryEvent(1, at, kind, "Chrome {on} Windows", None, end_reason, None, {}))


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_a_sentence(kind: EventKind) -> None:
    assert _told(kind)


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_for_an_end_has_a_sentence_that_names_the_device(reason: EndReason) -> None:
    assert "Chrome {on} Windows" in _told(EventKind.ENDED, reason)
