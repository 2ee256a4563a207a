"""A list is read row by row: good rows are taken, a bad one is told by line and column, and never repeated."""

import datetime as dt
from collections.abc import Iterable

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.dialogue.events import ConsentState
from bot.errors import InputError
from bot.services.lists.import_rows import ConsentRow, CustomerRow, Fault, read_consents, read_customers
from tests.tools.desks import NOW, made_up_desk

COMPANIES = made_up_desk().companies
HEAD = "company,customer_number,mobiles,name,relationship,line,sim_changed"
CONSENTS = "company,customer_number,purpose,state,since,source"
GOOD = "alfa,A-1001,+38344000101,Filan Fisteku,active,personal,"


def lines(*rows: str, head: str = HEAD) -> list[str]:
    return [f"{row}\n" for row in (head, *rows)]


def customers(*rows: str, head: str = HEAD) -> list[CustomerRow | Fault]:
    return list(read_customers(lines(*rows, head=head), COMPANIES, NOW))


def consents(*rows: str) -> list[ConsentRow | Fault]:
    return list(read_consents(lines(*rows, head=CONSENTS), COMPANIES, NOW))


def customer(row: str, head: str = HEAD) -> CustomerRow:
    (read,) = customers(row, head=head)
    assert isinstance(read, CustomerRow), read
    return read


def consent(row: str) -> ConsentRow:
    (read,) = consents(row)
    assert isinstance(read, ConsentRow), read
    return read


def fault(read: Iterable[CustomerRow | ConsentRow | Fault]) -> Fault:
    (found,) = (one for one in read if isinstance(one, Fault))
    return found


class TestTheFile:
    def test_a_whole_row_is_read(self) -> None:
        assert customer(GOOD) == CustomerRow(
            row=2,
            company="alfa",
            customer_number="A-1001",
            name="Filan Fisteku",
            numbers=("+38344000101",),
            relationship="active",
            line="personal",
            sim_changed={},
        )

    def test_columns_come_in_any_order_and_case(self) -> None:
        head = "Line,NAME, mobiles ,relationship,company,Customer_Number"
        read = customer("personal,Filan Fisteku,+38344000101,active,alfa,A-1001", head=head)
        assert (read.customer_number, read.name, read.line) == ("A-1001", "Filan Fisteku", "personal")

    def test_semicolons_may_stand_between_columns(self) -> None:
        read = customer(
            'alfa;A-1001;"+38344000101;+38344000102";Fisteku, Filan;active;personal;', HEAD.replace(",", ";")
        )
        assert read.numbers == ("+38344000101", "+38344000102")
        assert read.name == "Fisteku, Filan"

    def test_a_mark_of_byte_order_is_passed_over(self) -> None:
        assert customer(GOOD, head=f"\ufeff{HEAD}").company == "alfa"

    def test_empty_lines_are_passed_over_and_counted(self) -> None:
        assert [read.row for read in customers("", GOOD, ",,,,,,", GOOD.replace("A-1001", "A-1002"))] == [3, 5]

    def test_a_note_is_for_people(self) -> None:
        assert customer(f"{GOOD},një shënim", head=f"{HEAD},note").note == "një shënim"

    @pytest.mark.parametrize(
        ("head", "said"),
        [
            ("", "Skedari është bosh"),
            ("company,customer_number", "mungojnë kolonat: mobiles, name, relationship, line"),
            (f"{HEAD},sim_change", "nuk njihet. Të njohura janë: company, "),
            (f"{HEAD},line", "përsëritet"),
        ],
    )
    def test_a_wrong_header_stops_everything_and_says_what_is_needed(self, head: str, said: str) -> None:
        with pytest.raises(InputError, match=said):
            customers(GOOD, head=head)

    def test_a_file_of_nothing_is_told(self) -> None:
        with pytest.raises(InputError, match="Skedari është bosh"):
            list(read_customers([], COMPANIES, NOW))


