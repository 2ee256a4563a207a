"""The screen gateway."""

import asyncio

from bot.delivery.sms.port import Sms, SmsGateway
from bot.delivery.sms.screen import ScreenGateway


def test_the_screen_shows_the_number_masked_and_the_text_in_full() -> None:  # R46
    shown: list[tuple[str, str]] = []
    gateway: SmsGateway = ScreenGateway(lambda to, text: shown.append((to, text)))
    asyncio.run(gateway.send(Sms(to="+38344123456", text="Alfa: kodi 012345 për kërkesë privatësie.", key="k")))
    assert shown == [("+383 44 *** *56", "Alfa: kodi 012345 për kërkesë privatësie.")]
