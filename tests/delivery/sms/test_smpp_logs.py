"""Nothing personal and nothing secret is logged on the way of an SMS, at the finest level (R32)."""

import asyncio
import logging

import pytest
from aiosmpplib.log import StructuredLogger

from tests.delivery.sms.lines import CODE, PHONE, line, settings
from tests.tools.smsc import PASSWORD, THROTTLED, USER
from tests.tools.smsc_messages import receipt

pytestmark = pytest.mark.asyncio
_SECRETS = (PHONE, PHONE[1:], PHONE[4:], "012345", "kërkesë", CODE, PASSWORD, f"{USER}'", "Kosova1")
_WRONG = _SECRETS[-1]


async def test_no_number_no_text_and_no_password_in_any_line(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # R32
    by_library: list[object] = []
    monkeypatch.setattr(StructuredLogger, "_log", lambda _self, _level, said, *_more, **_named: by_library.append(said))
    caplog.set_level(logging.NOTSET)
    asyncio.get_running_loop().set_debug(enabled=True)
    async with line(binds=2) as of:
        await of.send()
        of.centre.next_statuses.extend([THROTTLED, 0x0B, 0x401])
        for _ in range(3):
            await of.kind_of()
        await of.centre.tell(receipt(of.centre.taken[0]))
        await of.centre.tell(b"\0" * 3 + PHONE.encode())
        of.fault = ValueError(f"{PHONE} {CODE}")
        await of.send(key="another")
        await of.centre.tell(receipt(of.centre.taken[0], "UNDELIV"))
        of.centre.dies_after = len(of.centre.taken) + 1
        await of.kind_of(key="cut")
        await of.until_bound(2)
        await of.centre.stop()
        await of.kind_of(key="away")
    async with line(password=_WRONG, bound=0) as of:
        await of.kind_of(key="refused")
    written = caplog.text + "".join(capfd.readouterr())
    assert "is up" in written
    assert "sms.credentials" in written
    for secret in _SECRETS:
        assert secret not in written
    assert by_library == []  # of the library only what makes frames is used, and that logs nothing


async def test_settings_and_messages_show_nothing_secret() -> None:  # R32
    async with line() as of:
        await of.send()
        shown = repr(settings(2775)) + str(settings(2775)) + repr(of.taken[0][0]) + repr(of.gateway.health)
        assert PASSWORD not in shown
        assert PHONE[1:] not in shown
        assert "012345" not in shown
