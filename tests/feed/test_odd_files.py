"""Every file in odd_files/ is read as expected.json says, and expected.json has every file."""

import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.domain.load_results import Reject
from core.errors import FeedError
from tests.feed.reading import read_feed

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "odd_files"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


def test_every_odd_file_has_an_expectation_and_the_reverse() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.name != "expected.json"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_odd_file_is_read_as_expected(name: str) -> None:
    expected = EXPECTED[name]
    with (FOLDER / name).open("rb") as source:
        if "error" in expected:
            with pytest.raises(FeedError, match=re.escape(expected["error"])):
                list(read_feed(source, name=name, zone=ZoneInfo("UTC")))
            return
        found = list(read_feed(source, name=name, zone=ZoneInfo("UTC")))
    rejects = [row for row in found if isinstance(row, Reject)]
    assert len(found) - len(rejects) == expected["accepted"]
    assert [r.line for r in rejects] == [line for line, _ in expected["rejected"]]
    for reject, (_, reason) in zip(rejects, expected["rejected"], strict=True):
        assert reason in reject.reason
