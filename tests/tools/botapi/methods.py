"""Every method that the fake knows, by its name in small letters: the real server tells no case apart."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.tools.botapi import answering, hooks, profiles, sending
from tests.tools.botapi.account import Account
from tests.tools.botapi.parameters import Parameters

Method = Callable[[Account, Parameters], Any | Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getme": profiles.get_me,
    "getupdates": hooks.get_updates,
    "setwebhook": hooks.set_webhook,
    "deletewebhook": hooks.delete_webhook,
    "getwebhookinfo": hooks.get_webhook_info,
    "sendmessage": sending.send_message,
    "senddocument": sending.send_document,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": sending.edit_message_text,
    "editmessagereplymarkup": sending.edit_message_reply_markup,
    "deletemessage": sending.delete_message,
    "deletemessages": sending.delete_messages,
    "leavechat": sending.leave_chat,
    "getchat": sending.get_chat,
    "answercallbackquery": answering.answer_callback_query,
    "answerinlinequery": answering.answer_inline_query,
    "setmycommands": profiles.set_my_commands,
    "getmycommands": profiles.get_my_commands,
    "deletemycommands": profiles.delete_my_commands,
    "setmydescription": profiles.set_my_description,
    "getmydescription": profiles.get_my_description,
    "setmyshortdescription": profiles.set_my_short_description,
    "getmyshortdescription": profiles.get_my_short_description,
    "setchatmenubutton": profiles.set_chat_menu_button,
    "getchatmenubutton": profiles.get_chat_menu_button,
}
SENDING = frozenset({"sendmessage", "senddocument", "editmessagetext", "editmessagereplymarkup"})
HOOKS = frozenset({"setwebhook", "deletewebhook"})
