"""Services that sell or give weather, each as `weather.provider.Provider` says; one file each."""

from weather.providers.open_meteo import OpenMeteo

__all__ = ["OpenMeteo"]
