"""Receipts are never changed: news about a receipt is a new row, and no code changes these rows."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

import core
from core.domain.audit_log import Entry, EntryKind, of_receipt
from core.domain.model import ConfigurationId, Confirmation, Receipt, ReceiptId
from core.domain.states import State, Verdict
from core.store import rows as r
from core.store.daily_counts import day_of
from core.store.engine import Engine
from core.store.schema import migrate, migrations
from core.store.sql_store import SqlStore
from core.store.writes.audit_log import append
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, actions, load, receipts_in, send

RECORDS = {"receipts", "receipt_news", "acknowledgements", "ledger"}
MINUTE = timedelta(minutes=1)

#: The columns of receipts before there were bulk aborts and deliveries.
OLD_COLUMNS = tuple(name for name in r.RECEIPT.names if name not in ("bulk_id", "platform"))

#: A statement that changes or deletes rows, and its table.
CHANGES = re.compile(
    r"\b(UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|DO\s+UPDATE)\b\s+(?:ONLY\s+)?"
    r"([\w{}$]+)",
    re.IGNORECASE,
)
#: Only a text that begins with such a verb is a statement, so that sentences do not count.
SAYS_SQL = re.compile(
    r"[\"'`]\s*(UPDATE|DELETE|MERGE|TRUNCATE)\b|^(UPDATE|DELETE|MERGE|TRUNCATE)\b"
)


def changes_in_code() -> set[tuple[str, str, str]]:
    """Return (file, verb, table) of every statement in the code that changes or deletes rows."""
    root = Path(core.__file__).parent.parent
    found = set()
    for folder in ("core", "pages", "data"):
        for file in (root / folder).rglob("*"):
            if file.suffix not in (".sql", ".py") or "migrations" in file.parts:
                continue
            for line in file.read_text(encoding="utf-8").splitlines():
                if file.suffix == ".sql" or SAYS_SQL.search(line.replace('f"', '"')):
                    for verb, table in CHANGES.findall(line.split("--")[0]):
                        found.add((file.name, verb.upper().split()[0], table.lower()))
    return found


def test_nothing_in_the_code_changes_or_drops_a_receipt_but_the_pruning() -> None:
    found = changes_in_code()
    # This shows that the search finds statements.
    assert ("write.sql", "UPDATE", "configurations") in found
    assert ("prune.sql", "DELETE", "state_changes") in found
    assert {each for each in found if each[2] in RECORDS} == {
        ("prune.sql", "DELETE", table) for table in RECORDS
    }
    # In these statements, code fills in the name of the table. The first file replaces demo data, and
    # the audit log has an entry about that. A database is empty before data is moved into it.
    assert {each for each in found if "{" in each[2]} == {
        ("loading.py", "DELETE", "{table}{kept}"),
        ("move.py", "DELETE", "{table}"),
    }


def test_a_written_receipt_never_changes(store: SqlStore, engine: Engine) -> None:
    load(store, send("a"), send("b"))
    for id in "ab":
        actions(store, own=False).abort(send(id).id, ME)
    written = engine.rows("SELECT * FROM receipts ORDER BY configuration_id")
    load(store, send("a", State.CANCELLED), send("b", State.IN_PROGRESS, 5_000))
    assert engine.rows("SELECT * FROM receipts ORDER BY configuration_id") == written
    news = "SELECT kind, happened_at FROM receipt_news ORDER BY kind"
    assert engine.rows(news) == [("confirmed", NOW), ("contradicted", NOW)]
    assert store.receipts_of(send("a").id)[0].confirmation is Confirmation.CONFIRMED
    assert store.receipts_of(send("b").id)[0].confirmation is Confirmation.CONTRADICTED


def test_what_was_confirmed_and_then_contradicted_says_both_and_counts_as_contradicted(
    store: SqlStore, engine: Engine
) -> None:
    load(store, send("a"))
    actions(store, own=False).abort(send("a").id, ME)
    load(store, send("a", State.CANCELLED))
    load(store, replace(send("a", State.IN_PROGRESS, 5_000), updated_at=NOW + MINUTE))
    assert engine.rows("SELECT kind FROM receipt_news ORDER BY kind") == [
        ("confirmed",),
        ("contradicted",),
    ]
    assert store.receipts_of(send("a").id)[0].confirmation is Confirmation.CONTRADICTED
    assert store.check_audit_log().is_sound


@pytest.mark.slow
def test_files_that_say_the_same_at_once_are_news_once(store: SqlStore, engine: Engine) -> None:
    ids = [f"s{n}" for n in range(20)]
    load(store, *[send(id) for id in ids])
    for id in ids:
        actions(store, own=False).abort(send(id).id, ME)
    together, failed = Barrier(4), list[BaseException]()

    def loads() -> None:
        together.wait()
        try:
            load(store, *[send(id, State.CANCELLED) for id in ids])
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=loads) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert engine.rows("SELECT count(*) FROM receipt_news") == [(20,)]
    assert engine.rows("SELECT count(*) FROM ledger WHERE kind = 'confirmed'") == [(20,)]
    assert store.check_audit_log().is_sound


def old(id: str, confirmation: Confirmation) -> Receipt:
    return Receipt(
        id=ReceiptId(id),
        configuration_id=ConfigurationId(id),
        configuration_name="x",
        account="",
        requested_at=NOW,
        actor="o",
        verdict=Verdict.CANCEL_NOW,
        refusal=None,
        state_before=State.SCHEDULED,
        state_after=State.CANCELLED,
        total_records=1,
        generated_records=0,
        spared=1,
        gone=0,
        reason="",
        # A text that looks like an entry of the audit log must not count as one.
        note='"confirmation":"open" \\"facts\\" {',
        facts_at=None,
        confirmation=confirmation,
        confirmed_at=NOW if confirmation is Confirmation.CONFIRMED else None,
    )


@pytest.mark.parametrize("recorded", [True, False])
def test_a_migration_separates_later_news_from_receipts(
    empty_engine: Engine, recorded: bool
) -> None:
    migrate(empty_engine, [step for step in migrations(empty_engine.name) if step[0] <= 12])
    first = {
        "held": Confirmation.OPEN,
        "went on": Confirmation.CONFIRMED,
        "waits": Confirmation.OPEN,
        "put back": Confirmation.CONTRADICTED,
    }
    now = first | {"held": Confirmation.CONFIRMED, "went on": Confirmation.CONTRADICTED}
    later = NOW + MINUTE
    columns, values = r.columns(OLD_COLUMNS), r.placeholders(OLD_COLUMNS)
    text = f"INSERT INTO receipts ({columns}) VALUES ({values})"
    with empty_engine.transaction() as tx:
        if recorded:
            append(tx, [of_receipt(old(id, said)) for id, said in first.items()])
            append(tx, [Entry(EntryKind.CONFIRMED, later, "held", {})])
            append(tx, [Entry(EntryKind.CONTRADICTED, later, "went on", {})])
        for id, said in now.items():
            changed = now[id] is not first[id]
            kept = replace(old(id, said), confirmed_at=later) if changed else old(id, said)
            tx.rows(text, r.to_params(kept, OLD_COLUMNS))
    store = SqlStore(empty_engine)
    found = {str(each.id): each for each in receipts_in(store)}
    assert {id: each.confirmation for id, each in found.items()} == now
    assert found["held"].confirmed_at == found["went on"].confirmed_at == later
    if recorded:
        assert empty_engine.rows(
            "SELECT id, first_confirmation, first_confirmed_at FROM receipts ORDER BY id"
        ) == [
            ("held", "open", None),
            ("put back", "contradicted", None),
            ("waits", "open", None),
            ("went on", "confirmed", NOW),
        ]
    assert store.check_audit_log().is_sound
    store.close()


def test_the_confirmation_of_each_abort_is_filled_in_when_an_older_database_is_opened(
    empty_engine: Engine,
) -> None:
    migrate(empty_engine, [step for step in migrations(empty_engine.name) if step[0] <= 19])
    columns = r.columns(r.WRITTEN_RECEIPT_COLUMNS[: len(OLD_COLUMNS)])
    values = r.placeholders(OLD_COLUMNS)
    said = {each.value: each for each in (Confirmation.OPEN, Confirmation.CONFIRMED)}
    with empty_engine.transaction() as tx:
        for id in (*said, "never aborted"):
            tx.rows(
                "INSERT INTO configurations (id, name, campaign, channel, account, audience, "
                "created_by, state, raw_state, total_records, scheduled_at, version, search_text) "
                "VALUES ($id, '', '', '', '', '', '', 'CANCELLED', '', 7, $at, 1, '')",
                {"id": id, "at": NOW},
            )
        tx.rows(
            "INSERT INTO daily_counts VALUES ($day, '', '', 'CANCELLED', 'unknown', 3, 21)",
            {"day": day_of(NOW)},
        )
        for id, confirmation in said.items():
            receipt = r.to_params(old(id, confirmation), OLD_COLUMNS)
            tx.rows(f"INSERT INTO receipts ({columns}) VALUES ({values})", receipt)
    store = SqlStore(empty_engine)
    for id in (*said, "never aborted"):
        found = store.configuration(ConfigurationId(id))
        assert found is not None
        assert found.abort_confirmation is said.get(id)
    assert is_true(store)
    store.close()
