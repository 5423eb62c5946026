"""Places in a list, as programs carry them: nobody but the server reads one."""

import base64
import secrets

import pytest

from sessions_dashboard.accounts.users import MAX_EMAIL_LENGTH
from sessions_dashboard.api.cursors import MAX_LENGTH, Cursors
from sessions_dashboard.api.problems import Problem

NEW, OLD = (secrets.token_urlsafe(32) for _ in range(2))
EVENT, EMAIL = "20260314T120000.000000-4711", "ada@example.com"


@pytest.mark.parametrize("key", [EVENT, "0.64a7f3c1.1267", EMAIL])
def test_tells_nothing_of_the_place(key: str) -> None:
    cursors = Cursors([NEW])
    first, second = (cursors.write("a list", key) for _ in range(2))
    assert cursors.read("a list", first) == cursors.read("a list", second) == key
    # Nor whether two of them are of the same place.
    assert first != second
    for part in (first, *first.split(".")):
        assert key.encode() not in base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_does_not_tell_by_its_length_how_long_the_history_is() -> None:
    lengths = {len(Cursors([NEW]).write("events", f"{EVENT[:23]}{10**n}")) for n in range(8)}
    assert len(lengths) == 1


def test_outlives_a_change_of_keys_until_the_old_one_is_taken_away() -> None:
    before, while_it_lasts, after = Cursors([OLD]), Cursors([NEW, OLD]), Cursors([NEW])
    assert while_it_lasts.read("a list", before.write("a list", EVENT)) == EVENT
    assert after.read("a list", while_it_lasts.write("a list", EVENT)) == EVENT
    with pytest.raises(Problem):
        after.read("a list", before.write("a list", EVENT))


@pytest.mark.parametrize("text", ["", "x", "=", "é", "\x00", "gAAAAA==", "a" * MAX_LENGTH])
def test_that_no_answer_gave_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        Cursors([NEW]).read("a list", text)


def test_of_another_list_or_changed_is_refused() -> None:
    cursors = Cursors([NEW])
    cursor = cursors.write("a list", EVENT)
    at = len(cursor) // 2
    changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
    for name, given in (("another", cursor), ("a list", changed), ("a list", cursor[:-4])):
        with pytest.raises(Problem):
            cursors.read(name, given)


@pytest.mark.parametrize("character", ["a", "é", "\N{GRINNING FACE}"])
def test_of_the_longest_address_is_short_enough_to_be_sent(character: str) -> None:
    cursors, key = Cursors([NEW]), character * MAX_EMAIL_LENGTH
    cursor = cursors.write("users", key)
    assert len(cursor) <= MAX_LENGTH
    assert cursors.read("users", cursor) == key
