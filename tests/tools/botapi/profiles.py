"""The methods of a bot's profile: who it is, its commands, descriptions, menu button."""

import re
from typing import Any

from tests.tools.botapi.account import Account
from tests.tools.botapi.parameters import Parameters
from tests.tools.botapi.refusals import bad_request
from tests.tools.botapi.things import Json

_COMMAND = re.compile(r"[a-z0-9_]+")
_LONGEST_COMMAND, _LONGEST_COMMAND_DESCRIPTION, _MOST_COMMANDS = 32, 256, 100
_LONGEST_DESCRIPTION, _LONGEST_SHORT_DESCRIPTION = 512, 120  # characters
_SCOPES = (
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators",
    "chat_member",
)  # fmt: skip


def get_me(account: Account, _call: Parameters) -> Json:
    """Return the bot."""
    off = ("can_read_all_group_messages", "can_connect_to_business", "has_main_web_app", "has_topics_enabled")
    more = ("allows_users_to_create_topics", "can_manage_bots")
    can = {"can_join_groups": True, "supports_inline_queries": True}
    return account.user.json() | can | dict.fromkeys((*off, *more), False)


def set_my_commands(account: Account, call: Parameters) -> bool:
    """Set the commands of a scope and language."""
    given = call.object("commands", "Can't parse commands JSON object")
    if not isinstance(given, list):
        raise bad_request("Expected an Array of BotCommand")
    if len(given) > _MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    account.profile.commands[_scope(call)] = [_command(one) for one in given]
    return True


def get_my_commands(account: Account, call: Parameters) -> list[dict[str, str]]:
    """Return the commands of a scope and language."""
    return account.profile.commands.get(_scope(call), [])


def delete_my_commands(account: Account, call: Parameters) -> bool:
    """Delete the commands of a scope and language."""
    account.profile.commands.pop(_scope(call), None)
    return True


def _scope(call: Parameters) -> tuple[str, str]:
    given = call.object("scope", "Can't parse BotCommandScope JSON object")
    if given is None:
        given = {"type": "default"}
    if not isinstance(given, dict):
        raise bad_request("Can't parse BotCommandScope: BotCommandScope must be an Object")
    if given.get("type") not in _SCOPES:
        raise bad_request("Can't parse BotCommandScope: Unsupported type specified")
    scope = ":".join(str(given[name]) for name in ("type", "chat_id", "user_id") if name in given)
    return scope, _language(call)


def _language(call: Parameters) -> str:
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("LANG_CODE_INVALID")
    return language


def _command(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(given.get(one), str) for one in ("command", "description")):
        raise bad_request("Can't parse BotCommand: expected an Object")
    command = str(given["command"]).strip().removeprefix("/")
    description = str(given["description"]).strip()
    if not command:
        raise bad_request("Command must be non-empty")
    if len(command) > _LONGEST_COMMAND:
        raise bad_request(f"Command length must not exceed {_LONGEST_COMMAND}")
    if not description:
        raise bad_request("Command description must be non-empty")
    if len(description) > _LONGEST_COMMAND_DESCRIPTION:
        raise bad_request(f"Command description length must not exceed {_LONGEST_COMMAND_DESCRIPTION}")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def set_my_description(account: Account, call: Parameters) -> bool:
    """Set what an empty chat shows."""
    if len(call.text("description")) > _LONGEST_DESCRIPTION:
        raise bad_request("USER_BOT_DESCRIPTION_TOO_LONG")
    account.profile.descriptions[_language(call)] = call.text("description")
    return True


def get_my_description(account: Account, call: Parameters) -> Json:
    """Return what an empty chat shows."""
    return {"description": account.profile.descriptions.get(_language(call), "")}


def set_my_short_description(account: Account, call: Parameters) -> bool:
    """Set what the profile page shows."""
    if len(call.text("short_description")) > _LONGEST_SHORT_DESCRIPTION:
        raise bad_request("ABOUT_TOO_LONG")
    account.profile.short_descriptions[_language(call)] = call.text("short_description")
    return True


def get_my_short_description(account: Account, call: Parameters) -> Json:
    """Return what the profile page shows."""
    return {"short_description": account.profile.short_descriptions.get(_language(call), "")}


def set_chat_menu_button(account: Account, call: Parameters) -> bool:
    """Set the button beside the input, of one chat or of all."""
    given = call.object("menu_button", "Can't parse menu button JSON object")
    if given is None:
        given = {"type": "default"}
    if not isinstance(given, dict):
        raise bad_request("Can't parse menu button: MenuButton must be an Object")
    if given.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("Can't parse menu button: MenuButton has unsupported type")
    account.profile.menu_buttons[_chat(account, call)] = given
    return True


def get_chat_menu_button(account: Account, call: Parameters) -> Json:
    """Return the button beside the input."""
    buttons = account.profile.menu_buttons
    return buttons.get(_chat(account, call), buttons.get(0, {"type": "commands"}))


def _chat(account: Account, call: Parameters) -> int:
    given = call.text("chat_id")
    return account.chat(given).id if given else 0
