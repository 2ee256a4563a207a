"""The gateway that shows messages on a screen, for demonstrations and tests; knows no network."""

from collections.abc import Callable

from bot.delivery.sms.port import Sms, Taken
from bot.services.identity.contacts import mask


class ScreenGateway:
    """Shows messages where it is told to, the number masked (R46), the text in full."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        """Take what shows a masked number and a text."""
        self._show = show

    async def send(self, sms: Sms) -> Taken:
        """Show a message."""
        self._show(mask(sms.to), sms.text)
        return Taken(gateway="screen", message_id=None, parts=1)
