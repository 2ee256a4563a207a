"""The gateway that speaks SMPP 3.4 with an operator's short message centre."""

from bot.delivery.sms.smpp.gateway import SmppGateway, SmppHealth
from bot.delivery.sms.smpp.session import Times

__all__ = ["SmppGateway", "SmppHealth", "Times"]
