"""The screen gateway, and how a gateway's health is judged."""

import asyncio

from bot.delivery.sms import GatewayHealth, Health, ScreenGateway, SmsError, SmsGateway
from tests.tools.desks import NOW


def state(health: GatewayHealth) -> Health:
    """How it is doing now; a call, so that the type checker does not take an earlier answer for the present one."""
    return health.state


def test_the_screen_shows_the_number_masked_and_the_text_in_full() -> None:  # R46
    shown: list[tuple[str, str]] = []
    gateway: SmsGateway = ScreenGateway(lambda to, text: shown.append((to, text)))
    asyncio.run(gateway.send("+38344123456", "Alfa: kodi 012345 për kërkesë privatësie."))
    assert shown == [("+383 44 *** *56", "Alfa: kodi 012345 për kërkesë privatësie.")]


def test_an_error_says_whether_it_passes() -> None:
    assert SmsError("down", temporary=True).temporary
    assert not SmsError("no such number", temporary=False).temporary


def test_a_gateway_is_failing_after_some_failures_in_a_row_and_since_the_last_of_them() -> None:  # R50
    health = GatewayHealth(failures=3)
    for number in range(2):
        health.failed(NOW + number)
    assert state(health) is Health.WELL
    health.failed(NOW + 2)
    health.failed(NOW + 3)
    assert state(health) is Health.FAILING
    assert health.since == NOW + 2


def test_one_message_that_is_taken_makes_it_well_again() -> None:  # R50
    health = GatewayHealth(failures=2)
    health.failed(NOW)
    health.succeeded()
    health.failed(NOW + 1)
    assert state(health) is Health.WELL
    health.failed(NOW + 2)
    assert state(health) is Health.FAILING
    health.succeeded()
    assert state(health) is Health.WELL
    assert health.since is None
