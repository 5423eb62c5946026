"""Places in a list, as a program carries them from one page to the next."""

from collections.abc import Sequence

from itsdangerous import BadData, URLSafeSerializer

from sessions_dashboard.api.problems import Problem

MAX_LENGTH = 400


class Cursors:
    """Signed, so that a place is one that an answer gave, of this list and of this filter."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        # itsdangerous signs with the last key and reads with each.
        self._keys = list(reversed(secret_keys))

    def write(self, list_name: str, key: object) -> str:
        return str(self._serializer(list_name).dumps(str(key)))

    def read(self, list_name: str, cursor: str) -> str:
        """
        Raises:
            Problem: it is no cursor of this list.
        """
        try:
            key = self._serializer(list_name).loads(cursor[:MAX_LENGTH])
        except BadData:
            raise Problem("cursor") from None
        return str(key)

    def _serializer(self, list_name: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys, salt=f"api-cursor {list_name}")
