"""The door: who comes in, and who is turned away."""

import pytest

from bot.services.staff.roles import Role
from tests.tools.console import caller, signed_in
from tests.tools.site import Site


@pytest.mark.asyncio
async def test_who_is_signed_in_is_led_to_the_first_place_of_their_role(site: Site) -> None:
    async with signed_in(site, "zana", ipko=Role.DPO) as zana:
        assert (await zana.get("/console")).location == "/console/queue"
    async with signed_in(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get("/console")).location == "/console/figures"


@pytest.mark.asyncio
async def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(site: Site) -> None:
    async with caller(site, None) as nobody:
        assert (await nobody.get("/console")).location == "/console/sign-in?next=%2Fconsole"
