"""Settings: what is refused, in one line that says what to do; and the key of a new machine."""

import multiprocessing
import os
import stat
import subprocess
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from sessions_dashboard.settings import Settings, SettingsError, load_settings
from sessions_dashboard.settings.loading import SECRET_KEY_FILE
from sessions_dashboard.settings.smtp_url import parse_smtp_url

KEY = "k" * 32
LIVE = {"REFLEX_ENV_MODE": "prod", "PUBLIC_URL": "https://example.com", "SECRET_KEY": KEY}


@pytest.fixture(autouse=True)
def a_machine_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    def with_environment(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return with_environment


class TestANewMachine:
    def test_starts_with_no_setting_at_all(self) -> None:
        settings = load_settings()

        assert settings.database_url == "sqlite:///sessions.db"
        assert settings.public_url == "http://localhost:3000"
        assert not settings.production
        assert (settings.cookie_name, settings.cookie_secure) == ("session_token", False)
        assert len(settings.secret_keys) == 1
        assert len(settings.secret_keys[0]) >= 32

    def test_makes_its_key_once_and_keeps_it_for_its_owner_alone(self) -> None:
        first = load_settings()

        mode = SECRET_KEY_FILE.stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
        assert SECRET_KEY_FILE.read_text() == first.secret_keys[0]
        assert load_settings().secret_keys == first.secret_keys
        assert [file.name for file in Path().iterdir()] == [SECRET_KEY_FILE.name]

    def test_makes_another_key_than_the_next_machine(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        first = load_settings().secret_keys
        monkeypatch.chdir(tmp_path_factory.mktemp("other"))

        assert load_settings().secret_keys != first

    def test_shares_one_key_between_processes_that_start_at_once(self, tmp_path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        processes, start, keys = 4, context.Barrier(4), context.Queue()
        started = [
            context.Process(target=_tell_key, args=(str(tmp_path), start, keys))
            for _ in range(processes)
        ]
        for process in started:
            process.start()
        told = {keys.get(timeout=60) for _ in started}
        for process in started:
            process.join()

        assert told == {load_settings().secret_keys}

    def test_makes_no_key_where_one_is_given(self, load: Any) -> None:
        load(SECRET_KEY=KEY)

        assert not SECRET_KEY_FILE.exists()

    def test_refuses_a_kept_key_that_was_cut_short(self) -> None:
        SECRET_KEY_FILE.write_text("short")

        with pytest.raises(SettingsError, match="32 bytes"):
            load_settings()


def _tell_key(folder: str, start: Barrier, keys: Any) -> None:
    import os

    os.chdir(folder)
    start.wait()
    keys.put(load_settings().secret_keys)


class TestSecretKey:
    def test_may_be_several_of_which_the_first_is_the_newest(self, load: Any) -> None:
        settings = load(SECRET_KEY=f" {'new' * 11} , {'old' * 11},")

        assert settings.secret_keys == ("new" * 11, "old" * 11)

    @pytest.mark.parametrize("keys", ["short", "k" * 31, f"{KEY},short", f"short,{KEY}"])
    def test_is_refused_when_any_is_shorter_than_32_bytes(self, load: Any, keys: str) -> None:
        with pytest.raises(SettingsError) as refused:
            load(SECRET_KEY=keys)

        assert str(refused.value) == "SECRET_KEY: every key must have 32 bytes or more"

    def test_is_counted_in_bytes(self, load: Any) -> None:
        assert load(SECRET_KEY="ä" * 16).secret_keys == ("ä" * 16,)


class TestProduction:
    def test_starts_with_a_key_and_an_https_address(self, load: Any) -> None:
        settings = load(**LIVE)

        assert settings.production
        assert settings.cookie_secure
        assert settings.cookie_name == "__Host-session_token"

    @pytest.mark.parametrize("key", ["", " ", ","])
    def test_refuses_to_start_without_a_key_and_makes_none(self, load: Any, key: str) -> None:
        with pytest.raises(SettingsError, match="SECRET_KEY is needed in production"):
            load(**LIVE | {"SECRET_KEY": key})

        assert not SECRET_KEY_FILE.exists()

    def test_takes_no_key_that_development_left_behind(self, load: Any) -> None:
        load_settings()

        with pytest.raises(SettingsError, match="SECRET_KEY is needed in production"):
            load(**LIVE | {"SECRET_KEY": ""})

    def test_refuses_plain_http(self, load: Any) -> None:
        with pytest.raises(SettingsError, match="PUBLIC_URL must be https in production"):
            load(**LIVE | {"PUBLIC_URL": "http://example.com"})

    @pytest.mark.parametrize(
        "url", ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]
    )
    def test_takes_plain_http_on_this_computer_itself(self, load: Any, url: str) -> None:
        settings = load(**LIVE | {"PUBLIC_URL": url})

        assert not settings.cookie_secure

    @pytest.mark.parametrize(
        "url", ["http://localhost.example.com", "http://127.0.0.1.example.com", "http://0.0.0.0"]
    )
    def test_takes_no_name_for_this_computer_that_only_looks_so(self, load: Any, url: str) -> None:
        with pytest.raises(SettingsError, match="PUBLIC_URL must be https"):
            load(**LIVE | {"PUBLIC_URL": url})


REFUSALS = [
    ({"PUBLIC_URL": "example.com"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "ftp://example.com"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://example.com:port"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://example.com:99999"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://example.com "}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://bücher.example"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://ada:secret@example.com"}, "PUBLIC_URL must look like"),
    ({"PUBLIC_URL": "https://example.com/app"}, "PUBLIC_URL must not have a path"),
    ({"PUBLIC_URL": "https://example.com/?a=1"}, "PUBLIC_URL must not have a path"),
    ({"PUBLIC_URL": "https://example.com/#a"}, "PUBLIC_URL must not have a path"),
    ({"SESSIONS_COOKIE_HTTPONLY": "false"}, "SESSIONS_COOKIE_HTTPONLY must stay true"),
    ({"SESSIONS_COOKIE_SAME_SITE": "none"}, "SESSIONS_COOKIE_SAME_SITE: "),
    ({"SESSIONS_COOKIE_NAME": "session token"}, "SESSIONS_COOKIE_NAME: "),
    ({"SESSIONS_COOKIE_NAME": "a=b; Path=/x"}, "SESSIONS_COOKIE_NAME: "),
    ({"SESSIONS_COOKIE_NAME": "__Host-session"}, "SESSIONS_COOKIE_NAME: "),
    (
        {"SESSIONS_COOKIE_SECURE": "true", "PUBLIC_URL": "http://example.com"},
        "SESSIONS_COOKIE_SECURE=true needs an https PUBLIC_URL",
    ),
    (
        {"SESSIONS_COOKIE_SECURE": "false", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_SECURE=false is refused",
    ),
    (
        {"SESSIONS_COOKIE_DOMAIN": "other.com", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_DOMAIN must be PUBLIC_URL's host or a parent",
    ),
    (
        {"SESSIONS_COOKIE_DOMAIN": "ample.com", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_DOMAIN must be PUBLIC_URL's host or a parent",
    ),
    (
        {"SESSIONS_COOKIE_DOMAIN": "sub.example.com", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_DOMAIN must be PUBLIC_URL's host or a parent",
    ),
    (
        {"SESSIONS_COOKIE_DOMAIN": "com", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_DOMAIN must be a domain",
    ),
    ({"SESSIONS_COOKIE_DOMAIN": "localhost"}, "SESSIONS_COOKIE_DOMAIN must be a domain"),
    (
        {"SESSIONS_COOKIE_DOMAIN": "..example.com", "PUBLIC_URL": "https://example.com"},
        "SESSIONS_COOKIE_DOMAIN must be a domain",
    ),
    (
        {"SESSIONS_COOKIE_DOMAIN": "2.0.192", "PUBLIC_URL": "https://1.2.0.192"},
        "SESSIONS_COOKIE_DOMAIN must be a domain",
    ),
    ({"SESSIONS_LIFETIME_DAYS": "0"}, "SESSIONS_LIFETIME_DAYS: "),
    ({"SESSIONS_LIFETIME_DAYS": "401"}, "SESSIONS_LIFETIME_DAYS: "),
    ({"SESSIONS_LIFETIME_DAYS": "nan"}, "SESSIONS_LIFETIME_DAYS: "),
    ({"SESSIONS_LIFETIME_DAYS": "a month"}, "SESSIONS_LIFETIME_DAYS: "),
    ({"SESSIONS_IDLE_TIMEOUT_DAYS": "0"}, "SESSIONS_IDLE_TIMEOUT_DAYS: "),
    ({"SESSIONS_IDLE_TIMEOUT_DAYS": "31"}, "SESSIONS_IDLE_TIMEOUT_DAYS must not be longer"),
    ({"SESSIONS_RETENTION_DAYS": "-1"}, "SESSIONS_RETENTION_DAYS: "),
    ({"SESSIONS_RETENTION_DAYS": "inf"}, "SESSIONS_RETENTION_DAYS: "),
    ({"TRUSTED_PROXY_HOPS": "-1"}, "TRUSTED_PROXY_HOPS: "),
    ({"TRUSTED_PROXY_HOPS": "many"}, "TRUSTED_PROXY_HOPS: "),
    ({"DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL_SIZE: "),
    ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL must start with"),
    ({"DATABASE_URL": "sessions.db"}, "DATABASE_URL must start with"),
    ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL must name a file"),
    ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL must name a file"),
    ({"DATABASE_URL": "sqlite:///:memory:?cache=shared"}, "DATABASE_URL must name a file"),
    ({"DATABASE_URL": "sqlite:///file:x?mode=memory&uri=true"}, "DATABASE_URL must name a file"),
    ({"DATABASE_URL": "sqlite:///nowhere/sessions.db"}, "DATABASE_URL: there is no folder nowhere"),
    ({"DATABASE_URL": "postgresql://ada:pw@host:port/name"}, "DATABASE_URL must look like"),
    ({"SESSIONS_MAX_ANONYMOUS_SOCKETS": "0"}, "SESSIONS_MAX_ANONYMOUS_SOCKETS: "),
    ({"REFLEX_ENV_MODE": "staging"}, "REFLEX_ENV_MODE: "),
]


@pytest.mark.parametrize(
    ("variables", "line"), REFUSALS, ids=[" ".join(one.values()) for one, _line in REFUSALS]
)
class TestRefusals:
    def test_say_in_one_line_what_is_wrong(
        self, load: Any, variables: dict[str, str], line: str
    ) -> None:
        with pytest.raises(SettingsError) as refused:
            load(**variables)

        assert str(refused.value).startswith(line)
        assert "\n" not in str(refused.value)

    def test_tell_no_secret(self, load: Any, variables: dict[str, str], line: str) -> None:
        with pytest.raises(SettingsError) as refused:
            load(SECRET_KEY="the-secret-key-of-this-very-server", **variables)

        assert "the-secret-key" not in str(refused.value)
        assert "pw" not in str(refused.value)


class TestTheCookie:
    def test_is_pinned_to_its_host_when_it_is_secure_and_has_no_domain(self, load: Any) -> None:
        settings = load(PUBLIC_URL="https://example.com", SESSIONS_COOKIE_NAME="sid")

        assert (settings.cookie_name, settings.cookie_secure) == ("__Host-sid", True)

    def test_has_its_plain_name_with_a_domain(self, load: Any) -> None:
        settings = load(PUBLIC_URL="https://app.example.com", SESSIONS_COOKIE_DOMAIN=".Example.com")

        assert (settings.cookie_name, settings.cookie_secure) == ("session_token", True)

    def test_has_its_plain_name_over_http(self, load: Any) -> None:
        settings = load(PUBLIC_URL="http://example.com")

        assert (settings.cookie_name, settings.cookie_secure) == ("session_token", False)

    def test_may_be_secure_on_this_computer_where_browsers_take_it_over_http(
        self, load: Any
    ) -> None:
        settings = load(SESSIONS_COOKIE_SECURE="true")

        assert settings.cookie_name == "__Host-session_token"

    def test_is_secure_however_https_is_spelled(self, load: Any) -> None:
        settings = load(PUBLIC_URL="HTTPS://Example.com")

        assert (settings.cookie_name, settings.cookie_secure) == ("__Host-session_token", True)


class TestAllowedOrigins:
    @pytest.mark.parametrize(
        ("url", "origins"),
        [
            ("https://example.com", ("https://example.com",)),
            ("https://example.com/", ("https://example.com",)),
            ("https://Example.COM:443", ("https://example.com",)),
            ("https://example.com:8443", ("https://example.com:8443",)),
            ("http://example.com:80", ("http://example.com",)),
            ("https://[2001:db8::7]:8443", ("https://[2001:db8::7]:8443",)),
        ],
    )
    def test_are_the_public_url_as_a_browser_spells_it(
        self, load: Any, url: str, origins: tuple[str, ...]
    ) -> None:
        settings = load(PUBLIC_URL=url)

        assert settings.allowed_origins() == origins
        assert settings.allowed_origins(3000, 8000) == origins

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
    def test_are_every_spelling_of_this_computer_on_the_given_ports(
        self, load: Any, host: str
    ) -> None:
        settings = load(PUBLIC_URL=f"http://{host}:3000")

        assert settings.allowed_origins(3000, 8000) == (
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://localhost:8000",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
        )

    def test_leave_out_the_standard_port(self, load: Any) -> None:
        settings = load(PUBLIC_URL="http://localhost")

        assert settings.allowed_origins() == (
            "http://localhost",
            "http://127.0.0.1",
            "http://[::1]",
        )


class TestWhereSettingsComeFrom:
    def test_a_file_beside_the_program_and_the_environment_above_it(self, load: Any) -> None:
        Path(".env").write_text("SESSIONS_LIFETIME_DAYS=20\nTRUSTED_PROXY_HOPS=1\nUNKNOWN=x\n")

        settings = load(TRUSTED_PROXY_HOPS="2")

        assert settings.lifetime.days == 20
        assert settings.trusted_proxy_hops == 2

    def test_a_file_that_is_another_users_is_told_in_one_line(self, load: Any) -> None:
        """As for a service whose user is not the one who installed it."""
        Path().chmod(0o755)
        Path(".env").touch(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65_534)
        try:
            with pytest.raises(SettingsError, match=r"^\.env can't be read: Permission denied$"):
                load()
        finally:
            os.seteuid(user)

    def test_an_empty_variable_is_as_good_as_none(self, load: Any) -> None:
        assert load(PUBLIC_URL="", TRUSTED_PROXY_HOPS="").trusted_proxy_hops == 0

    def test_durations_are_days_and_parts_of_days(self, load: Any) -> None:
        settings = load(
            SESSIONS_LIFETIME_DAYS="0.5",
            SESSIONS_IDLE_TIMEOUT_DAYS="0.25",
            SESSIONS_RETENTION_DAYS="0",
        )

        assert settings.lifetime.total_seconds() == 12 * 3600
        assert settings.idle_timeout.total_seconds() == 6 * 3600
        assert settings.retention.total_seconds() == 0

    def test_every_setting_says_what_it_means(self) -> None:
        for name, field in Settings.model_fields.items():
            assert field.description, name

    def test_secrets_are_marked_so_that_they_are_masked(self) -> None:
        marked = {
            name
            for name, field in Settings.model_fields.items()
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret")
        }

        assert marked >= {"secret_key", "database_url"}


class TestMail:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example.com", ("mail.example.com", 25, None, None, False, False)),
            ("smtp://a:b%40c@mail.example.com", ("mail.example.com", 587, "a", "b@c", False, True)),
            ("smtps://a:b@mail.example.com", ("mail.example.com", 465, "a", "b", True, False)),
            ("smtp://a:b@localhost:2525", ("localhost", 2525, "a", "b", False, False)),
        ],
    )
    def test_a_password_never_travels_in_the_clear(
        self, load: Any, url: str, server: tuple[object, ...]
    ) -> None:
        assert parse_smtp_url(load(SMTP_URL=url).smtp_url) == server

    @pytest.mark.parametrize(
        "url",
        [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://h:0",
            "smtp://h:x",
            "smtp://h/path",
            "smtp://h?tls=no",
        ],
    )
    def test_what_is_no_mail_server_is_refused(self, load: Any, url: str) -> None:
        with pytest.raises(SettingsError, match="SMTP_URL must look like"):
            load(SMTP_URL=url)

    def test_comes_from_an_address_of_the_site(self, load: Any) -> None:
        assert load(**LIVE).sender_address == "no-reply@example.com"
        assert load(MAIL_FROM="accounts@example.org").sender_address == "accounts@example.org"

    @pytest.mark.parametrize("address", ["nobody", "a b@example.com", "Ada <ada@example.com>", "@"])
    def test_from_what_is_no_address_is_refused(self, load: Any, address: str) -> None:
        with pytest.raises(SettingsError, match="MAIL_FROM must be an address"):
            load(MAIL_FROM=address)

    def test_reaches_somebody_in_development_or_with_a_server(self, load: Any) -> None:
        assert load_settings().sends_mail
        assert not load(**LIVE).sends_mail
        assert load(SMTP_URL="smtp://localhost").sends_mail


class TestSeveralWorkers:
    URL = "redis://:password@127.0.0.1:6379/0"

    def test_one_is_enough_without_redis_and_each_core_has_one_with_it(self, load: Any) -> None:
        assert load().workers == 1
        assert 2 <= load(REDIS_URL=self.URL).workers <= 8
        assert load(REDIS_URL=self.URL, GRANIAN_WORKERS="3").workers == 3

    @pytest.mark.parametrize("scheme", ["redis", "rediss", "valkey", "valkeys"])
    def test_redis_and_valkey_alike(self, load: Any, scheme: str) -> None:
        assert load(REDIS_URL=f"{scheme}://127.0.0.1").redis_url

    def test_more_than_one_must_share_a_redis(self, load: Any) -> None:
        with pytest.raises(SettingsError, match="GRANIAN_WORKERS above 1 needs REDIS_URL"):
            load(GRANIAN_WORKERS="2")

    def test_what_is_no_address_is_refused_without_its_password(self, load: Any) -> None:
        with pytest.raises(SettingsError, match="REDIS_URL must look like") as refused:
            load(REDIS_URL="http://:hunter2@127.0.0.1")
        assert "hunter2" not in str(refused.value)

    @pytest.mark.parametrize("name", ["REFLEX_REDIS_URL", "REFLEX_STATE_MANAGER_MODE"])
    def test_states_are_not_given_to_redis_or_the_disk(self, name: str) -> None:
        project = Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", "import rxconfig"],
            env={**os.environ, "PYTHONPATH": str(project), name: "disk"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr == (
            f"error: {name} must not be set: REDIS_URL is all that several workers need\n"
        )


def test_a_client_that_never_ends_its_message_is_soon_cut() -> None:
    """Up to 64 MB of it are in memory until then, of each of a stranger's sockets."""
    told = (
        "import rxconfig; from reflex_base.environment import environment; "
        "print(environment.REFLEX_SOCKET_TIMEOUT.get().total_seconds())"
    )
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "PYTHONPATH": str(project), "SECRET_KEY": "k" * 32},
        capture_output=True,
        text=True,
    )
    assert float(done.stdout) <= 20, done.stderr
