"""Typed settings, read from the environment and a `.env` file."""

from sessions_dashboard.settings.fields import Settings
from sessions_dashboard.settings.loading import SettingsError, load_settings

__all__ = ["Settings", "SettingsError", "load_settings"]
