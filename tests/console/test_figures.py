"""The page of figures: who sees which, the pictures, their tables and files; and that nobody waits for them."""

import asyncio
import csv
import datetime as dt
import io
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
import pytest_asyncio

from bot.clock import DAY
from bot.console.figures import catalogue, drawing
from bot.console.figures.drawing import Bars, Chart, Series
from bot.console.figures.kept import SECONDS, Choice, Shelf
from bot.console.figures.numbers import ticks
from bot.console.figures.process import WORKSHOP, Workshop
from bot.console.tables import line
from bot.policy.actions import Action
from bot.services import leases
from bot.services.figures.counting import Figures
from bot.services.figures.period import Period
from bot.services.staff.roles import Role
from bot.settings import Settings
from tests.tools.console import Caller, Page, console_site, signed_in
from tests.tools.desks import NOW
from tests.tools.engines import looking
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ["kinds", "months", "days", "on-time", "open", "withdrawals", "questions", "codes", "hand-offs"]
MANY = 100_000
BLOCKED = 0.05  # seconds that the loop may stand still (R52)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A server whose database has very many requests, most of them IPKO's."""
    async with console_site(settings, tmp_path_factory.mktemp("figures")) as made:
        await asyncio.to_thread(put_many, made)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """A reader of IPKO's figures."""
    async with signed_in(site, "zana", ipko=Role.READER) as caller:
        yield caller


def put_many(site: Site) -> None:
    chance, kinds = random.Random(1), [action.value for action in Action]  # noqa: S311  nothing secret

    def rows() -> Iterator[tuple[str | int | None, ...]]:
        for number in range(MANY):
            received = NOW - chance.randrange(400 * DAY)
            closed = received + chance.randrange(1, 60 * DAY)
            is_open = closed > NOW
            yield (
                f"R{number}", "ipko" if number % 1000 else "paysera", kinds[number % len(kinds)],
                "in_progress" if is_open else "answered", received, "2026-01-31", None if is_open else closed,
            )  # fmt: skip

    with looking(site.office.database) as tables:
        tables.insert_many(
            "INSERT INTO requests (reference, company, kind, state, received_at, due_on, closed_at, proof, channel,"
            " body_sealed, flags, due_rule) VALUES (?, ?, ?, ?, ?, ?, ?, 'proven', 'web', '', '[]', 'r')",
            rows(),
        )


def svg(text: str | bytes) -> Element:
    return fromstring(text)  # noqa: S314  our own server wrote it


def texts(picture: Element) -> str:
    return " ".join("".join(picture.itertext()).split())


async def test_every_figure_has_a_sentence_a_picture_a_table_and_a_file(zana: Caller) -> None:
    page = await zana.get("/console/figures?span=year")
    assert page.status == 200
    for name in NAMES:
        assert f'src="/console/figures/{name}.svg?span=year"' in page.text
        assert f'id="{name}"' in page.text
        assert (await zana.get(f"/console/figures/{name}.csv?span=year")).status == 200
    assert page.text.count("<table>") >= 7
    assert 'alt=""' not in page.text.split("<main")[1]


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_is_an_svg_without_a_script_under_a_policy_of_its_own(zana: Caller, name: str) -> None:  # R25
    picture = await zana.get(f"/console/figures/{name}.svg?span=year")
    assert picture.status == 200
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    drawn = svg(picture.text.encode())
    tags = {str(each.tag).rpartition("}")[2] for each in drawn.iter()}
    assert tags <= {"svg", "defs", "style", "title", "g", "rect", "path", "line", "text", "circle", "tspan"}
    assert "http" not in picture.text.replace("http://www.w3.org/2000/svg", "").replace(
        "http://www.w3.org/1999/xlink", ""
    )
    assert "prefers-color-scheme" in picture.text


async def test_the_page_says_the_same_as_the_table_and_the_file(zana: Caller, site: Site) -> None:
    row = await site.office.store.read(
        lambda tx: tx.first("figures.count_received", company="ipko", since=NOW - 365 * DAY, until=NOW + DAY)
    )
    assert row
    page = await zana.get("/console/figures?span=year")
    (received,) = [
        line for line in page.text.splitlines() if "Kërkesa të ardhura në këtë kohë" in line and "<p>" in line
    ]
    table = list(csv.reader(io.StringIO((await zana.get("/console/figures/kinds.csv?span=year")).text)))
    total = int(table[-1][-1])
    assert abs(total - row["requests"]) < 0.01 * total  # the year begins at midnight, the other count does not
    assert f"{total:,}".replace(",", "\xa0") in received
    assert len(table) == len(Action) + 2


async def test_numbers_are_written_as_in_kosovo_and_in_the_file_as_machines_read_them(zana: Caller) -> None:
    page = await zana.get("/console/figures?span=year")
    file = await zana.get("/console/figures/on-time.csv?span=year")
    share = float(list(csv.reader(io.StringIO(file.text)))[-1][-1])
    assert 0 < share < 1
    assert f"{100 * share:.1f}".replace(".", ",").removesuffix(",0") + "%" in page.words
    assert file.headers["Content-Disposition"] == ('attachment; filename="shifrat-on-time-2025-03-06-2026-03-05.csv"')


