"""Writing to a customer: what is previewed is what they read, it takes effect when delivered, and only what may be."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import DAY
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework import answer_files, case_file
from bot.services.office import notice_texts
from bot.services.staff.roles import Role
from bot.settings import Settings
from tests.console.casing import at_desk, bring, line, read
from tests.console.lettering import bubbles, filed, heard, previewed, prove, sent, state, telegrams, told, typed
from tests.tools.console import Caller, console_site
from tests.tools.desks import NOW
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASONS = "Të dhënat janë në shumë dokumente."
PDF = ("files", "kopja.pdf", b"%PDF-1.7 e trilluar")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all tests here: each has cases of its own."""
    async with console_site(settings, tmp_path_factory.mktemp("letters")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """The DPO of both companies, who decides there."""
    async with at_desk(site, "zana", ipko=Role.DPO, paysera=Role.DPO) as who:
        yield who


# ---- each act, from the form to what holds ----------------------------------------------------------------

ACTS = {
    "reply": (Action.DSAR_ERASURE, {"text": "Po e shqyrtojmë."}, CaseState.RECEIVED),
    "ask": (Action.DSAR_ACCESS, {"text": "Për cilin vit?", "about": "scope"}, CaseState.WAITING),
    "extend": (Action.DSAR_ACCESS, {"text": REASONS, "until": "2026-05-29"}, CaseState.EXTENDED),
    "answer": (Action.DSAR_RECTIFICATION, {"text": "Adresa u korrigjua."}, CaseState.ANSWERED),
    "partly": (Action.DSAR_RESTRICTION, {"text": "Kufizuam vetëm një pjesë."}, CaseState.PARTLY),
    "refuse": (Action.DSAR_ERASURE, {"text": "Të dhëna të tilla nuk kemi.", "ground": "not_applicable"},
               CaseState.REFUSED),
    "decide": (Action.DSAR_OBJECTION, {"text": "", "outcome": "upheld"}, CaseState.ANSWERED),
    "fee-warning": (Action.DSAR_ACCESS, {"text": "E dyta këtë vit.", "amount": "5 €"}, CaseState.IN_PROGRESS),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
async def test_what_was_previewed_is_what_the_customer_reads_in_the_widget(site: Site, zana: Caller, act: str) -> None:
    action, fields, then = ACTS[act]  # R58
    reference = await filed(site, action)
    shown = await sent(zana, reference, act, **fields)
    await bring(site, reference)
    assert shown == [await heard(site, reference)]
    assert "\n".join(shown[0]) == (await told(site, reference))[-1].text
    assert await state(site, reference) is then


@pytest.mark.parametrize("act", ["reply", "refuse"])
async def test_what_was_previewed_is_what_goes_to_telegram(
    site: Site, zana: Caller, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, fields, _ = ACTS[act]
    reference = await filed(site, action, channel="telegram")
    page = await previewed(zana, reference, act, **(fields | {"text": "A < B & C > D. " * 400}))
    assert "Telegram" in page.words
    shown = bubbles(page)
    assert len(shown) > 1  # split as Telegram's messages are
    went = telegrams(monkeypatch)
    assert (await zana.send(page, f"/write/{act}")).status == 303
    await bring(site, reference)
    assert went == shown


async def test_what_is_sent_takes_effect_when_it_is_delivered_and_not_before(site: Site, zana: Caller) -> None:  # R58
    reference = await filed(site, Action.DSAR_ERASURE, channel="", reply_to="filan@shembull.example")
    page = await previewed(zana, reference, "refuse", text="Të dhëna të tilla nuk kemi.", ground="not_applicable")
    assert "filan@shembull.example" in page.words
    assert "Kur të dorëzohet, jo më parë" in page.words
    assert await state(site, reference) is CaseState.RECEIVED  # a preview does nothing
    assert await told(site, reference) == []
    await zana.send(page, "/write/refuse")
    assert await state(site, reference) is CaseState.IN_PROGRESS
    await bring(site, reference)
    assert await state(site, reference) is CaseState.REFUSED


async def test_where_nobody_is_in_the_chat_the_sms_is_shown_without_content(site: Site, zana: Caller) -> None:  # R58
    reference = await filed(site, Action.DSAR_ERASURE, channel="")
    shown = bubbles(await previewed(zana, reference, "reply", text="Po e shqyrtojmë."))
    there = notice_texts.reply(reference, "Po e shqyrtojmë.")
    assert shown == [[notice_texts.sms("IPKO", reference)], [there]]  # the SMS, and what is read by number and code


# ---- the rules, as the page tells them --------------------------------------------------------------------


async def test_a_refusal_tells_of_the_agency_and_the_court(site: Site, zana: Caller) -> None:  # R35
    reference = await filed(site, Action.DSAR_ERASURE)
    fields = {"text": "Të dhëna të tilla nuk kemi.", "ground": "not_applicable"}
    ((*_, last),) = bubbles(await previewed(zana, reference, "refuse", **fields))
    assert "Agjencia për Informim dhe Privatësi" in last
    assert "gjykatës" in last


@pytest.mark.parametrize("days", [31, 32])
async def test_the_time_is_extended_inside_the_first_month_only(site: Site, days: int) -> None:  # R34
    reference = await filed(site, Action.DSAR_ACCESS)
    site.clock.at = NOW + days * DAY  # 5 April is the last day of the month; the request is due on the 6th
    try:
        async with at_desk(site, "zana", ipko=Role.DPO, paysera=Role.DPO) as zana:
            page = await previewed(zana, reference, "extend", text=REASONS)
    finally:
        site.clock.at = NOW
    assert page.status == (200 if days == 31 else 409)
    if days == 32:
        assert "vetëm brenda muajit të parë" in page.words
        assert typed(page, "/write/extend/preview", "text") == REASONS


async def test_a_day_past_the_longest_extension_is_refused_and_what_was_typed_stays(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ACCESS)  # R34
    page = await previewed(zana, reference, "extend", text=REASONS, until="2026-09-01")
    assert page.status == 409
    assert "më së shumti 2 muaj" in page.words
    assert typed(page, "/write/extend/preview", "text") == REASONS
    assert typed(page, "/write/extend/preview", "until") == "2026-09-01"


@pytest.mark.parametrize("act", ["refuse", "partly", "decide", "fee", "fee-warning"])
async def test_the_end_of_marketing_can_be_refused_nowhere(site: Site, zana: Caller, act: str) -> None:  # R40
    for action, fields in ((Action.WITHDRAW_MARKETING, {}), (Action.DSAR_OBJECTION, {"against": "reklamat"})):
        reference = await filed(site, action, fields=fields)
        path = f"/console/cases/{reference}/write/{act}"
        assert (await zana.get(path)).status == 404
        page = await zana.get(f"/console/cases/{reference}/write/reply")
        hidden = dict(page.form("/write/reply/preview").fields)
        for where in (f"{path}/preview", path):
            assert (await zana.post(where, {**hidden, "text": "Jo.", "ground": "other"})).status == 404


async def test_an_objection_is_rejected_on_grounds_with_a_clause_only(site: Site, zana: Caller) -> None:  # R41
    reference = await filed(site, Action.OBJECT_STATISTICS, company="paysera")
    half = {"text": "Ka një pretendim të hapur.", "outcome": "rejected"}
    assert (await previewed(zana, reference, "decide", **half)).status == 409
    page = await previewed(zana, reference, "decide", **half, grounds="legal_claims")
    assert "nuk është pikë e politikës" in page.words
    page = await previewed(zana, reference, "decide", **half, grounds="legal_claims", clause="16")
    assert "5 ditë pune" in page.words
    await zana.send(page, "/write/decide")
    await bring(site, reference)
    assert await state(site, reference) is CaseState.REFUSED
    assert any("pika 16" in paragraph for paragraph in await heard(site, reference))
    assert (await zana.get(f"/console/cases/{reference}/write/refuse")).status == 404


async def test_an_objection_that_speaks_of_advertising_too_offers_no_rejection(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_OBJECTION, fields={"against": "profilizimi dhe reklamat"})  # R40
    page = await zana.get(f"/console/cases/{reference}/write/decide")
    assert 'value="upheld"' in page.text
    assert 'value="rejected"' not in page.text


async def test_a_fee_waits_for_a_warning_that_was_delivered(site: Site, zana: Caller) -> None:  # R36
    reference = await filed(site, Action.DSAR_ACCESS)
    fee = {"text": "E dyta këtë vit.", "amount": "5 €"}
    assert "Kërkesat janë falas" in (await previewed(zana, reference, "fee", **fee)).words
    await sent(zana, reference, "fee-warning", **fee)
    await bring(site, reference)
    await sent(zana, reference, "fee", **fee)


NUMBERS = {
    "044 123 456": "numër telefoni",
    "+383 49 765 432": "numër telefoni",
    "1234567890": "numër me dhjetë shifra",
    "XK05 1212 0123 4567 8906": "IBAN",
    "4111 1111 1111 1111": "numër kartele",
    "1212012345678906": "numër i gjatë",
    "A-1001": "që e kemi në dosje",
}


@pytest.mark.parametrize("number", NUMBERS)
async def test_no_number_of_a_person_is_written_to_anybody(site: Site, zana: Caller, number: str) -> None:  # R43
    reference = await filed(site, Action.DSAR_ERASURE)
    text = f"Ju kemi gjetur me {number}, faleminderit."
    page = await previewed(zana, reference, "reply", text=text)
    assert page.status == 409
    assert NUMBERS[number] in page.words
    assert typed(page, "/write/reply/preview", "text") == text
    assert await told(site, reference) == []


async def test_a_ready_text_is_not_sent_with_a_place_that_nobody_filled_in(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.COMPLAINT)
    page = await previewed(zana, reference, "answer", text="Gjetëm se … dhe bëmë … Faleminderit.")
    assert page.status == 409
    assert "për t’u plotësuar" in page.words
    assert typed(page, "/write/answer/preview", "text") == "Gjetëm se … dhe bëmë … Faleminderit."
    assert await told(site, reference) == []
    page = await previewed(zana, reference, "answer", text="Kërkuam gjatë… dhe e gjetëm.")
    assert page.status == 200


async def test_what_is_kept_is_shown_with_the_clause_as_the_policy_calls_it(site: Site, zana: Caller) -> None:  # R35
    reference = await filed(site, Action.DSAR_ERASURE)
    await prove(site, reference)
    row = {"fate-2": "kept", "what-2": "faturat", "clause-2": "ruajtja/pas-mbylljes", "until-2": "dhjetë vjet"}
    await sent(zana, reference, "partly", **(row | {"due-2": "2036-03-10"}))
    await bring(site, reference)
    case = await zana.get(f"/console/cases/{reference}")
    label = site.office.desk.edition("ipko", NOW).text.passage("ruajtja/pas-mbylljes").label
    assert f"faturat, dhjetë vjet ({label})" in case.words


async def test_what_is_missing_of_a_part_that_is_kept_is_said_with_its_row(site: Site, zana: Caller) -> None:  # R35
    reference = await filed(site, Action.DSAR_ERASURE)
    await prove(site, reference)
    row = {"fate-2": "kept", "what-2": "faturat", "clause-2": "ruajtja/pas-mbylljes", "until-2": "dhjetë vjet"}
    for missing in ("what-2", "clause-2", "until-2"):
        page = await previewed(zana, reference, "partly", **(row | {missing: ""}))
        assert page.status == 409
        assert "Te rreshti 2 mungon diçka" in page.words, missing
    assert await told(site, reference) == []


async def test_a_proven_customer_is_not_asked_for_a_document(site: Site, zana: Caller) -> None:  # R37
    reference = await filed(site, Action.DSAR_ACCESS)
    page = await previewed(zana, reference, "ask", text="Dërgoni letërnjoftimin.", about="identity")
    assert "nuk i kërkohet dokument identiteti" in page.words


# ---- files ------------------------------------------------------------------------------------------------


async def test_an_answer_with_personal_data_goes_by_the_link_and_never_in_the_text(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ACCESS)  # R17, R43
    page = await zana.get(f"/console/cases/{reference}/write/answer")
    assert "provën e dytë" in page.words
    assert "lidhje që hapet një herë" in page.words
    assert 'name="text"' not in page.text
    await prove(site, reference)
    page = await previewed(zana, reference, "answer")
    assert 'type="file"' in page.text
    bare = await zana.send(page, "/write/answer")
    assert bare.status == 409
    assert "zgjidhni skedarët" in bare.words
    after = await zana.send(bare, "/write/answer", files=[PDF])
    assert after.location == f"/console/cases/{reference}?done=sent"
    await bring(site, reference)
    kept = await read(site, lambda tx: answer_files.kept(tx, site.office.desk, reference))
    assert [(file.name, file.size) for file in kept] == [("kopja.pdf", len(PDF[2]))]
    assert "gati" in (await heard(site, reference))[0]
    assert await state(site, reference) is CaseState.ANSWERED


async def test_who_gets_no_code_gets_no_files_but_the_address(site: Site, zana: Caller) -> None:  # R43, R53
    reference = await filed(site, Action.DSAR_ACCESS, proven=False, channel="", reply_to="filan@shembull.example")
    await prove(site, reference)
    page = await zana.get(f"/console/cases/{reference}/write/answer")
    assert "këtu nuk ka skedarë" in page.words
    page = await previewed(zana, reference, "answer")
    assert 'type="file"' not in page.text
    assert "në adresën që na dhatë" in bubbles(page)[0][0]


@pytest.mark.parametrize("act", ["reply", "ask", "refuse"])
async def test_no_file_can_be_sent_into_a_chat(site: Site, zana: Caller, act: str) -> None:  # R43
    action, fields, _ = ACTS[act]
    reference = await filed(site, action)
    page = await previewed(zana, reference, act, **fields)
    assert (await zana.send(page, f"/write/{act}", files=[PDF])).status == 415
    assert await told(site, reference) == []


# ---- an erasure, purpose by purpose -----------------------------------------------------------------------


async def test_an_erasure_is_decided_purpose_by_purpose_and_the_rest_comes_back(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE, company="paysera")  # R35
    page = await zana.get(f"/console/cases/{reference}/write/partly")
    assert "Menaxhimi i borxhit" in page.words
    assert typed(page, "/write/partly/preview", "clause-1") == "9.4"
    assert "Politika nuk thotë sa kohë ruhen këto" in page.words  # 16 to 18
    fields = {
        "fate-7": "erased", "what-7": "kontaktin për oferta",
        "fate-1": "kept", "what-1": "identifikimin", "until-1": "5 vjet pas përfundimit të marrëdhënies",
        "due-1": "2031-03-10",
    }  # fmt: skip
    page = await zana.send(page, "/write/partly/preview", files=(), **fields)
    assert bubbles(page)[0][0] == f"Kërkesa {reference} u plotësua pjesërisht."
    assert bubbles(page)[0][1:3] == [
        "I fshimë: kontaktin për oferta.",
        "Ruhen ende: identifikimin, 5 vjet pas përfundimit të marrëdhënies (politika e privatësisë: pika 9.4).",
    ]
    await zana.send(page, "/write/partly")
    await bring(site, reference)
    assert await state(site, reference) is CaseState.PARTLY
    case = await zana.get(f"/console/cases/{reference}")
    assert "fshihet më 10 mars 2031" in case.words
    assert "(pika 9.4)" in case.words
    done = await zana.send(case, "/kept/1")
    assert done.location == f"/console/cases/{reference}?done=kept"
    assert [entry.kind for entry in await line(site, reference)][-1] == "kept_erased"
    assert "u fshi më 5 mars 2026" in (await zana.follow(done)).words
    again = await zana.post(case.form("/kept/1").action, {**dict(case.form("/kept/1").fields), "once": "another"})
    assert (again.status, "ka ndryshuar" in again.words) == (409, True)


async def test_rows_that_were_filled_in_stay_when_something_is_missing(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)  # IPKO's text is not built by purposes
    fields = {"fate-1": "kept", "what-1": "faturat", "clause-1": "nuk-ka", "until-1": "5 vjet", "fate-2": "erased",
              "what-2": "biseda"}  # fmt: skip
    page = await previewed(zana, reference, "partly", **fields)
    assert page.status == 409
    assert "nuk është pikë e politikës" in page.words
    for name, value in fields.items():
        assert typed(page, "/write/partly/preview", name) == value
    more = await zana.send(page, "/write/partly/preview", more="1")
    assert 'name="what-6"' in more.text
    assert typed(more, "/write/partly/preview", "what-2") == "biseda"


# ---- templates --------------------------------------------------------------------------------------------


async def test_a_template_is_filled_in_and_can_be_changed_before_it_is_sent(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ACCESS)
    path = f"/console/cases/{reference}/write"
    page = await zana.get(f"{path}/reply?template=reply-received")
    assert typed(page, "/write/reply/preview", "text") == (
        "E kemi marrë më 5 mars 2026 dhe po e shqyrtojmë. Përgjigjen do ta merrni brenda afatit ligjor."
    )  # R33
    page = await zana.get(f"{path}/ask?template=ask-scope-years")
    assert typed(page, "/write/ask/preview", "about") == "scope"
    assert (await zana.get(f"{path}/ask?template=no-such")).status == 200
    page = await zana.get(f"{path}/refuse?template=refuse-others-rights")
    assert typed(page, "/write/refuse/preview", "ground") == "others_rights"
    shown = await zana.send(page, "/write/refuse/preview", text="Me fjalët e mia.")
    assert "Arsyeja: Me fjalët e mia." in bubbles(shown)[0][0]


async def test_who_goes_back_from_the_preview_finds_what_was_written(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ACCESS)
    page = await previewed(zana, reference, "ask", text="Për cilin vit?", about="scope")
    form = page.form("/write/ask")
    back = await zana.post(f"{form.action}/preview", {**dict(form.fields), "back": "1"})
    assert back.status == 200
    assert typed(back, "/write/ask/preview", "text") == "Për cilin vit?"
    assert typed(back, "/write/ask/preview", "about") == "scope"


# ---- once, what was seen, by whom -------------------------------------------------------------------------


async def test_a_form_that_is_sent_twice_sends_one_notice(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    page = await previewed(zana, reference, "reply", text="Po e shqyrtojmë.")
    first, second = await zana.send(page, "/write/reply"), await zana.send(page, "/write/reply")
    assert first.location == second.location
    assert len(await told(site, reference)) == 1


async def test_other_words_than_were_previewed_are_not_sent(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    page = await previewed(zana, reference, "reply", text="Po e shqyrtojmë.")
    other = await zana.send(page, "/write/reply", text="Krejt diçka tjetër.")
    assert other.status == 409
    assert "nuk është më ajo që patë" in other.words
    assert "Krejt diçka tjetër." in bubbles(other)[0][0]
    assert await told(site, reference) == []
    assert (await zana.send(other, "/write/reply")).status == 303


async def test_a_case_that_changed_meanwhile_is_looked_at_anew(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    page = await previewed(zana, reference, "reply", text="Po e shqyrtojmë.")
    await site.change(lambda tx: case_file.note(tx, site.office.desk, NOW, reference, "words", "customer", {}))
    late = await zana.send(page, "/write/reply")
    assert late.status == 409
    assert "ka ndryshuar" in late.words
    assert typed(late, "/write/reply", "text") == "Po e shqyrtojmë."
    assert await told(site, reference) == []


async def test_two_people_never_write_in_one_case_unknowingly(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    await previewed(zana, reference, "reply", text="Po e shqyrtojmë.")
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        page = await arta.get(f"/console/cases/{reference}/write/reply")
        assert "po punon zana" in page.words
        refused = await previewed(arta, reference, "reply", text="Edhe unë.")
        assert refused.status == 409
        assert typed(refused, "/write/reply/preview", "text") == "Edhe unë."


async def test_a_clerk_asks_and_does_not_decide_and_a_reader_reads_no_case(site: Site) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    path = f"/console/cases/{reference}/write"
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        assert (await arta.get(f"{path}/ask")).status == 200
        assert (await arta.get(f"{path}/refuse")).status == 403
    async with at_desk(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get(f"{path}/reply")).status == 403
    async with at_desk(site, "drita", paysera=Role.DPO) as drita:
        assert (await drita.get(f"{path}/reply")).status == 404


async def test_a_closed_case_says_so_and_takes_a_reply_only(site: Site, zana: Caller) -> None:
    reference = await filed(site, Action.DSAR_ERASURE)
    await sent(zana, reference, "refuse", text="Të dhëna të tilla nuk kemi.", ground="not_applicable")
    await bring(site, reference)
    page = await zana.get(f"/console/cases/{reference}/write/extend")
    assert "është mbyllur" in page.words
    await sent(zana, reference, "reply", text="Faleminderit.")
