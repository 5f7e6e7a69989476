"""Read a small file row by row, for tests. The program itself reads whole batches."""

from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from core.domain.load_results import Reject
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.feed.file_feed import FileFeed, open_rows


def read_feed(source: BinaryIO, *, name: str, zone: ZoneInfo) -> list[SendConfiguration | Reject]:
    """Return a configuration or a reject for each row, in the file's order."""
    first_lines: dict[str, int] = {}
    again: dict[int, int] = {}
    found: dict[int, SendConfiguration | Reject] = {}
    with open_rows(source, name) as rows:
        feed = FileFeed(rows, name, zone=zone)
        for batch in feed.interpreted():
            for facts in batch.rows.sort_by("line").to_pylist():
                line = facts["line"]
                first = first_lines.setdefault(facts["id"], line)
                if first == line:
                    found[line] = _configuration(facts)
                else:
                    again[line] = first
            found |= {reject.line: reject for reject in batch.rejects}
        found |= {reject.line: reject for reject in (feed.repeated(again) if again else ())}
        if not found:
            # This raises FeedError, because there are no rows. An empty batch may come first.
            for batch in feed.batches():
                assert len(batch.rows) + len(batch.rejects) == 0
            raise AssertionError("a file without rows was read")
    return [found[line] for line in sorted(found)]


def _configuration(facts: dict[str, Any]) -> SendConfiguration:
    values = {name: value for name, value in facts.items() if name not in ("line", "search_text")}
    return SendConfiguration(
        **values | {"id": ConfigurationId(facts["id"]), "state": State(facts["state"])}
    )
