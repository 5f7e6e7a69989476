"""Which tests prove each module of `core` that has no test file of its own name.

`tests/unit/test_suite.py` fails for a module without either, so decide with each new module.
"""

from typing import Final

#: A test file, or a folder of them, and the modules that it proves.
PROVES: Final = {
    "contract": [
        *("domain/audit_log", "domain/alerts", "ports/alerts", "ports/store"),
        *("store/engine", "store/measured", "store/rows", "store/sql_store"),
        *("store/duckdb/engine", "store/duckdb/bulk_copy", "store/duckdb/fifo_lock"),
        *("store/postgres/engine", "store/postgres/errors"),
        *("store/reads/conditions", "store/reads/lists", "store/reads/reads"),
        *("store/reads/receipts", "store/writes/audit_log", "store/writes/data_origin"),
        *("store/writes/loading", "store/writes/temporary_tables", "domain/receipt_query"),
    ],
    "contract/test_alerts.py": ["alerts/outbox", "alerts/watch", "domain/alert_rules"],
    "contract/test_store_aborts.py": ["store/writes/guarded"],
    "contract/test_sharing.py": ["infrastructure/lease", "operations/move"],
    "contract/test_logins.py": ["services/ended_logins"],
    "contract/test_whose_data.py": ["store/opening"],
    "faults": [
        *("infrastructure/disk_space", "ports/journal_check", "services/receipt_repair"),
        *("store/duckdb/files", "store/journal/check", "store/journal/journal"),
        *("store/postgres/server", "store/writes/commit", "store/writes/retry", "__main__"),
    ],
    "feed": [
        *("feed/archive", "feed/fingerprint", "feed/jobs", "feed/loader", "feed/mappings"),
        *("feed/options", "feed/report", "domain/imports", "ports/batches"),
        *("feed/meaning/column_reader", "feed/meaning/columns", "feed/meaning/configurations"),
        *("feed/meaning/picked_rows", "feed/meaning/row_reader", "feed/meaning/values"),
        *("feed/rows/blocks", "feed/rows/csv_records", "feed/rows/limits", "feed/rows/opening"),
    ],
    "feed/test_folder.py": ["feed/inbox"],
    "feed/test_heavy_files.py": ["feed/formats/child_process", "feed/formats/cells_block"],
    "feed/test_odd_files.py": [
        *("feed/formats/excel_rows", "feed/formats/json_rows", "feed/formats/lines"),
        *("feed/formats/parquet_rows", "feed/formats/plain_text", "feed/formats/text_rows"),
        "feed/formats/typed_text",
    ],
    "feed/test_two_readers.py": ["domain/search_text", "feed/meaning/searchable"],
    "pages/test_metrics_api.py": ["infrastructure/metrics", "version"],
    "property": ["domain/lifecycle", "domain/model", "domain/states"],
    "property/test_forecast_laws.py": ["forecasting/baselines"],
    "unit/test_alert_words.py": ["alerts/channels", "alerts/message", "domain/quiet_hours"],
    "unit/test_demo_reads.py": ["services/queries"],
    "unit/test_flags.py": ["forecasting/progress", "forecasting/usual_volume"],
    "unit/test_identity.py": ["access/permissions"],
    "unit/test_keeping.py": ["runtime/application"],
    "unit/test_rules.py": ["services/aborts"],
    "unit/test_sample.py": ["infrastructure/clock", "platforms/simulated"],
    "unit/test_texts.py": ["locale"],
    "unit/test_trouble_words.py": ["errors"],
}