class TestRowsAtFault:
    @pytest.mark.parametrize(
        ("old", "new", "column", "said"),
        [
            ("alfa", "gama", "company", "shkruani njërën nga: alfa, beta"),
            ("A-1001", " ", "customer_number", "mungon"),
            ("A-1001", "---", "customer_number", "mungon"),
            ("+38344000101", "+3834400010", "mobiles", "nuk është celular i vlefshëm"),
            ("+38344000101", "+38338000101", "mobiles", "nuk është celular i vlefshëm"),  # a landline
            ("+38344000101", "Filan +38344000102", "mobiles", "nuk është celular i vlefshëm"),
            ("+38344000101", "044000102+38344000101", "mobiles", "nuk është celular i vlefshëm"),
            ("+38344000101", "+38344000101 12", "mobiles", "nuk është celular i vlefshëm"),
            ("active", "aktiv", "relationship", "shkruani njërën nga: active, ended"),
            ("active", "", "relationship", "shkruani njërën nga: active, ended"),
            ("personal,", "vetjake,", "line", "shkruani njërën nga: personal, business"),
            ("personal,", "personal,dje", "sim_changed", "data nuk lexohet"),
            ("personal,", "personal,2026-03-06", "sim_changed", "në të ardhmen"),
            ("personal,", "personal,+38344000102@2026-03-01", "sim_changed", "nuk është ndër «mobiles»"),
            ("personal,", "personal,x@2026-03-01", "sim_changed", "nuk është ndër «mobiles»"),
            ("Filan Fisteku", "Filan\x00Fisteku", "name", "shenja që nuk lexohen"),
            ("Filan Fisteku", "Filan\udcebFisteku", "name", "nuk është UTF-8"),
            ("Filan Fisteku", "F" * 201, "name", "më shumë se 200 shenja"),
            ("Filan Fisteku", "Filan, Fisteku", "", "ka 8 kolona, duhen 7"),
            (",active,personal,", "", "", "ka 4 kolona, duhen 7"),
            ("Filan Fisteku", '"Filan" Fisteku', "", "thonjëzat"),
            ("Filan Fisteku", '"Filan\nFisteku"', "", "rreshti vazhdon"),
        ],
    )
    def test_a_row_at_fault_is_told_and_the_others_are_taken(self, old: str, new: str, column: str, said: str) -> None:
        after = "beta,B-2001,,,ended,business,"
        read = customers(*GOOD.replace(old, new, 1).split("\n"), after)
        found = fault(read)
        assert (found.row, found.column) == (2, column)
        assert said in found.what
        assert [one.customer_number for one in read if isinstance(one, CustomerRow)] == ["B-2001"]

    def test_quotes_that_never_close_are_told_by_their_line(self) -> None:
        read = customers(GOOD, 'alfa,A-1002,+38344000102,"Filan,active,personal,', GOOD.replace("A-1001", "A-1003"))
        assert fault(read).row == 3

    def test_too_many_numbers_are_a_fault(self) -> None:
        numbers = " ".join(f"+383440001{n:02}" for n in range(21))
        assert fault(customers(GOOD.replace("+38344000101", numbers))).column == "mobiles"

    def test_a_customer_who_comes_twice_is_a_fault_the_second_time(self) -> None:
        read = customers(GOOD, GOOD.replace("alfa", "beta"), GOOD.replace("A-1001", "a 1001"))
        found = fault(read)
        assert (found.row, found.column) == (4, "customer_number")
        assert "rreshtin 2" in found.what

    def test_a_fault_is_a_line_that_says_what_to_do(self) -> None:
        assert str(fault(customers(GOOD.replace("active", "aktiv")))) == (
            "rreshti 2, relationship: nuk njihet (shkruani njërën nga: active, ended)"
        )

    @given(st.lists(st.text(max_size=30), min_size=7, max_size=7))
    def test_nothing_of_a_row_is_ever_repeated_and_nothing_breaks(self, cells: list[str]) -> None:  # R32, R51
        secret = "F1L4N"  # noqa: S105
        row = ",".join('"{}"'.format((cell + secret).replace('"', '""')) for cell in cells)
        for read in customers(row):
            assert isinstance(read, Fault)
            assert secret not in str(read)


