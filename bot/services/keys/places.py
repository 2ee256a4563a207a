"""Where sealed text stands: every table, column, purpose and place, as one declared list; knows no key.

A test compares the list with the schema and with every use of ``vault.seal``.
"""

import re
from dataclasses import dataclass

from bot.storage.store import Row, Value

LOWEST = -(2**63)  # below every number that a column can hold
FEW = 8  # rows at a time where one is large


@dataclass(frozen=True, kw_only=True)
class Column:
    """A sealed column: what it was sealed for, and its place, with the row's own columns in braces.

    ``put`` names the statement that replaces a text which nobody changed meanwhile.
    """

    name: str
    purpose: str
    place: str
    put: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with sealed columns; ``page`` names the statement that reads it in the order of its key.

    ``numbered``: which of the key's columns are numbers. ``most``: rows at a time, where they are large.
    """

    name: str
    key: tuple[str, ...]
    page: str
    columns: tuple[Column, ...]
    numbered: tuple[str, ...] = ()
    most: int | None = None

    def start(self) -> dict[str, Value]:
        """Return a key before all others."""
        return {name: LOWEST if name in self.numbered else "" for name in self.key}

    def key_of(self, row: Row) -> dict[str, Value]:
        """Return the key of a row."""
        return {name: row[name] for name in self.key}


def place_of(column: Column, row: Row) -> str:
    """Return the place of a column's text in a row."""
    return _NAMED.sub(lambda name: str(row[name[1]]), column.place)


_NAMED = re.compile(r"\{(\w+)\}")


def _column(name: str, purpose: str, place: str, put: str) -> Column:
    return Column(name=name, purpose=purpose, place=place, put=put)


TABLES = (
    Table(
        name="conversations", key=("id",), page="keys.page_conversations",
        columns=(
            _column("address_sealed", "conversations", "address", "keys.put_conversations_address"),
            _column("form_sealed", "conversations", "{id}", "keys.put_conversations_form"),
        ),
    ),
    Table(
        name="subjects", key=("id",), page="keys.page_subjects",
        columns=(
            _column("customer_sealed", "subjects", "{id}:customer", "keys.put_subjects_customer"),
            _column("name_sealed", "subjects", "{id}:name", "keys.put_subjects_name"),
        ),
    ),
    Table(
        name="numbers", key=("subject", "number_hash"), page="keys.page_numbers",
        columns=(
            _column("number_sealed", "numbers", "{subject}:{number_hash}", "keys.put_numbers_number"),
        ),
    ),
    Table(
        name="suppressions", key=("id",), page="keys.page_suppressions",
        columns=(
            _column("contact_sealed", "suppressions", "{id}", "keys.put_suppressions_contact"),
        ),
    ),
    Table(
        name="jobs", key=("id",), page="keys.page_jobs",
        columns=(
            _column("payload_sealed", "jobs", "{id}", "keys.put_jobs_payload"),
        ),
    ),
    Table(
        name="updates", key=("bot", "update_id"), page="keys.page_updates", numbered=("update_id",),
        columns=(
            _column("payload_sealed", "updates", "{bot}:{update_id}", "keys.put_updates_payload"),
        ),
    ),
    Table(
        name="staff", key=("id",), page="keys.page_staff",
        columns=(
            _column("name_sealed", "staff", "{id}:name", "keys.put_staff_name"),
            _column("email_sealed", "staff", "{id}:email", "keys.put_staff_email"),
            _column("totp_sealed", "staff_totp", "{id}", "keys.put_staff_totp"),
        ),
    ),
    Table(
        name="webhooks", key=("id",), page="keys.page_webhooks",
        columns=(
            _column("url_sealed", "webhooks", "{id}:url", "keys.put_webhooks_url"),
            _column("secret_sealed", "webhooks", "{id}:secret", "keys.put_webhooks_secret"),
            _column("old_secret_sealed", "webhooks", "{id}:secret", "keys.put_webhooks_old_secret"),
        ),
    ),
    Table(
        name="keys", key=("id",), page="keys.page_keys",
        columns=(
            _column("kept_sealed", "keys", "{id}", "keys.put_keys_kept"),
        ),
    ),
    Table(
        name="receipts", key=("reference",), page="keys.page_receipts",
        columns=(
            _column("record_sealed", "receipts", "{reference}", "keys.put_receipts_record"),
        ),
    ),
    Table(
        name="events", key=("seq",), page="keys.page_events", numbered=("seq",),
        columns=(
            _column("body_sealed", "events", "{id}", "keys.put_events_body"),
        ),
    ),
    Table(
        name="requests", key=("reference",), page="keys.page_requests",
        columns=(
            _column("body_sealed", "requests", "{reference}:body", "keys.put_requests_body"),
            _column("address_sealed", "requests", "{reference}:address", "keys.put_requests_address"),
        ),
    ),
    Table(
        name="request_events", key=("reference", "seq"), page="keys.page_request_events", numbered=("seq",),
        columns=(
            _column("body_sealed", "request_events", "{reference}:{seq}", "keys.put_request_events_body"),
        ),
    ),
    Table(
        name="notices", key=("id",), page="keys.page_notices",
        columns=(
            _column("body_sealed", "notices", "{id}", "keys.put_notices_body"),
        ),
    ),
    Table(
        name="escalations", key=("id",), page="keys.page_escalations",
        columns=(
            _column("body_sealed", "escalations", "{id}", "keys.put_escalations_body"),
        ),
    ),
    Table(
        name="submissions", key=("scope", "key"), page="keys.page_submissions",
        columns=(
            _column("answer_sealed", "submissions", "{scope}:{key}", "keys.put_submissions_answer"),
        ),
    ),
    Table(
        name="kept_parts", key=("reference", "position"), page="keys.page_kept_parts", numbered=("position",),
        columns=(
            _column("body_sealed", "kept_parts", "{reference}:{position}", "keys.put_kept_parts_body"),
        ),
    ),
    Table(
        name="answer_files", key=("reference", "position"), page="keys.page_answer_files", numbered=("position",),
        columns=(
            _column("name_sealed", "answers", "{reference}:{position}:name", "keys.put_answer_files_name"),
        ),
    ),
    Table(
        name="answer_parts", key=("reference", "position", "part"), page="keys.page_answer_parts",
        numbered=("position", "part"), most=FEW,
        columns=(
            _column("content_sealed", "answers", "{reference}:{position}:{part}", "keys.put_answer_parts_content"),
        ),
    ),
    Table(
        name="messages", key=("conversation", "seq"), page="keys.page_messages", numbered=("seq",),
        columns=(
            _column("body_sealed", "messages", "{conversation}:{seq}", "keys.put_messages_body"),
        ),
    ),
)  # fmt: skip
