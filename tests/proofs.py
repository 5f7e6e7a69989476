"""Which tests prove each module of `core` that has no test file of its own name.

`tests/unit/test_suite.py` fails for a module without either, so decide with each new module.
"""

from typing import Final

#: A test file, or a folder of them, and the modules that it proves.
PROVES: Final = {
    "connectors/test_polling.py": ["services/polling"],
    "connectors": ["ports/connector"],
    "connectors/test_http_client.py": ["platforms/http_client"],
    "connectors/test_listmonk.py": ["platforms/listmonk_connector"],
    "connectors/test_webhook.py": ["platforms/webhook"],
    "contract": [
        *("domain/alerts", "domain/audit_log", "domain/audit_log_check", "ports/aborts"),
        *("domain/receipt_query", "ports/receipts", "ports/overview"),
        *("ports/sends", "ports/shared_state", "ports/store", "ports/upkeep"),
        "store/possible_duplicate",
        *("store/engine", "store/measured", "store/named_sql", "store/part", "store/rows"),
        "store/sql_store",
        *("store/duckdb/engine", "store/duckdb/bulk_copy"),
        *("store/postgres/engine", "store/postgres/errors", "store/state_conditions"),
        *("store/reads/list_filters", "store/reads/lists", "store/reads/receipt_log"),
        *(
            "store/reads/overview",
            "store/reads/sends",
            "store/writes/audit_log",
            "store/writes/data_origin",
        ),
        *("store/writes/shared_state", "store/writes/staging", "store/writes/upkeep"),
        "store/writes/temporary_tables",
    ],
    "contract/test_delivery.py": [
        *("domain/delivery", "ports/deliveries", "platforms/simulated_connector"),
        "services/request_pause",
        *("store/writes/deliveries", "services/bridge_answers"),
    ],
    "contract/test_alerts.py": ["alerts/outbox", "alerts/watch", "domain/alert_rules"],
    "contract/test_bulk_aborts.py": [
        *("domain/bulk_abort", "ports/bulk_aborts", "services/bulk_execution"),
        *("store/reads/bulk_aborts", "store/writes/bulk_aborts"),
    ],
    "contract/test_store_aborts.py": ["store/writes/aborts", "store/writes/statements"],
    "contract/test_interruptible.py": ["store/writes/abort_news"],
    "contract/test_sharing.py": ["infrastructure/lease", "operations/move"],
    "contract/test_logins.py": ["services/ended_logins"],
    "contract/test_whose_data.py": ["store/opening"],
    "faults": [
        *("infrastructure/disk_space", "services/receipt_repair", "runtime/administration"),
        *("store/journal/journal", "store/journal/upkeep", "store/postgres/server"),
        *("store/writes/commit", "__main__"),
    ],
    "feed": [
        *("feed/import_report", "feed/jobs", "feed/limits", "feed/load_options", "feed/loader"),
        *("feed/fingerprint", "feed/saved_mappings", "domain/imports", "ports/batches"),
        *("feed/formats/open_file", "feed/formats/rows", "feed/formats/text_encoding"),
        "feed/formats/quoted_rows",
        *("feed/interpreting/column_reader", "feed/interpreting/headings"),
        *("feed/interpreting/date_forms", "feed/interpreting/scales"),
        "feed/interpreting/zone_columns",
        *(
            "feed/interpreting/derived_columns",
            "feed/interpreting/reading_rules",
            "feed/interpreting/times",
        ),
        *("feed/findings", "feed/survey"),
        *("feed/interpreting/counts", "feed/interpreting/row_reader", "feed/interpreting/zones"),
    ],
    "feed/test_block_reader.py": ["domain/search_text", "feed/interpreting/search_column"],
    "feed/test_heavy_files.py": ["feed/formats/child_process"],
    "feed/test_json_lists.py": ["feed/formats/api_errors", "feed/formats/json_forms"],
    "feed/test_odd_files.py": [
        *("feed/formats/csv_reader", "feed/formats/csv_records", "feed/formats/csv_types"),
        *("feed/formats/excel_reader", "feed/formats/json_reader", "feed/formats/line_reader"),
        "feed/formats/parquet_reader",
        *("feed/formats/excel_styles", "feed/formats/heading_line", "feed/formats/json_lists"),
    ],
    "feed/test_rejects_csv.py": ["domain/spreadsheet_formulas", "infrastructure/spreadsheet_csv"],
    "feed/test_watched_folder.py": ["feed/processed_files"],
    "pages": [
        "runtime/connectors",
        "runtime/application",
        "runtime/build",
        "runtime/demo",
        "runtime/instance",
    ],
    "pages/test_metrics_api.py": ["infrastructure/metrics", "version"],
    "property": ["domain/lifecycle", "domain/model", "domain/states", "services/aborts"],
    "property/test_forecast_laws.py": ["forecasting/baselines"],
    "unit/test_actor_view.py": ["services/queries"],
    "unit/test_alert_message.py": ["alerts/channels", "alerts/message", "domain/quiet_hours"],
    "unit/test_error_words.py": ["errors"],
    "unit/test_flags.py": ["forecasting/generation_progress", "forecasting/usual_volume"],
    "unit/test_forecasts.py": ["services/closing_soonest"],
    "unit/test_identity.py": ["access/permissions"],
    "unit/test_platforms.py": [
        *("domain/platform", "platforms/icomm", "platforms/listmonk", "platforms/selected"),
    ],
    "unit/test_rules.py": ["domain/generation_batches"],
    "unit/test_texts.py": ["locale"],
    "unit/test_sample.py": ["infrastructure/clock", "platforms/simulated"],
    "unit/test_settings.py": ["setting_parsers", "operations/settings_table"],
}
