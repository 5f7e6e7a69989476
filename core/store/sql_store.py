"""The store: an object with the methods of all parts (see `store_part`)."""

import uuid

from core.domain.platform import Platform
from core.platforms import icomm
from core.ports.upkeep import StoreInfo
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.journal.upkeep import JournalUpkeep
from core.store.named_sql import named_sql
from core.store.reads.bulk_aborts import BatchReads
from core.store.reads.forecast_history import History
from core.store.reads.lists import Lists
from core.store.reads.overview import OverviewScans
from core.store.reads.receipt_log import AbortLog
from core.store.reads.sends import Sends
from core.store.revision import Revision
from core.store.schema import migrate
from core.store.state_conditions import StateConditions
from core.store.store_part import Shared
from core.store.writes import audit_log
from core.store.writes.aborts import Aborts
from core.store.writes.alerts import Alerts
from core.store.writes.bulk_aborts import BulkAborts
from core.store.writes.concerns import Concerns
from core.store.writes.data_origin import ERA
from core.store.writes.deliveries import Deliveries
from core.store.writes.loading import Loading
from core.store.writes.shared_state import SharedState
from core.store.writes.upkeep import StoreUpkeep


class SqlStore:
    """The store (`core.ports.store.Store`). The constructor migrates the schema.

    For a database on a server or in memory, `journal` is None.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal | None = None,
        platform: Platform = icomm.PLATFORM,
    ) -> None:
        self._engine, self._journal = engine, journal
        self._schema_version = migrate(engine)
        self._revision = Revision(engine)
        shared = Shared(engine, journal, platform, self._revision, StateConditions(platform))

        sends = Sends(shared)
        self.configuration = sends.configuration
        self.history = sends.history
        self.receipts_of = sends.receipts_of
        self.receipt = sends.receipt
        self.is_empty = sends.is_empty

        lists = Lists(shared)
        self.page = lists.page
        self.top_rows = lists.top_rows
        self.state_counts = lists.state_counts
        self.fewer_words = lists.fewer_words
        self.choices = lists.choices
        self.stopped_since = lists.stopped_since
        self.volume = lists.volume
        self.closing = lists.closing
        self.due_to_move = lists.due_to_move

        overview = OverviewScans(shared)
        self.largest_of_hours = overview.largest_of_hours
        self.larger_than = overview.larger_than
        self.alike = overview.alike
        self.largest_named = overview.largest_named
        self.largest = overview.largest
        self.states = overview.states
        self.busiest_accounts = overview.busiest_accounts
        self.rests = overview.rests

        history = History(shared)
        self.measures = history.measures
        self.hourly_totals = history.hourly_totals
        self.possible_duplicates = history.possible_duplicates

        log = AbortLog(shared)
        self.receipt_counts = log.receipt_counts
        self.receipt_page = log.receipt_page
        self.receipt_days = log.receipt_days
        self.receipt_choices = log.receipt_choices
        self.logged_receipts = log.logged_receipts

        concerns = Concerns(shared)
        self.concerns = concerns.concerns
        self.count_concerns = concerns.count_concerns
        self.count_to_abort = concerns.count_to_abort
        self.acknowledgements = concerns.acknowledgements
        self.acknowledge = concerns.acknowledge

        aborts = Aborts(shared)
        self.era = aborts.era
        self.commit_abort = aborts.commit_abort
        self.record_receipt = aborts.record_receipt
        self.advance = aborts.advance

        batches = BatchReads(shared)
        self.configurations = batches.configurations
        self.batch = batches.batch
        self.unseen_batches = batches.unseen_batches
        self.open_batches = batches.open_batches
        self.outcome_counts = batches.outcome_counts
        self.batch_sends = batches.batch_sends
        self.pending = batches.pending

        bulk = BulkAborts(shared)
        self.add_batch = bulk.add_batch
        self.commit_chunk = bulk.commit_chunk
        self.end_batch = bulk.end_batch
        self.stop_batch = bulk.stop_batch
        self.see_batch = bulk.see_batch

        deliveries = Deliveries(shared)
        self.due_deliveries = deliveries.due_deliveries
        self.deliveries = deliveries.deliveries
        self.last_deliveries = deliveries.last_deliveries
        self.is_reported_after = deliveries.is_reported_after
        self.verified_stops = deliveries.verified_stops
        self.verified_after = deliveries.verified_after
        self.move_delivery = deliveries.move_delivery

        loading = Loading(shared)
        self.load = loading.load
        self.compare = loading.compare
        self.imports = loading.imports
        self.drop_polls = loading.drop_polls
        self.has_import = loading.has_import
        self.rejects = loading.rejects
        self.facts_as_of = loading.facts_as_of
        self.drop_demo = loading.drop_demo

        alerts = Alerts(shared)
        self.under_way = alerts.under_way
        self.starting = alerts.starting
        self.reopened = alerts.reopened
        self.raise_alerts = alerts.raise_alerts
        self.pending_alerts = alerts.pending_alerts
        self.record_notified = alerts.record_notified
        self.last_notified = alerts.last_notified

        state = SharedState(shared)
        self.fact = state.fact
        self.set_fact = state.set_fact
        self.change_fact = state.change_fact
        self.take_lease = state.take_lease
        self.is_leased = state.is_leased
        self.give_up_lease = state.give_up_lease
        self.end_login = state.end_login
        self.ended_logins = state.ended_logins

        journal_upkeep = JournalUpkeep(shared)
        self.check_audit_log = journal_upkeep.check_audit_log
        self.check_journal = journal_upkeep.check_journal
        self.renew_journal = journal_upkeep.renew_journal

        upkeep = StoreUpkeep(shared, journal_upkeep)
        self.tidy = upkeep.tidy
        self.prune = upkeep.prune
        self.back_up = engine.copy_to

        audit_log.begin(engine)
        journal_upkeep.create_journal()
        if not self.era():
            self.change_fact(ERA, None, uuid.uuid4().hex)

    @property
    def revision(self) -> int:
        return self._revision.current()

    @property
    def journal_trouble(self) -> str:
        return "" if self._journal is None else self._journal.trouble

    def ping(self) -> None:
        self._engine.rows(named_sql("schema")["schema_version"])

    def info(self) -> StoreInfo:
        sql, engine = named_sql("schema"), self._engine
        version = str(engine.rows(sql["engine_version"])[0][0])
        counts = {str(name): int(count) for name, count in engine.rows(sql["row_counts"])}
        return StoreInfo(engine.name, version, engine.location, self._schema_version, counts)

    def close(self) -> None:
        self._engine.close()
        if self._journal is not None:
            self._journal.close()
