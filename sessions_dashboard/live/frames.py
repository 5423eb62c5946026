"""What a page may say over the event socket, in the words of its protocol (Socket.IO 5)."""

import json

_PONG = "3"
_CONNECT, _DISCONNECT, _EVENT = "40/_event,", "41/_event,", "42/_event,"


def is_proper(message: str | None) -> bool:
    """Whether a websocket message is one that a page sends; None stands for a binary one.

    Nothing else may reach the protocol's own parsers. A message that they can't read costs a stack
    trace in the log, some leave a connection's bookkeeping behind, and by name a client could call
    the server's own handlers, connect and disconnect.
    """
    if message is None:
        return False
    if message in (_PONG, _CONNECT, _DISCONNECT):
        return True
    if message.startswith(_CONNECT):
        return isinstance(_parsed(message.removeprefix(_CONNECT)), dict)
    if not message.startswith(_EVENT):
        return False
    match _parsed(message.removeprefix(_EVENT)):
        # With `client_error` a page reports an error.
        case ["ping"] | ["event" | "client_error", _]:
            return True
    return False


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
