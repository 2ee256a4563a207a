"""Where things are; the only place that reads the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``data`` holds ``intents/`` and ``policy_texts/``; ``cache`` keeps what was compiled from them."""

    data: Path
    cache: Path


def read_settings() -> Settings:
    """Return the settings: MBUROJA_DATA and MBUROJA_CACHE, or the places where they were installed."""
    here = Path(__file__).parent
    packed = here / "_data"
    data = Path(os.environ.get("MBUROJA_DATA") or (packed if packed.is_dir() else here.parent))
    cache = Path(os.environ.get("MBUROJA_CACHE") or platformdirs.user_cache_dir("mburoja"))
    return Settings(data=data, cache=cache)
