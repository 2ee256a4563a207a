"""What gateways tell later of messages that they took: where they tell it, and what they mean; knows no connection.

Over HTTP the address of a receipt is made for one message, and signed: whoever knows it can report on that message and
on nothing else. It is no secret of ours that may not stand in a gateway's log.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from bot.clock import Clock
from bot.crypto import Vault, same
from bot.delivery.sms.port import Receipt, ReceiptState, Sms, Taken
from bot.delivery.sms.watch import NoWatch, SmsWatch
from bot.services.desk import Desk
from bot.services.outward import sms_sent
from bot.services.outward.sms_sent import Sent, SentState, Told
from bot.storage.store import Store

PATH = "/sms/receipt"
_PURPOSE = "sms.receipt"
_SIGNED = 40  # hexadecimal digits: 160 bits
_ERROR = re.compile(r"\berr:([0-9A-Za-z]{1,8})", re.IGNORECASE)
_STAT = re.compile(r"\bstat:([A-Z]{4,8})", re.IGNORECASE)
# What stands in a receipt's text after `stat:` (SMPP 3.4, appendix B), where Kannel only says "not delivered".
_STATS: Mapping[str, ReceiptState] = {
    "EXPIRED": ReceiptState.EXPIRED,
    "DELETED": ReceiptState.DELETED,
    "REJECTD": ReceiptState.REJECTED,
    "UNKNOWN": ReceiptState.UNKNOWN,
}
# Kannel's %d (user guide, "delivery reports").
_KINDS: Mapping[str, ReceiptState] = {
    "1": ReceiptState.DELIVERED,
    "2": ReceiptState.UNDELIVERED,
    "4": ReceiptState.ON_THE_WAY,
    "8": ReceiptState.ON_THE_WAY,
    "16": ReceiptState.REJECTED,
}


class ReceiptAddresses:
    """Makes the addresses of receipts, and tells whether one was made here."""

    def __init__(self, vault: Vault) -> None:
        """Take what signs."""
        self._vault = vault

    def of(self, url: str, gateway: str, message_id: str) -> str:
        """Return the address, beginning with ``url``, to which Kannel tells what became of a message."""
        query = urlencode({"gateway": gateway, "id": message_id, "signed": self._sign(gateway, message_id)})
        return f"{url.rstrip('/')}{PATH}?{query}&state=%d&answer=%A"

    def fits(self, gateway: str, message_id: str, signature: str) -> bool:
        """Tell whether an address was made here for this message."""
        return same(self._sign(gateway, message_id), signature)

    def _sign(self, gateway: str, message_id: str) -> str:
        return self._vault.sign(_PURPOSE, f"{gateway}\n{message_id}".encode())[:_SIGNED]


class Receipts:
    """Keeps receipts, whichever way they come, and of which messages those speak that were taken late."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, watch: SmsWatch | None = None) -> None:
        """Take the database, the clock, and what counts."""
        self._store, self._desk, self._clock, self._watch = store, desk, clock, watch or NoWatch()

    async def taken_late(self, sms: Sms, taken: Taken) -> None:
        """Keep that a gateway took a message, so that its receipt has its effect. Raises StoreUnavailableError."""
        if (sent := sent_by(sms, taken)) is not None:
            now = self._clock.now()
            await self._store.transact(lambda tx: sms_sent.taken(tx, self._desk, now, sent))

    async def take(self, receipt: Receipt) -> None:
        """Keep a receipt, and let it have its effect. Raises StoreUnavailableError."""
        if receipt.state.is_final:
            told = Told(
                gateway=receipt.gateway, message_id=receipt.message_id, state=SentState(receipt.state),
                error=receipt.error, at=receipt.at,
            )  # fmt: skip
            await self._store.transact(lambda tx: sms_sent.told(tx, self._desk, receipt.at, told))
        self._watch.sms_receipt(receipt.gateway, receipt.state)


def sent_by(sms: Sms, taken: Taken) -> Sent | None:
    """Return what is kept of a message; None where its gateway tells nothing more of it."""
    if taken.message_id is None:
        return None
    return Sent(
        gateway=taken.gateway, message_id=taken.message_id, job=sms.key, company=sms.company, notice=sms.notice
    )  # fmt: skip


def read_kannel(gateway: str, message_id: str, state: str, answer: str, clock: Clock) -> Receipt | None:
    """Return what Kannel tells by `%d` and `%A`; None for what means nothing to us."""
    kind = _KINDS.get(state)
    if kind is None:
        return None
    stat, error = _STAT.search(answer), _ERROR.search(answer)
    if kind is ReceiptState.UNDELIVERED and stat:
        kind = _STATS.get(stat[1].upper(), kind)
    return Receipt(
        gateway=gateway, message_id=message_id, state=kind, error=error[1] if error else "", at=clock.now()
    )  # fmt: skip