class TestNumbers:
    @pytest.mark.parametrize(
        ("cell", "numbers"),
        [
            ("", []),
            ("+38344000101|+38344000102", ["+38344000101", "+38344000102"]),
            ("+38344000101 +38344000102", ["+38344000101", "+38344000102"]),
            ("044000101 +38344000102", ["+38344000101", "+38344000102"]),
            ("+38344000101 ; 044 000 102", ["+38344000101", "+38344000102"]),
            ("044000101 044000102", ["+38344000101", "+38344000102"]),
            ("+383 44 000 101", ["+38344000101"]),
            ("0038344000101|044-000-101", ["+38344000101"]),
            ("+37744000101", ["+38344000101"]),
            ("+386 49 000 101", ["+38349000101"]),
            ("+491713920001", ["+491713920001"]),
            ("+41 79 000 01 01", ["+41790000101"]),
        ],
    )
    def test_numbers_are_read_however_they_are_written(self, cell: str, numbers: list[str]) -> None:
        assert list(customer(GOOD.replace("+38344000101", f'"{cell}"')).numbers) == numbers

    def test_a_day_goes_for_every_number_of_the_row(self) -> None:  # R13
        read = customer(GOOD.replace("+38344000101", "+38344000101|+38344000102") + "2026-03-03")
        assert read.sim_changed == dict.fromkeys(read.numbers, dt.date(2026, 3, 3))

    def test_a_day_may_be_for_one_number(self) -> None:  # R13
        row = GOOD.replace("+38344000101", "+38344000101|+38344000102")
        assert customer(f"{row}044000102@2026-03-03").sim_changed == {"+38344000102": dt.date(2026, 3, 3)}

    def test_today_is_the_day_in_kosovo(self) -> None:
        late = int(dt.datetime(2026, 3, 4, 23, 30, tzinfo=dt.UTC).timestamp() * 1000)
        read = list(read_customers(lines(f"{GOOD}2026-03-05"), COMPANIES, late))
        assert isinstance(read[0], CustomerRow)


class TestConsents:
    def test_a_whole_row_is_read(self) -> None:
        assert consent("alfa,A-1001,offers,given,2026-03-01T10:00:00Z,shop") == ConsentRow(
            row=2,
            company="alfa",
            customer_number="A-1001",
            purpose="offers",
            state=ConsentState.GIVEN,
            since=int(dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC).timestamp() * 1000),
            source="shop",
        )

    @pytest.mark.parametrize(
        ("since", "moment"),
        [
            ("2026-03-01", dt.datetime(2026, 2, 28, 23, tzinfo=dt.UTC)),
            ("2026-03-01T00:00", dt.datetime(2026, 2, 28, 23, tzinfo=dt.UTC)),
            ("2025-07-01", dt.datetime(2025, 6, 30, 22, tzinfo=dt.UTC)),
            ("2026-03-01 10:00:00+02:00", dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)),
        ],
    )
    def test_a_time_without_a_zone_is_kosovos(self, since: str, moment: dt.datetime) -> None:
        assert consent(f"alfa,A-1001,offers,given,{since},").since == moment.timestamp() * 1000

    def test_a_list_may_have_no_time_and_no_source(self) -> None:
        read = consent("alfa,A-1001,offers,unknown,,")
        assert (read.since, read.source, read.state) == (None, "import", ConsentState.UNKNOWN)

    @pytest.mark.parametrize(
        ("row", "column", "said"),
        [
            ("gama,A-1001,offers,given,,", "company", "alfa, beta"),
            ("alfa,,offers,given,,", "customer_number", "mungon"),
            ("alfa,A-1001,reklama,given,,", "purpose", "offers, personal, analysis"),
            ("alfa,A-1001,offers,po,,", "state", "given, withdrawn, not_given, unknown"),
            ("alfa,A-1001,offers,given,dje,", "since", "koha nuk lexohet"),
            ("alfa,A-1001,offers,given,2026-03-05T10:00:01Z,", "since", "në të ardhmen"),
            ("alfa,A-1001,offers,given,1960-01-01,", "since", "para vitit 1970"),
        ],
    )
    def test_a_row_at_fault_is_told(self, row: str, column: str, said: str) -> None:
        found = fault(consents(row))
        assert found.column == column
        assert said in found.what
