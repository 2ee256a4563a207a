"""Buttons that hold no longer, or never did: nothing is done, and that is said kindly (R60)."""

from bot.dialogue.state import State
from tests.channels.people import ALL_ADS, FILAN, FILANE, held, proven
from tests.tools.chatting import Person, Town, words


def stale(person: Person, value: str) -> None:
    """A button that does nothing, and says so kindly."""
    before = person.town.changes()
    told = person.choose(value)
    assert words("That button is no longer valid; nothing was done with it.") in told.text
    assert person.town.changes() == before


def test_a_used_yes_does_nothing(town: Town) -> None:  # R60
    filan = proven(town, ALL_ADS)
    yes = filan.told.buttons[words("Yes, I confirm")]
    filan.choose(yes)

    stale(filan, yes)


def test_a_yes_to_what_was_shown_before_does_nothing(town: Town) -> None:  # R60
    filan = proven(town, ALL_ADS)
    yes = filan.told.buttons[words("Yes, I confirm")]
    filan.press("Only some of them")
    filan.press("Ofertat vetëm për Mua")

    stale(filan, yes)
    assert filan.told.state == State.CONFIRM  # what is asked now is asked again
    filan.press("Yes, I confirm")
    assert [name for name, state in held(town).items() if state == "withdrawn"] == ["offers-personal"]


def test_a_yes_of_another_conversation_does_nothing(town: Town) -> None:  # R60
    filan = proven(town, ALL_ADS, FILAN, "a")
    filane = proven(town, "te paysera, mos më dërgoni më reklama", FILANE, "b")

    stale(filane, filan.told.buttons[words("Yes, I confirm")])
    assert filane.press("Yes, I confirm").reference


def test_a_forged_yes_does_nothing(town: Town) -> None:  # R60
    filan = proven(town, ALL_ADS)
    confirmation = filan.form.confirmation
    assert confirmation is not None

    for value in (f"yes:{confirmation.digest}", "yes:", "yes", "do:withdraw", "", "0" * 12, "\ud800"):
        stale(filan, value)
    assert filan.press("Yes, I confirm").reference


def test_what_buttons_carry_says_nothing(town: Town) -> None:  # R60
    proven(town, ALL_ADS).say("po")
    values = [value for told in town.read for value in told.buttons.values()]

    assert len(values) == 10
    assert all(len(value) == 12 and set(value) <= set("0123456789abcdef") for value in values)
    assert len(set(values)) == len(values)  # and each is offered once


def test_an_old_menu_still_begins_what_it_says_and_nothing_more(town: Town) -> None:  # R21, R60
    filan = proven(town, ALL_ADS)
    filan.press("No")
    menu = filan.say("menyja").buttons
    for label in ("My consents", "Stop the advertising", "Object to statistics and analysis", "Where is my request?"):
        filan.say("çka janë cookies?")
        before = town.changes()
        told = filan.choose(menu[words(label)])
        assert words("That button is no longer valid; nothing was done with it.") not in told.text
        assert town.changes() == before  # what changes anything waits for a yes
    filan.choose(menu[words("Stop the advertising")])
    assert held(town) == dict.fromkeys(held(town), "given")


def test_an_old_menu_means_the_company_that_it_named(town: Town) -> None:  # R56
    person = town.person()
    person.say("te ipko, çka janë cookies?")
    old = person.say("menyja").buttons
    person.say("te paysera, sa gjatë i ruani të dhënat?")
    told = person.choose(old[words("Stop the advertising")])
    assert (told.state, person.form.company) == (State.NUMBER, "ipko")
    new = person.say("menyja").buttons
    assert old[words("Stop the advertising")] == new[words("Stop the advertising")]  # the same entry, however often


def test_a_menus_entry_that_is_pressed_twice_begins_once(town: Town) -> None:
    person = town.person(company="ipko")
    menu = person.say("menyja").buttons
    person.choose(menu[words("My consents")])
    told = person.choose(menu[words("My consents")])
    assert words("We are at it; I only need this:") in told.text
    assert words("I left what we had begun; nothing of it was done.") not in told.text
    assert told.state == State.NUMBER
