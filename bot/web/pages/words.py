"""Every fixed word of the widget's launcher and frame, by the key under which its scripts know it.

The dialogue's own words are not here. ``{…}`` is filled in by the script: a count, a time, a company's name.
"""

from bot.dialogue.compose import Translate


def launcher_words(_: Translate) -> dict[str, str]:
    """Return what the launcher on the company's page says."""
    return {
        "launcher": _("Ask about your privacy"),  # where the company has no label of its own
        "open": _("Open the chat about privacy at {company}"),
        "close": _("Close the chat"),
        "frame": _("Chat about privacy at {company}"),
        "newMessage": _("1 new message"),
        "newMessages": _("{count} new messages"),
    }


def words(_: Translate) -> dict[str, str]:
    """Return all that the frame itself says."""
    return {**_talking(_), **_connection(_), **_reading(_), **_proving(_), **_leaving(_)}


def _talking(_: Translate) -> dict[str, str]:
    return {
        "title": _("Privacy at {company}"),
        "bot": "Mburoja",  # a name
        "you": _("You"),
        "dpo": _("Data protection officer"),
        "transcript": _("Conversation"),
        "transcriptHint": _("Move between messages with the arrow keys; Escape goes back to writing."),
        "resumed": _("The conversation goes on. Messages so far: {count}."),
        "newMessage": _("1 new message"),
        "newMessages": _("{count} new messages"),
        "held": _("A person of {company} answers you now."),
        "inputLabel": _("Your message"),
        "inputPlaceholder": _("Write here …"),
        "send": _("Send"),
        "empty": _("Write something first."),
        "tooLong": _("Too long by {count} characters."),
        "menu": _("More"),
        "close": _("Close the chat"),
        "policy": _("The whole privacy policy"),
        "ownTab": _("Open in its own tab"),
        "newTab": _("opens in a new tab"),
    }


def _connection(_: Translate) -> dict[str, str]:
    return {
        "connecting": _("Connecting …"),
        "online": _("Connected again."),
        "offline": _("No connection. What you write waits and is sent by itself."),
        "stopped": _("The chat is not connected."),
        "retry": _("Try now"),
        "waiting": _("Waiting to be sent"),
        "sending": _("Being sent …"),
        "notSent": _("Not sent"),
        "sendAgain": _("Send again"),
        "takeBack": _("Change the text"),
        "ownTabWhy": _("This browser does not let us remember the chat here: it ends when you leave the page."),
    }


def _reading(_: Translate) -> dict[str, str]:
    return {
        "quote": _("1 clause quoted."),
        "quotes": _("{count} clauses quoted."),
        "openPolicy": _("Read it in the whole policy"),
        "choicesLabel": _("Choose one"),
        "choice": _("1 choice."),
        "choices": _("{count} choices."),
        "chosen": _("you chose this"),
        "receipt": _("Receipt {reference}"),
        "saveReceipt": _("Save the receipt"),
        "receiptSaved": _("Saved as {file}."),
        "copyReference": _("Copy the reference"),
        "copied": _("Copied."),
        "notCopied": _("The browser does not allow copying here. The reference is {reference}."),
    }


def _proving(_: Translate) -> dict[str, str]:
    return {
        "numberLabel": _("Mobile number or customer number"),
        "codeLabel": _("Code from the SMS"),
        "codeIncomplete": _("The code has six digits."),
        "codeTimeLeft": _("Valid for another {time}"),
        "codeMinutes": _("The code is valid for {count} minutes."),
        "codeMinute": _("The code is valid for one more minute."),
        "codeSeconds": _("The code is valid for {count} seconds."),
        "codeExpired": _("The code is no longer valid. Ask for a new one; what you began is kept."),
        "codeTries": _("{count} tries left"),
        "codeLastTry": _("Last try"),
        "codeNew": _("Ask for a new code"),
        "codeNewIn": _("New code in {time}"),
        "codeNewWait": _("A new code can be asked for in {count} seconds."),
        "codeAccepted": _("The code is right."),
        "toText": _("Write text instead"),
        "toCode": _("Write the code"),
        "toNumber": _("Write the number"),
    }


def _leaving(_: Translate) -> dict[str, str]:
    return {
        "endChat": _("End the chat and forget it"),
        "endQuestion": _("End the chat and erase it?"),
        "endAsking": _("One moment …"),
        "endFailed": _("That did not work; nothing was erased. Look at the connection and try again."),
        "endConfirm": _("Yes, erase it"),
        "endCancel": _("No, go on"),
        "ended": _("The chat has ended and is erased."),
        "startAgain": _("Start a new chat"),
    }
