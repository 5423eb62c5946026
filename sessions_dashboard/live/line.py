"""One websocket of a page, which the server can close whether its client agrees or not."""

import asyncio
import logging

from starlette.types import Message, Receive

from sessions_dashboard.live.frames import is_proper

logger = logging.getLogger(__name__)

CLOSED: Message = {"type": "websocket.disconnect", "code": 1008}


class Line:
    """Stands between the websocket and the protocol's own server.

    To close a connection, that server tells the client and waits for it to hang up; a hostile
    client doesn't, and goes on talking. Here the server is told that the client has gone, and
    closes the websocket itself.
    """

    def __init__(self) -> None:
        self._over = asyncio.Event()

    def hang_up(self) -> None:
        self._over.set()

    def listen(self, receive: Receive) -> Receive:
        over = asyncio.ensure_future(self._over.wait())

        async def receive_until_over() -> Message:
            receiving = asyncio.ensure_future(receive())
            try:
                await asyncio.wait({receiving, over}, return_when=asyncio.FIRST_COMPLETED)
                if over.done():
                    return CLOSED
                message: Message = receiving.result()
            finally:
                receiving.cancel()
            if message["type"] == "websocket.disconnect":
                over.cancel()
            elif message["type"] == "websocket.receive" and not is_proper(message.get("text")):
                logger.warning("socket closed: what it said is not the protocol of a page")
                self.hang_up()
                return CLOSED
            return message

        return receive_until_over
