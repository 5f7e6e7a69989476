"""The platforms by name."""

from collections.abc import Mapping
from typing import Final

from core.domain.platform import Platform
from core.platforms import icomm, listmonk, simulated
from core.settings import Settings

PLATFORMS: Final[Mapping[str, Platform]] = {
    each.PLATFORM.name: each.PLATFORM for each in (icomm, listmonk, simulated)
}


def selected(settings: Settings) -> Platform:
    """Return the platform of the settings."""
    return PLATFORMS[settings.platform]
