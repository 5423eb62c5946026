"""Every setting: its type, its default, what it means, and which values don't go together."""

import os
import re
from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from sessions_dashboard.settings.cron import cron
from sessions_dashboard.settings.public_url import origin, origin_host, split_public_url
from sessions_dashboard.settings.smtp_url import parse_smtp_url

MINIMUM_SECRET_BYTES = 32
# The longest a browser keeps a cookie (RFC 6265bis section 5.5).
MAXIMUM_COOKIE_DAYS = 400
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Settings(BaseSettings):
    """Every setting with its default; a field's name in capitals is its environment variable."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    secret_key: str = Field(
        default="",
        description="Signs cookies; the secrets of webhooks, the setup code, the API's cursors and "
        "the counts in Redis are made with it, too. 32 bytes or more. Comma separated to rotate: "
        "the first signs, all verify. Made and kept in .secret_key in development.",
        json_schema_extra={"secret": True},
    )
    database_url: str = Field(
        default="sqlite:///sessions.db",
        description="sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME.",
        json_schema_extra={"secret": True},
    )
    database_pool_size: int = Field(
        default=8,
        ge=1,
        le=200,
        description="PostgreSQL connections that one worker may hold, beside two for look-ups.",
    )
    redis_url: str = Field(
        default="",
        description="redis://:PASSWORD@HOST/0 or valkey://…, for several workers: it takes what "
        "changes from one to the others. None is needed for one.",
        json_schema_extra={"secret": True},
    )
    granian_workers: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Server processes in production; by default one, and with REDIS_URL one for "
        "each core, from two to eight.",
    )
    public_url: str = Field(
        default="http://localhost:3000",
        description="The address that people type. Its origin may post forms and open sockets.",
    )
    trusted_proxy_hops: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Reverse proxies of yours in front; each adds one X-Forwarded-For entry.",
    )
    geoip_database: Path | None = Field(
        default=None,
        description="A location database in MMDB format; without one the country alone is shown.",
    )
    smtp_url: str = Field(
        default="",
        description="The mail server: smtp://USER:PASSWORD@HOST:587 or smtps://...:465. Without "
        "one mail goes to the log in development, and none is sent in production.",
        json_schema_extra={"secret": True},
    )
    mail_from: str = Field(
        default="",
        description="The address that mail comes from; by default no-reply@ PUBLIC_URL's host.",
    )
    open_sign_up: bool = Field(
        default=False, description="Whether anybody may make an account, at /signup."
    )
    sessions_cookie_name: str = Field(
        default="session_token",
        # Browsers have rules of their own for names that begin with __.
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="The cookie's name; with Secure and no domain it is sent as __Host-NAME.",
    )
    sessions_cookie_secure: bool | None = Field(
        default=None, description="Secure attribute; by default it follows PUBLIC_URL's scheme."
    )
    sessions_cookie_httponly: bool = Field(
        default=True, description="HttpOnly attribute; anything but true is refused."
    )
    sessions_cookie_same_site: Literal["lax", "strict"] = Field(
        default="lax", description="SameSite attribute: lax or strict."
    )
    sessions_cookie_domain: str | None = Field(
        default=None, description="Domain attribute, to share the session with subdomains."
    )
    sessions_lifetime_days: float = Field(
        default=30,
        gt=0,
        le=MAXIMUM_COOKIE_DAYS,
        description="Days after which a session ends, however busy it is.",
    )
    sessions_idle_timeout_days: float = Field(
        default=14, gt=0, description="Days without activity after which a session ends."
    )
    sessions_retention_days: float = Field(
        default=30, ge=0, le=3650, description="Days that a session is kept after it is over."
    )
    sessions_cleanup_schedule: str = Field(
        default="0 3 * * *",
        description="Cron expression of the clean-up, in the server's time zone.",
    )
    sessions_max_anonymous_sockets: int = Field(
        default=20,
        ge=1,
        description="Open sockets that one address may hold without being signed in.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="What the server writes: lines of text, or of JSON."
    )
    metrics_key: str = Field(
        default="",
        description="Whoever shows it (Authorization: Bearer KEY) reads /metrics; without one only "
        "this machine does.",
        json_schema_extra={"secret": True},
    )
    webhooks_private_addresses: bool = Field(
        default=False,
        description="Whether webhooks may go to private addresses and to this machine; otherwise "
        "to the public Internet alone.",
    )
    reflex_env_mode: Literal["dev", "prod", "preview"] = Field(
        default="dev", description="Set by `reflex run --env`; prod means production."
    )

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        public = split_public_url(self.public_url)
        self._check_public_url(public)
        self._check_cookie(public)
        self._check_durations()
        self._check_database_url()
        self._check_redis()
        self._check_schedule()
        self._check_mail()
        self._check_metrics_key()
        return self

    def _check_public_url(self, public: SplitResult) -> None:
        if public.path not in ("", "/") or public.query or public.fragment:
            raise ValueError("PUBLIC_URL must not have a path: serve the dashboard at its root")
        if self.production and public.scheme == "http" and not self.on_loopback:
            raise ValueError(
                "PUBLIC_URL must be https in production: over http anyone on the way reads cookies"
            )

    def _check_cookie(self, public: SplitResult) -> None:
        if not self.sessions_cookie_httponly:
            raise ValueError(
                "SESSIONS_COOKIE_HTTPONLY must stay true: no script may read the session cookie"
            )
        if self.sessions_cookie_secure and public.scheme == "http" and not self.on_loopback:
            raise ValueError(
                "SESSIONS_COOKIE_SECURE=true needs an https PUBLIC_URL: "
                "browsers drop Secure cookies that come over http"
            )
        if self.sessions_cookie_secure is False and public.scheme == "https":
            raise ValueError(
                "SESSIONS_COOKIE_SECURE=false is refused with an https PUBLIC_URL: "
                "the cookie would also travel over http"
            )
        if self.sessions_cookie_domain is not None:
            self._check_domain(self.sessions_cookie_domain, public.hostname or "")

    @staticmethod
    def _check_domain(domain: str, host: str) -> None:
        bare = domain.removeprefix(".").lower()
        # Browsers refuse a Domain that is an IP address.
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*", bare):
            raise ValueError("SESSIONS_COOKIE_DOMAIN must be a domain such as example.com")
        if host.lower() != bare and not host.lower().endswith("." + bare):
            raise ValueError(
                "SESSIONS_COOKIE_DOMAIN must be PUBLIC_URL's host or a parent domain of it"
            )

    def _check_durations(self) -> None:
        if self.sessions_idle_timeout_days > self.sessions_lifetime_days:
            raise ValueError(
                "SESSIONS_IDLE_TIMEOUT_DAYS must not be longer than SESSIONS_LIFETIME_DAYS"
            )

    def _check_mail(self) -> None:
        if self.smtp_url:
            parse_smtp_url(self.smtp_url)
        try:
            Address(addr_spec=self.sender_address)
        except (HeaderParseError, ValueError, IndexError):
            raise ValueError("MAIL_FROM must be an address such as no-reply@example.com") from None

    def _check_database_url(self) -> None:
        if not self.database_url.startswith(
            ("sqlite:///", "postgresql://", "postgresql+psycopg://")
        ):
            raise ValueError("DATABASE_URL must start with sqlite:/// or postgresql://")
        try:
            url = make_url(self.database_url)
        except (ArgumentError, ValueError):
            raise ValueError(
                "DATABASE_URL must look like sqlite:///sessions.db "
                "or postgresql://USER:PASSWORD@HOST:PORT/NAME"
            ) from None
        in_memory = not url.database or ":memory:" in url.database or "mode" in url.query
        if url.drivername == "sqlite" and in_memory:
            raise ValueError("DATABASE_URL must name a file: an in-memory database is not shared")
        folder = Path(url.database or "").parent
        if url.drivername == "sqlite" and not folder.is_dir():
            raise ValueError(f"DATABASE_URL: there is no folder {folder}; make it first")

    def _check_redis(self) -> None:
        kinds = ("redis://", "rediss://", "valkey://", "valkeys://", "unix://")
        if self.redis_url and not self.redis_url.startswith(kinds):
            raise ValueError("REDIS_URL must look like redis://:PASSWORD@HOST:6379/0")
        if (self.granian_workers or 1) > 1 and not self.redis_url:
            raise ValueError(
                "GRANIAN_WORKERS above 1 needs REDIS_URL: workers must hear of what the others end"
            )

    def _check_schedule(self) -> None:
        try:
            cron(self.sessions_cleanup_schedule)
        except ValueError as error:
            raise ValueError(f"SESSIONS_CLEANUP_SCHEDULE: {error}") from None

    def _check_metrics_key(self) -> None:
        if self.metrics_key and len(self.metrics_key) < MINIMUM_SECRET_BYTES:
            raise ValueError(f"METRICS_KEY must have {MINIMUM_SECRET_BYTES} characters or more")

    @property
    def production(self) -> bool:
        return self.reflex_env_mode == "prod"

    @property
    def workers(self) -> int:
        """How many processes serve in production; development has one."""
        if self.granian_workers is not None:
            return self.granian_workers
        return min(max(os.cpu_count() or 1, 2), 8) if self.redis_url else 1

    @property
    def on_loopback(self) -> bool:
        """Whether PUBLIC_URL is this computer itself (names under localhost: RFC 6761, 6.3)."""
        host = origin_host(self.public_url)
        return host in LOOPBACK_HOSTS or host.endswith(".localhost")

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys, newest first: the first signs, all verify."""
        return tuple(key.strip() for key in self.secret_key.split(",") if key.strip())

    @property
    def cookie_secure(self) -> bool:
        if self.sessions_cookie_secure is not None:
            return self.sessions_cookie_secure
        return urlsplit(self.public_url).scheme == "https"

    @property
    def cookie_name(self) -> str:
        """The name on the wire; `__Host-` pins the cookie to this very host (RFC 6265bis 4.1.3)."""
        if self.cookie_secure and self.sessions_cookie_domain is None:
            return f"__Host-{self.sessions_cookie_name}"
        return self.sessions_cookie_name

    @property
    def device_cookie_name(self) -> str:
        """The cookie that a browser is known by: this very host's, whatever the domain."""
        name = f"{self.sessions_cookie_name}_device"
        return f"__Host-{name}" if self.cookie_secure else name

    @property
    def sends_mail(self) -> bool:
        """Whether mail reaches somebody: a person, or the developer who reads the log."""
        return bool(self.smtp_url) or not self.production

    @property
    def sender_address(self) -> str:
        host = urlsplit(self.public_url).hostname or "localhost"
        return self.mail_from or f"no-reply@{host if ':' not in host else 'localhost'}"

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.sessions_lifetime_days)

    @property
    def idle_timeout(self) -> timedelta:
        return timedelta(days=self.sessions_idle_timeout_days)

    @property
    def retention(self) -> timedelta:
        return timedelta(days=self.sessions_retention_days)

    def allowed_origins(self, *ports: int) -> tuple[str, ...]:
        """The origins that may post forms and open sockets, spelled as browsers send them.

        On this computer itself every spelling of loopback counts, on PUBLIC_URL's port and the
        given ones (the development servers').
        """
        public, own_host = urlsplit(self.public_url), origin_host(self.public_url)
        if not self.on_loopback:
            return (origin(public.scheme, own_host, public.port),)
        own_port = public.port or (443 if public.scheme == "https" else 80)
        return tuple(
            origin(public.scheme, host, port)
            for port in dict.fromkeys((own_port, *ports))
            for host in dict.fromkeys((*LOOPBACK_HOSTS, own_host))
        )
