"""The methods that answer what a person did: a pressed button, an inline query. Each takes an account and a call."""

from typing import Any

from tests.tools.botapi.account import Account
from tests.tools.botapi.markup import read_text
from tests.tools.botapi.parameters import Parameters
from tests.tools.botapi.refusals import QUERY_TOO_OLD, bad_request
from tests.tools.botapi.things import Notice

_LONGEST_NOTICE = 200  # characters
_MOST_RESULTS = 50
_LONGEST_ID = 64  # bytes


def answer_callback_query(account: Account, call: Parameters) -> bool:
    """Answer a pressed button; a text is shown to the person."""
    press = account.presses.get(call.text("callback_query_id"))
    if not press or account.now() - press.at > account.rules.query_lifetime:
        raise bad_request(QUERY_TOO_OLD)
    if len(call.text("text")) > _LONGEST_NOTICE:
        raise bad_request("MESSAGE_TOO_LONG")
    if call.text("url"):
        raise bad_request("URL_INVALID")  # only for games, and t.me links of the bot itself
    press.answers.append(Notice(query=press.id, text=call.text("text"), alert=call.flag("show_alert")))
    return True


def answer_inline_query(account: Account, call: Parameters) -> bool:
    """Answer an inline query with up to fifty results."""
    asked = account.asked.get(call.text("inline_query_id"))
    results = call.object("results", "Can't parse JSON encoded inline query results")
    if not isinstance(results, list):
        raise bad_request("Expected an Array of inline query results")
    if len(results) > _MOST_RESULTS:
        raise bad_request("Too many inline query results specified")
    _check_button(call.object("button", "Can't parse inline query results button JSON object"))
    for result in results:
        _check_result(result)
    if len({result["id"] for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if not asked or account.now() - asked.at > account.rules.query_lifetime:
        raise bad_request(QUERY_TOO_OLD)
    asked.results = results
    return True


def _check_button(button: Any) -> None:
    if button is None:
        return
    if not isinstance(button, dict):
        raise bad_request("Can't parse inline query results button: InlineQueryResultsButton must be an Object")
    if ("start_parameter" in button) == ("web_app" in button):
        raise bad_request(
            "Can't parse inline query results button: InlineQueryResultsButton must have exactly one optional field"
        )


def _check_result(result: Any) -> None:
    if not isinstance(result, dict):
        raise bad_request("Can't parse inline query result: Inline query result must be an object")
    if not isinstance(result.get("id"), str) or not 0 < len(result["id"].encode()) <= _LONGEST_ID:
        raise bad_request("RESULT_ID_INVALID")
    if result.get("type") != "article":
        raise bad_request("the fake takes articles only: add other kinds before using them")
    if not result.get("title"):
        raise bad_request("Can't parse inline query result: Can't find field \"title\"")
    content = result.get("input_message_content")
    if not isinstance(content, dict):
        raise bad_request("Can't parse inline query result: Input message content is not specified")
    read_text(str(content.get("message_text", "")), content.get("parse_mode"), content.get("entities"))