async def test_only_the_visitor_s_companies_are_counted(site: Site, zana: Caller) -> None:  # R56
    assert (await zana.get("/console/figures?company=paysera")).status == 404
    assert (await zana.get("/console/figures/kinds.svg?company=paysera")).status == 404
    async with signed_in(site, "leka", paysera=Role.CLERK) as leka:
        of_paysera = await leka.get("/console/figures/months.csv?span=year")
    of_ipko = await zana.get("/console/figures/months.csv?span=year")
    assert sum_of(of_paysera) * 900 < sum_of(of_ipko)
    async with signed_in(site, "drita", ipko=Role.READER, paysera=Role.READER) as drita:
        together = await drita.get("/console/figures/months.csv?span=year")
        alone = await drita.get("/console/figures/months.csv?span=year&company=paysera")
    assert sum_of(together) == sum_of(of_ipko) + sum_of(of_paysera)
    assert alone.text == of_paysera.text


def sum_of(page: Page) -> int:
    return int(list(csv.reader(io.StringIO(page.text)))[-1][1])


async def test_the_time_can_be_chosen(zana: Caller) -> None:
    month = await zana.get("/console/figures?span=month")
    assert "Nga 1 shkurt 2026 deri më 28 shkurt 2026" in month.words
    days = await zana.get("/console/figures?span=days&from=2026-01-05&to=2026-01-04")
    assert "Nga 4 janar 2026 deri më 5 janar 2026" in days.words
    assert "/console/figures/kinds.svg?span=days&amp;from=2026-01-04&amp;to=2026-01-05" in days.text
    empty = await zana.get("/console/figures/kinds.svg?span=days&from=1990-01-01&to=1990-01-02")
    assert "Nuk ka asgjë për këtë kohë." in texts(svg(empty.text.encode()))


@pytest.mark.parametrize(
    "days", ["from=x&to=2026-01-01", "from=2026-02-30&to=2026-03-01", "from=0001-01-01&to=9999-12-31"]
)
async def test_days_that_cannot_be_counted_are_told(zana: Caller, days: str) -> None:  # R51
    page = await zana.get(f"/console/figures?span=days&{days}")
    assert page.status == 200
    assert "Këto ditë nuk mund të numërohen" in page.words


async def test_there_is_no_other_figure(zana: Caller) -> None:
    assert (await zana.get("/console/figures/salaries.svg")).status == 404
    assert (await zana.get("/console/figures/salaries.csv")).status == 404


@pytest.mark.alone
async def test_the_loop_is_free_while_figures_of_very_many_requests_are_computed(zana: Caller) -> None:  # R52
    await zana.get("/console/figures?span=month")  # its template is compiled
    await zana.get("/console/figures/kinds.svg?span=month")  # the process that draws is started
    gaps = []
    for day in range(1, 9):  # each computed anew
        query = f"span=days&from=2025-02-{day:02}&to=2026-03-05"
        begun = time.perf_counter()
        async with Heart() as heart:
            pages = await asyncio.gather(
                zana.get(f"/console/figures?{query}"),
                *(zana.get(f"/console/figures/{name}.svg?{query}") for name in NAMES),
            )
        assert [page.status for page in pages] == [200] * 10
        gaps.append(heart.longest)
        assert time.perf_counter() - begun > BLOCKED, "it was not computed at all"
        if heart.longest < BLOCKED:  # once is enough: what others do can only make it longer
            return
    pytest.fail(f"the loop stood still for {min(gaps):.3f} seconds")


class Heart:
    """Beats on the loop; ``longest`` is the longest time between two beats (seconds) for which we are to blame.

    While other programs have the processor, our own time stands still.
    """

    longest = 0.0

    async def __aenter__(self) -> "Heart":
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _beat(self) -> None:
        last, used = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(0.002)
            now, uses = time.perf_counter(), time.process_time()
            self.longest = max(self.longest, min(now - last, uses - used))
            last, used = now, uses


async def test_the_heart_misses_a_beat_where_the_loop_stands_still() -> None:
    async with Heart() as heart:
        await asyncio.sleep(0.01)
        end = time.process_time() + 2 * BLOCKED
        while time.process_time() < end:
            pass
        await asyncio.sleep(0.01)
    assert heart.longest > BLOCKED


