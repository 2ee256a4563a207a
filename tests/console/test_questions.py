"""What the bot could not answer: listed with what stands closest, answered, made phrases of, taken off the list."""

import asyncio
import html
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.dialogue.effects import Escalation
from bot.services import conversations
from bot.services.casework import case_file, escalations
from bot.services.casework.escalations import State
from bot.services.desk import Place
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.console.knowing import OTHER, articles, small_site, submit
from tests.tools.console import Caller, Page, account, caller, console_site, fresh
from tests.tools.folders import SAMPLE
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHRASES = "/console/questions/phrases"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all: each test asks something of its own."""
    async with small_site(settings, tmp_path_factory.mktemp("questions")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    async with caller(site, await account(site, "zana", **{SAMPLE: Role.DPO})) as who:
        yield who


async def asked(site: Site, words: str, *, company: str | None = SAMPLE, there: bool = True) -> str:
    """Let somebody ask what finds no answer, in the widget; ``there``: they can be reached."""

    def ask(tx: Tx) -> str:
        now, desk = site.office.clock.now(), site.office.desk
        talk = conversations.take(tx, desk, now, "web", fresh()).id if there else "gone"
        place = Place(conversation=talk, channel="web", now=now)
        return escalations.open_escalation(tx, desk, place, Escalation.UNANSWERED, company, words)

    return await site.office.store.transact(ask)


async def listed(zana: Caller, query: str = "") -> Page:
    page = await zana.get(f"/console/questions?order=new{query}")
    assert page.status == 200
    return page


def of(page: Page, words: str) -> str:
    """Return what stands on the page of one question, and nothing where it is not there."""
    return next((html.unescape(one) for one in articles(page) if html.escape(words) in one), "")


async def phrase(zana: Caller, page: Page, identity: str, **fields: str) -> Page:
    """Fill in the form of one phrase."""
    return await phrases(zana, page, {f"{name}-{identity}": value for name, value in fields.items()})


async def phrases(zana: Caller, page: Page, fields: dict[str, str]) -> Page:
    """Fill in the form of several."""
    return await zana.post(PHRASES, {**dict(page.form(PHRASES).fields), **_ids(page), **fields})


def _ids(page: Page) -> dict[str, list[str]]:
    return {"id": [value for name, value in page.form(PHRASES).fields if name == "id"]}


async def checked(zana: Caller, path: str) -> Page:
    """Wait until the check of a patch is over."""
    async with asyncio.timeout(30):
        while "data-over" not in (page := await zana.get(path)).text:
            await asyncio.sleep(0.1)
    return page


async def test_a_question_stands_there_as_it_was_typed_with_what_is_closest_and_why(zana: Caller, site: Site) -> None:
    words = "<b>sa gjatë</b> e rrini me kontratën në sirtar"
    await asked(site, words)
    await asked(site, words.upper())
    page = await listed(zana)
    assert "<b>" not in page.text  # R26
    shown = of(page, words.upper())
    for part in ("Shembulli", "u pyet 2 herë", "Sa ruhen të dhënat e kontratës", "afërsia", "2. Të dhënat e kontratës",
                 "Mburoja i njohu këto fjalë: sa, gjate"):  # fmt: skip
        assert part in shown


async def test_a_question_that_names_no_company_is_shown_to_all_and_says_so(zana: Caller, site: Site) -> None:
    await asked(site, "Ku e mban kush çka", company=None)
    await asked(site, "Kjo është e kullës", company=OTHER)
    page = await listed(zana)
    assert "pa kompani" in of(page, "Ku e mban kush çka")
    assert of(page, "Kjo është e kullës") == ""  # R27
    assert (await zana.get(f"/console/questions?company={OTHER}")).status == 404


async def test_who_can_be_reached_is_written_to(zana: Caller, site: Site) -> None:
    identity = await asked(site, "A ka hije prapa arkës")
    page = await listed(zana)
    done = await submit(zana, page, "/reply", holding=("id", identity))
    parts = done.location.split("/")
    assert parts[:3] == ["", "console", "cases"]
    assert parts[4:] == ["write", "reply"]
    stored = await site.office.store.read(lambda tx: case_file.load(tx, site.office.desk, parts[3]))
    assert stored
    assert (stored.company, [words.text for words in stored.body.words]) == (SAMPLE, ["A ka hije prapa arkës"])
    assert of(await listed(zana), "A ka hije prapa arkës") == ""
    again = await submit(zana, page, "/reply", holding=("id", identity), once=fresh())
    assert again.status == 409
    assert "Dikush e ka kryer" in again.words


async def test_where_nobody_can_be_reached_it_is_said(zana: Caller, site: Site) -> None:
    identity = await asked(site, "Pse dera kërcet natën", there=False)
    page = await listed(zana)
    assert "Nuk ka kujt t’i përgjigjeni" in of(page, "Pse dera kërcet natën")
    other = await asked(site, "Diçka krejt tjetër e askujt")
    forced = await submit(zana, await listed(zana), "/reply", holding=("id", other), id=identity)
    assert forced.status == 409
    refused = await submit(zana, await listed(zana), "/reply", holding=("id", other), **{"for": OTHER})
    assert refused.status == 404  # R27


async def test_a_question_is_taken_off_for_a_reason(zana: Caller, site: Site) -> None:
    identity = await asked(site, "Kur piqet buka")
    page = await listed(zana)
    assert (await submit(zana, page, "/close", holding=("id", identity))).status == 409  # no reason was chosen
    done = await submit(zana, page, "/close", holding=("id", identity), outcome="not_ours", once=fresh())
    shown = await zana.follow(done)
    assert "U hoq nga lista" in shown.words
    assert of(shown, "Kur piqet buka") == ""
    stored = await site.office.store.read(lambda tx: escalations.load(tx, site.office.desk, identity))
    assert stored
    assert stored.state is State.CLOSED


async def test_what_came_after_the_page_was_opened_stays(zana: Caller, site: Site) -> None:
    identity = await asked(site, "Kush e ujit lulen")
    page = await listed(zana)
    site.clock.at += 1000
    await asked(site, "kush e ujit lulen")
    await submit(zana, page, "/close", holding=("id", identity), outcome="no_sense")
    assert "u pyet një herë" in of(await listed(zana), "kush e ujit lulen")


async def test_a_phrase_becomes_a_patch_that_the_check_likes(zana: Caller, site: Site, tmp_path: Path) -> None:
    identity = await asked(site, "A më jepni letrat e mia nga sirtari")
    page = await zana.get(f"{PHRASES}?id={identity}")
    assert f'value="{SAMPLE}/access-right' in page.text  # on the list
    assert f'value="{OTHER}/' not in page.text  # R27
    done = await phrase(zana, page, identity, text="a mi jepni letrat e mia prej sirtarit", register="plain",
                        other=f"{SAMPLE}/access-right — Kopja e të dhënave")  # fmt: skip
    patch = await zana.get(f"{done.location}/file")
    path = f"intents/topics/{SAMPLE}/access-right.yaml"
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes((site.office.settings.data / path).read_bytes())
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.text.encode(), check=True)
    assert '- "a mi jepni letrat e mia prej sirtarit"' in (tmp_path / path).read_text(encoding="utf-8")
    shown = await checked(zana, done.location)
    assert "Në rregull" in shown.words
    assert of(await listed(zana), "A më jepni letrat e mia") != ""  # it waits until somebody says so
    assert "U hoq nga lista" in (await zana.follow(await zana.send(shown, "/added"))).words
    assert of(await listed(zana), "A më jepni letrat e mia") == ""


async def test_what_the_check_finds_wrong_is_shown(zana: Caller, site: Site) -> None:
    identity = await asked(site, "sa kohe e ruani ate kontraten")
    page = await zana.get(f"{PHRASES}?id={identity}")
    done = await phrase(zana, page, identity, text="sa kohe e ruani kontraten", register="plain",
                        into=f"{SAMPLE}/access-right")  # fmt: skip
    shown = await checked(zana, done.location)
    assert "kanë gabime" in shown.words
    assert "also stands in" in shown.words


async def test_several_phrases_make_one_patch(zana: Caller, site: Site) -> None:
    ids = [await asked(site, words) for words in ("thuaje me dorë tungjatjeta", "dosja po rri kot")]
    page = await zana.get(f"{PHRASES}?id={ids[0]}&id={ids[1]}")
    fields = {f"text-{ids[0]}": "rrofsh fort", f"register-{ids[0]}": "gheg", f"into-{ids[0]}": "thanks",
              f"text-{ids[1]}": "dosja ime po rri kot", f"register-{ids[1]}": "standard",
              f"other-{ids[1]}": f"{SAMPLE}/access-right"}  # fmt: skip
    done = await phrases(zana, page, fields)
    patch = (await zana.get(f"{done.location}/file")).text
    assert patch.count("diff --git") == 2
    assert "b/intents/smalltalk/thanks.yaml" in patch


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"text": "më thirrni në 044 123 456"}, "Hiqni numrin"),
        ({"text": "jam filan@shembull.example"}, "Hiqni numrin"),
        ({"text": "?!"}, "Shkruani frazën"),
        ({"text": "x" * 201}, "më së shumti 200"),
        ({"register": "zzz"}, "Zgjidhni si është shkruar"),
        ({"into": ""}, "Zgjidhni çfarë kërkon"),
        ({"other": f"{OTHER}/access-right"}, "nuk është në listë"),
        ({"other": "../../etc/passwd"}, "nuk është në listë"),
    ],
)
async def test_what_does_not_belong_in_a_file_is_refused_and_kept(
    zana: Caller, site: Site, fields: dict[str, str], fault: str
) -> None:  # R32
    identity = await asked(site, "Mos e humb këtë tekst")
    page = await zana.get(f"{PHRASES}?id={identity}")
    good = {"text": "dua letrat", "register": "plain", "into": f"{SAMPLE}/access-right"}
    refused = await phrase(zana, page, identity, **{**good, **fields})
    assert refused.status == 409
    assert fault in refused.words
    kept = dict(refused.form(PHRASES).fields)
    typed = {**good, **fields}
    assert kept[f"text-{identity}"] == typed["text"]
    assert kept.get(f"other-{identity}", "") == typed.get("other", "")


async def test_a_long_list_goes_on_where_it_was_left(zana: Caller, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.knowledge.questions.PAGE", 2)
    for words in ("njëra", "tjetra", "e treta", "e katërta"):
        await asked(site, f"Vargu {words}")
    seen: list[str] = []
    path = "/console/questions?order=often"
    while path:
        page = await zana.get(path)
        seen += [one.split('class="words">')[1].split("<")[0] for one in articles(page)]
        path = html.unescape(page.text.split('rel="next" href="')[1].split('"')[0]) if 'rel="next"' in page.text else ""
    assert len(seen) == len(set(seen))
    assert {"Vargu njëra", "Vargu tjetra", "Vargu e treta", "Vargu e katërta"} <= set(seen)


@pytest.mark.parametrize("words", ["", "🤷‍♀️", "\u202etxet", "'; DROP TABLE escalations; --", "a" * 2000])
async def test_any_text_can_be_a_question(zana: Caller, site: Site, words: str) -> None:  # R51
    identity = await asked(site, words)
    assert (await listed(zana)).status == 200
    assert (await zana.get(f"{PHRASES}?id={identity}")).status == 200


async def test_what_the_widget_cannot_answer_comes_to_the_list(settings: Settings, tmp_path: Path) -> None:
    async with console_site(settings, tmp_path) as site:
        async with site.browser() as browser, browser.socket() as socket:
            await socket.hello()
            await socket.say("w-1", "vemjet e kopshtit hanë lakrën")
        async with caller(site, await account(site, "zana", ipko=Role.DPO)) as zana:
            shown = of(await listed(zana), "vemjet e kopshtit hanë lakrën")
    assert "IPKO" in shown
    assert "afërsia" in shown


async def test_a_page_that_is_used_again_is_nothing_new(zana: Caller, site: Site) -> None:
    identity = await asked(site, "Dy herë e njëjta")
    page = await listed(zana)
    for _ in range(2):
        done = await submit(zana, page, "/close", holding=("id", identity), outcome="elsewhere")
        assert done.status == 303
