"""A mapping saved on the page, exported and imported reads the same rows over HTTP and in the folder."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from core.domain.list_query import ListQuery
from core.domain.states import State
from core.feed.watched_folder import WatchedFolder
from core.runtime.application import Application
from tests.pages.conftest import running
from tests.pages.test_feeds_api import TOKEN, asked
from tests.pages.test_file_decisions import SCHEDULED, choose, load, save, settled, uploaded
from tests.pages.test_file_mapping import labelled
from tests.pages.test_pages import opened

pytestmark = pytest.mark.slow

NAME = "erp-7.csv"
FILE = (
    "nr,Quem,situ,destinos,quando,canal\n"
    "7,Promoção,zonk,12.000,03/04/2031 14:30,e-mail\n"
    "8,Aviso,SCHEDULED,9.000,05/06/2031 08:00,SMS\n"
)


def stored(freio: Application) -> Sequence[dict[str, Any]]:
    """Return the facts of all sends, in the order of their IDs."""
    rows = sorted(freio.store.page(ListQuery()).rows, key=lambda row: row.id)
    return [asdict(row) for row in rows]


def exported() -> tuple[str, Sequence[dict[str, Any]]]:
    """Map the file on the page and load it. Return the exported mapping and the stored rows."""
    with running() as freio:
        at = uploaded(FILE, NAME)
        fields = ("ID", "Name", "State", "Recipients")
        for place, label in enumerate([*(f"{each} (required)" for each in fields), SCHEDULED]):
            choose(at, label, place)
        for answer in ("month", ","):
            settled(at.radio[0].set_value(answer).run())
        choose(at, "Zone of times without one", "Asia/Tokyo")
        choose(at, "“zonk” means", State.PAUSED)
        pattern = "For files in the folder with names such as erp-*.csv (optional)"
        labelled(at.text_input, pattern).set_value("erp-*.csv")
        save(at)
        load(at)
        at = opened("feeds")
        labelled(at.selectbox, "Mapping").set_value("mine").run()
        return at.text_area[0].value, stored(freio)


@contextmanager
def imported(text: str, **settings: Any) -> Iterator[Application]:
    """Import a mapping on the page of an empty Freio."""
    with running(**settings) as freio:
        at = opened("feeds")
        at.file_uploader[-1].set_value([("x.toml", text.encode(), "")]).run()
        assert "The mapping “mine” is saved." in at.success[0].value
        yield freio


def test_an_imported_mapping_reads_the_same_rows_over_http_and_in_the_folder(
    tmp_path: Path,
) -> None:
    text, rows = exported()
    assert [(row["id"], row["state"], row["total_records"]) for row in rows] == [
        ("7", State.PAUSED, 12_000),
        ("8", State.SCHEDULED, 9_000),
    ]
    assert [f"{row['scheduled_at']:%d %b %H:%M}" for row in rows] == [
        "04 Mar 05:30",
        "05 May 23:00",
    ]
    with imported(text, feed_token=TOKEN) as freio:
        answer = asked(url="/api/feeds?name=x.csv&mapping=mine", content=FILE.encode())
        assert answer.json()["new"] == 2
        assert stored(freio) == rows
    with imported(text) as freio:
        (tmp_path / NAME).write_text(FILE, encoding="utf-8")
        os.utime(tmp_path / NAME, (1, 1))
        folder = WatchedFolder(tmp_path, freio.loader, quiet=0)
        folder.scan()
        assert [each.name for each in (tmp_path / "done").glob("*.csv")] == [NAME]
        assert stored(freio) == rows
