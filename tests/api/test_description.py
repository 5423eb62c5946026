"""What the API says of itself is so: schemathesis makes requests of it, and believes nothing."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import checks

from sessions_dashboard.api.openapi import described
from sessions_dashboard.api.problems import STATUSES
from sessions_dashboard.api.routes import OPERATIONS, PREFIX
from tests.support.server import DashboardServer

DESCRIPTION = described(OPERATIONS, PREFIX, "session")
# The cookie is the test's own; what is asked without one stands in `test_api.py`.
del DESCRIPTION["components"]["securitySchemes"]
for _of_one_path in DESCRIPTION["paths"].values():
    for _operation in _of_one_path.values():
        del _operation["security"]
api = schemathesis.openapi.from_dict(DESCRIPTION)
ALWAYS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@api.parametrize()
@settings(max_examples=12, **ALWAYS)
def test_every_answer_to_an_administrator_is_as_described(
    case: Any, server: DashboardServer
) -> None:
    ask(case, server, is_admin=True)


# What is for administrators is refused them, whatever they ask: `test_api.py`.
@api.exclude(path_regex="/admin/").parametrize()
@settings(max_examples=12, **ALWAYS)
def test_every_answer_to_a_user_is_as_described(case: Any, server: DashboardServer) -> None:
    ask(case, server, is_admin=False)


def ask(case: Any, server: DashboardServer, *, is_admin: bool) -> None:
    # An address with a line break in it reaches none of our routes.
    given = case.path_parameters.get("id", "")
    assume("\n" not in given and "%0A" not in given)
    visitor = server.visitor(server.add_session(server.add_account(is_admin=is_admin)))
    case.call_and_validate(
        base_url=server.url,
        headers=visitor.headers(Cookie=None),
        cookies={server.cookie_name: visitor.cookie},
        # Cursors and networks have a grammar that JSON Schema can't say.
        excluded_checks=[checks.positive_data_acceptance],
    )


def test_it_is_there_for_everybody(server: DashboardServer) -> None:
    page = server.request("GET", "/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # Where the problems' types lead.
    assert all(f'id="{code}"' in page.text for code in STATUSES)
    assert all(f"{PREFIX}{operation.path}" in page.text for operation in OPERATIONS)
    assert "<script" not in page.text
    told = server.request("GET", "/api/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {PREFIX + operation.path for operation in OPERATIONS}
    assert told["components"]["securitySchemes"]["cookie"]["name"] == server.cookie_name