async def test_questions_of_customers_are_counted_by_what_came_of_them(settings: Settings, tmp_path: Path) -> None:
    async with console_site(settings, tmp_path) as site, signed_in(site, "zana", ipko=Role.READER) as zana:
        # The server writes them down too, at its start and a minute later: its first round is over with the last chore.
        async with asyncio.timeout(30):
            while "chore.sms receipts" not in await site.office.store.read(lambda tx: leases.held(tx, NOW)):
                await asyncio.sleep(0.02)
        office = site.office
        async with site.browser() as browser, browser.socket() as socket:
            await socket.hello()
            for number, text in enumerate(("sa kohe i ruani te dhenat e mia?", "si po kalon?", "qwx zzt plk")):
                await socket.say(f"q-{number}", text)
        assert await office.store.transact(lambda tx: office.tally.write(tx, NOW)) == 2
        office.tally.written()
        table = await zana.get("/console/figures/questions.csv?span=days&from=2026-03-05&to=2026-03-05")
    counted = {row[0]: row[1] for row in csv.reader(io.StringIO(table.text))}
    assert counted["Gjithsej"] == "2"
    assert counted["nuk u kuptuan"] == "1"


async def test_a_process_that_was_killed_is_replaced(site: Site, zana: Caller) -> None:  # R50
    await zana.get("/console/figures/kinds.svg?span=month")
    pool = site.app[WORKSHOP]._pool
    assert pool
    (process,) = pool._processes.values()
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert (await zana.get("/console/figures/days.svg?span=month")).status == 200


async def test_the_process_ends_with_the_server() -> None:
    workshop = Workshop()
    assert await workshop.run(len, "abc") == 3
    assert workshop._pool
    (process,) = workshop._pool._processes.values()
    await workshop.close()
    assert not process.is_alive()


async def test_what_was_computed_is_kept_for_a_minute_and_computed_once_for_all_who_ask() -> None:
    now, computed = [0.0], list[int]()
    shelf = Shelf(lambda: now[0])
    period = Period(first=drawn_day(1), last=drawn_day(2))

    async def compute() -> Figures:
        computed.append(1)
        await asyncio.sleep(0)
        return nothing(period)

    choice = Choice(companies=("ipko",), period=period, newest=1)
    await asyncio.gather(*(shelf.get(choice, compute) for _ in range(5)))
    now[0] = SECONDS - 1
    await shelf.get(choice, compute)
    assert len(computed) == 1
    await shelf.get(Choice(companies=("ipko",), period=period, newest=2), compute)  # something happened meanwhile
    assert len(computed) == 2
    now[0] = SECONDS + 1
    await shelf.get(choice, compute)
    assert len(computed) == 3


async def test_a_failure_is_not_kept() -> None:
    shelf, tries = Shelf(lambda: 0.0), list[int]()
    choice = Choice(companies=("ipko",), period=Period(first=drawn_day(1), last=drawn_day(2)), newest=1)

    async def fail() -> Figures:
        tries.append(1)
        raise OSError

    for _ in range(2):
        with pytest.raises(OSError, match=r"^$"):
            await shelf.get(choice, fail)
    assert len(tries) == 2


def drawn_day(day: int) -> dt.date:
    return dt.date(2026, 1, day)


def nothing(period: Period) -> Figures:
    return Figures(
        period=period, at=NOW, received={}, months=(), tenths={}, punctual={}, open={}, waiting={}, questions={},
        unplaced_questions=0, codes={}, escalations={},
    )  # fmt: skip


async def test_figures_of_nothing_say_so() -> None:
    period = Period(first=drawn_day(1), last=drawn_day(2))
    every = catalogue.every(nothing(period))
    assert [each.name for each in every] == NAMES
    for each in every:
        assert each.said
        assert svg(drawing.draw(each.chart)) is not None


async def test_a_text_of_a_picture_is_text_whatever_it_is() -> None:
    name = "<script>alert(1)</script>&'\""
    series = Series(name=name, values=(1.0,), written=(name,))
    chart = Chart(
        title=name, bars=Bars.LYING, labels=(name,), series=(series,), ticks=((0.0, "0"), (1.0, "1")), nothing=""
    )
    drawn = svg(drawing.draw(chart))
    assert name in texts(drawn)
    assert not [each for each in drawn.iter() if str(each.tag).endswith("script")]


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("+383", "'+383"), ("-1", "'-1"), ("@a", "'@a"), ("\tx", "'\tx"), ("a=1", "a=1"), (-1, "-1"),
     (1234567, "1234567"), (0.25, "0.25"), (3.0, "3"), ('a,"b"', '"a,""b"""')],
)  # fmt: skip
async def test_a_cell_is_never_a_formula(cell: str | float, written: str) -> None:
    assert line([cell]) == f"{written}\r\n"


@pytest.mark.parametrize(
    ("most", "marks"),
    [(0, "0 1"), (0.3, "0 1"), (2, "0 1 2"), (7, "0 2 4 6 8"), (31.4, "0 10 20 30 40"), (1234, "0 500 1000 1500")],
)
async def test_an_axis_has_whole_numbers_up_to_the_longest_bar(most: float, marks: str) -> None:
    assert " ".join(f"{value:.0f}" for value, _ in ticks(most)) == marks
