"""What the operator and their machines ask: is it up, is it ready, what is it doing."""

import hmac
import logging
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sessions_dashboard import metrics
from sessions_dashboard.accounts import users
from sessions_dashboard.database import DATABASE_ERRORS
from sessions_dashboard.http.client import came_directly_from_loopback
from sessions_dashboard.runtime import Runtime, utc_now
from sessions_dashboard.sessions.queries import count_live
from sessions_dashboard.words.http import NOT_FOUND

logger = logging.getLogger(__name__)

# Counting millions of sessions takes a moment; Prometheus asks every few seconds.
COUNT_EVERY_SECONDS = 15
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class OperationsRoutes:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._active = 0
        self._counted_at: float | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def healthz(self, _request: Request) -> Response:
        if not await self._database_answers():
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        return JSONResponse({"status": "ok", "database": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """Whether to send people here. A worker that has lost Redis still serves them."""
        others = "connected" if self._runtime.bus.connected else "unreachable"
        if not await self._database_answers():
            answer = {"status": "unavailable", "database": "unreachable", "workers": others}
            return JSONResponse(answer, 503)
        return JSONResponse({"status": "ready", "database": "ok", "workers": others})

    async def metrics(self, request: Request) -> Response:
        if not self._may_read(request):
            return PlainTextResponse(NOT_FOUND, 404)
        facts = [
            (
                "sessions_dashboard_workers_connected",
                "Whether this worker hears of what the others change.",
                float(self._runtime.bus.connected),
            )
        ]
        try:
            facts.append(
                (
                    "sessions_dashboard_active_sessions",
                    "Sessions that are live.",
                    await self._count_active(),
                )
            )
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
        return Response(metrics.exposition(facts), media_type=EXPOSITION)

    def _may_read(self, request: Request) -> bool:
        key = self._runtime.settings.metrics_key
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key and hmac.compare_digest(given.encode(), key.encode()):
            return True
        return came_directly_from_loopback(request.scope)

    async def _count_active(self) -> float:
        now = time.monotonic()
        if self._counted_at is None or now - self._counted_at >= COUNT_EVERY_SECONDS:
            policy = self._runtime.policy
            self._active = await self._runtime.database.scan(
                lambda db: count_live(db, policy, utc_now())
            )
            self._counted_at = now
        return float(self._active)

    async def _database_answers(self) -> bool:
        try:
            await self._runtime.database.scan(users.any_user)
        except DATABASE_ERRORS:
            logger.exception("the database does not answer")
            return False
        return True
