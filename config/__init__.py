"""Settings, error vocabulary and logging: what every other room may import."""

from config.loading import ROOT, SettingsError, load_settings
from config.settings import MeterType, Settings

__all__ = ["ROOT", "MeterType", "Settings", "SettingsError", "load_settings"]
