"""What the vault promises of one text, one look-up, one signature."""

import base64
import re

import pytest

from bot.crypto import KEPT, Key, KeyMissingError, SealBrokenError, Standing, Vault, same
from bot.services.keys.places import TABLES
from tests.services.keys.ringing import NEW, NEW_ID, OLD, OLD_ID
from tests.services.keys.test_places import columns, purposes
from tests.tools import engines

ONCE = {"backup"}  # what is signed once and checked with the secret of its day


def test_a_text_opens_at_its_place_for_its_purpose_and_nowhere_else() -> None:
    vault = Vault(OLD)
    sealed = vault.seal("messages", "tekst", "c1:1")
    assert vault.open("messages", sealed, "c1:1") == "tekst"
    for purpose, place in (("messages", "c1:2"), ("notices", "c1:1")):
        with pytest.raises(SealBrokenError):
            vault.open(purpose, sealed, place)


def test_a_text_of_which_one_bit_was_changed_does_not_open() -> None:
    vault = Vault(OLD)
    identity, _, text = vault.seal("messages", "ë", "p").partition(".")
    raw = base64.b64decode(text)
    for position in range(len(raw)):
        bad = bytes(byte ^ (i == position) for i, byte in enumerate(raw))
        with pytest.raises(SealBrokenError):
            vault.open("messages", f"{identity}.{base64.b64encode(bad).decode()}", "p")
    for short in ("", "AAAA", "ë", text[:20]):
        with pytest.raises(SealBrokenError):
            vault.open("messages", f"{identity}.{short}", "p")


def test_the_same_text_is_never_sealed_the_same() -> None:
    vault = Vault(OLD)
    nonces = {base64.b64decode(vault.seal("messages", "a", "p").partition(".")[2])[:12] for _ in range(500)}
    assert len(nonces) == 500


def test_every_purpose_and_every_secret_has_keys_of_its_own() -> None:
    made = [key.derived(what) for key in (Key(OLD), Key(NEW)) for what in ("seal/a", "seal/b", "index/a", "sign/a")]
    assert len(set(made)) == len(made)
    assert Key(OLD).id == Key(OLD).id != Key(NEW).id
    assert re.fullmatch(r"k[0-9a-f]{10}", OLD_ID)


def test_a_key_that_is_not_here_is_told_from_damage() -> None:
    with pytest.raises(KeyMissingError) as missing:
        Vault(NEW).open("messages", Vault(OLD).seal("messages", "a", "p"), "p")
    assert missing.value.key == OLD_ID


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_place_names_the_row(table: object) -> None:
    """Or a text could be moved to another row. An address is opened for the row it is found in, whatever its id."""
    (found,) = [one for one in TABLES if one is table]
    unique = [set(engines.key_of(found.name)), {"id"}]
    for column in found.columns:
        named = set(re.findall(r"\{(\w+)\}", column.place))
        if (found.name, column.name) != ("conversations", "address_sealed"):
            assert named in unique, column.name
            assert all((found.name, name) in set(columns()) for name in named)


def test_every_signature_keeps_its_key_or_is_known_to_be_checked_by_the_key_that_made_it() -> None:
    assert {f"sign/{purpose}" for purpose in purposes("sign") - ONCE} == {
        what for what in KEPT if what.startswith("sign/")
    }


def test_a_look_up_that_is_held_steady_is_the_same_in_this_thread_and_no_other() -> None:
    vault = Vault(OLD, [NEW])
    vault.standing = Standing(current=OLD_ID, other=NEW_ID)
    before = vault.index("number", "alfa", "+38344000101")
    with vault.steady():
        vault.standing = Standing(current=NEW_ID, other=OLD_ID, elder=True)
        assert vault.index("number", "alfa", "+38344000101") == before
        assert vault.is_current(vault.seal("messages", "a", "p"))
        assert vault.seal("messages", "a", "p").startswith(OLD_ID)
    assert vault.index("number", "alfa", "+38344000101") != before
    assert vault.seal("messages", "a", "p").startswith(NEW_ID)


def test_what_is_no_utf_8_is_another_text_and_no_error() -> None:
    header = b"\xff".decode("utf-8", "surrogateescape")
    assert not same(header, "a")
    assert same(header, header)
    assert Vault(OLD).index("session", header) != Vault(OLD).index("session", "a")


def test_what_is_shown_of_keys_says_nothing_of_the_secret() -> None:  # R32
    vault = Vault(OLD, [NEW])
    vault.standing = Standing(current=OLD_ID, other=NEW_ID, kept=Key(OLD).kept())
    told = repr(vault) + repr(vault.standing) + repr(vault.keys) + repr(vault.index("number", "alfa", "+38344000101"))
    for secret in (OLD.decode(), NEW.decode(), Key(OLD).kept()[""], "+38344000101"):
        assert secret not in told
