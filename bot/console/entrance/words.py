"""What roles, permissions, refusals and devices are called; knows no table and no page."""

from bot.clock import DAY, MINUTE
from bot.console.pages import say
from bot.services.staff.lockout import Locked
from bot.services.staff.passwords import SHORTEST, Unfit
from bot.services.staff.roles import Permission, Role
from bot.services.staff.signing_in import ONE_TIME_LIVES, Wrong

# Names of browsers and systems, looked for in this order: many say that they are others, too.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST_AGENT = 400  # characters that are looked at


def role(role: Role) -> str:
    """Return what a role is called."""
    match role:
        case Role.DPO:
            return say("data protection officer")
        case Role.DECIDER:
            return say("decision-maker")
        case Role.CLERK:
            return say("clerk")
        case Role.READER:
            return say("reader of figures")


def permission(permission: Permission) -> str:
    """Return what a permission lets one do."""
    match permission:
        case Permission.FIGURES:
            return say("see the figures")
        case Permission.QUEUE:
            return say("see the queue and the cases")
        case Permission.WORK:
            return say("work on cases")
        case Permission.DECIDE:
            return say("decide cases")
        case Permission.ADVISE:
            return say("advise on cases")
        case Permission.KNOWLEDGE:
            return say("see to questions and answers")
        case Permission.AUDIT:
            return say("see the audit log")


def unfit(why: Unfit) -> str:
    """Return why a password cannot be one, and what to do."""
    match why:
        case Unfit.SHORT:
            return say("The password must have at least {count} characters. A few words in a row are good.").format(
                count=SHORTEST
            )
        case Unfit.LONG:
            return say("The password is too long.")
        case Unfit.LIKE_LOGIN:
            return say("The password must not be your login name. Choose another one.")
        case Unfit.COMMON:
            return say("Many people use this password, so it is guessed first. Choose another one.")


def locked(locked: Locked, now: int) -> str:
    """Return how long to wait."""
    minutes = max(1, -(-(locked.until - now) // MINUTE))
    return say("Too many wrong tries. Wait {minutes} min, then try again.").format(minutes=minutes)


def wrong_password(wrong: Wrong) -> str:
    """Return what is wrong with a login and its password."""
    if wrong.late:
        return say(
            "This first password was to be used within {days} days. Ask whoever gives out the accounts for another one."
        ).format(days=ONE_TIME_LIVES // DAY)
    return say("The login name or the password is not right. Look at both, then try again.")


def wrong_code(wrong: Wrong) -> str:
    """Return what is wrong with a code."""
    if wrong.replayed:
        return say("This code was used already. Wait until your app shows the next one.")
    return say("The code is not right. Type the one that your app shows now.")


def device(agent: str) -> str:
    """Return a browser and its system in words, from what it calls itself."""
    agent = agent[:_LONGEST_AGENT]
    browser = next((name for sign, name in _BROWSERS if f"{sign}/" in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser and system:
        return say("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or say("another browser")
