"""The CSV of a bulk abort has one line for each send, and no formula for a spreadsheet."""

import csv
import io
from datetime import UTC, datetime

from core.domain.bulk_abort import BulkOutcome, BulkSend
from core.domain.model import ConfigurationId
from core.services.receipt_export import BULK_COLUMNS, bulk_as_csv

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def sent(outcome: BulkOutcome, name: str) -> BulkSend:
    return BulkSend(
        position=0,
        configuration_id=ConfigurationId("a"),
        name=name,
        account="Norte",
        total_records=7_000,
        scheduled_at=AT,
        outcome=outcome,
        decided_at=AT,
    )


def test_each_send_has_a_line_with_its_outcome() -> None:
    table = bulk_as_csv([sent(BulkOutcome.STOPPED, "Verão"), sent(BulkOutcome.TOO_LATE, "Natal")])
    lines = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert tuple(lines[0]) == BULK_COLUMNS
    assert [(line["name"], line["outcome"]) for line in lines] == [
        ("Verão", "stopped"),
        ("Natal", "too_late"),
    ]
    assert lines[0]["decided_at"] == "2026-11-28T12:00:00+00:00"
    assert lines[0]["spared"] == ""


def test_a_name_that_is_a_formula_is_a_text() -> None:
    table = bulk_as_csv([sent(BulkOutcome.STOPPED, "=1+1")]).decode("utf-8-sig")
    assert "'=1+1" in table
