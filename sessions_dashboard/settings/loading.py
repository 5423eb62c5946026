"""The one way to the settings.

It refuses what would be unsafe with one clear line, and on a development machine it makes and keeps
the secret key.
"""

import os
import secrets
from pathlib import Path

from pydantic import ValidationError

from sessions_dashboard.settings.fields import MINIMUM_SECRET_BYTES, Settings

SECRET_KEY_FILE = Path(".secret_key")


class SettingsError(Exception):
    """A setting is missing, malformed or unsafe; the text is one line for the operator."""


def load_settings() -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: with one line that says which setting is wrong and what to do.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_first_complaint(error)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env must be text in UTF-8") from None
    except OSError as error:
        raise SettingsError(f".env can't be read: {error.strerror}") from None
    if not settings.secret_keys and not settings.production:
        try:
            settings = settings.model_copy(update={"secret_key": _development_key()})
        except OSError as error:
            raise SettingsError(f"{SECRET_KEY_FILE} can't be used: {error.strerror}") from None
    _check_secret_keys(settings)
    return settings


def _first_complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]).upper()
    text = first["msg"].removeprefix("Value error, ")
    return f"{name}: {text}" if name else text


def _check_secret_keys(settings: Settings) -> None:
    if not settings.secret_keys:
        raise SettingsError(
            "SECRET_KEY is needed in production; make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    if any(len(key.encode()) < MINIMUM_SECRET_BYTES for key in settings.secret_keys):
        raise SettingsError(f"SECRET_KEY: every key must have {MINIMUM_SECRET_BYTES} bytes or more")


def _development_key() -> str:
    """This machine's key, made once and readable by its owner alone.

    Several processes may start at once: the one that links the file first decides for all.
    """
    if not SECRET_KEY_FILE.exists():
        candidate = SECRET_KEY_FILE.with_name(f"{SECRET_KEY_FILE.name}.{os.getpid()}")
        descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(MINIMUM_SECRET_BYTES))
        try:
            os.link(candidate, SECRET_KEY_FILE)
        except FileExistsError:
            pass
        finally:
            candidate.unlink()
    return SECRET_KEY_FILE.read_text().strip()
