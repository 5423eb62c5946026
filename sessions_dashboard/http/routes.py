"""All HTTP routes of the dashboard."""

from starlette.routing import Route

from sessions_dashboard.http.account import AccountRoutes
from sessions_dashboard.http.export import ExportRoutes
from sessions_dashboard.http.forms import Forms
from sessions_dashboard.http.onward import OnwardRoutes
from sessions_dashboard.http.operations import OperationsRoutes
from sessions_dashboard.http.password_check import PasswordCheck
from sessions_dashboard.http.recovery import RecoveryRoutes
from sessions_dashboard.http.sign_in import SignInRoutes
from sessions_dashboard.runtime import Runtime


def all_routes(runtime: Runtime) -> list[Route]:
    forms, check = Forms(runtime.origins), PasswordCheck(runtime)
    return [
        *SignInRoutes(runtime, forms, check).routes(),
        *AccountRoutes(runtime, forms, check).routes(),
        *RecoveryRoutes(runtime, forms, check).routes(),
        *ExportRoutes(runtime).routes(),
        *OnwardRoutes(runtime).routes(),
        *OperationsRoutes(runtime).routes(),
    ]
