"""What takes a second in the world takes a moment here."""

import pytest

from bot.services.keys import joining, rotating


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the ring often."""
    monkeypatch.setattr(joining, "LOOK_EACH", 0.05)
    monkeypatch.setattr(rotating, "_LOOK_EACH", 0.02)
