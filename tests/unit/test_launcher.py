"""The launcher gives Streamlit the limits that the settings name, and imports what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTED = """
import asyncio, dashboard, sys
from streamlit import config

async def started():
    async with dashboard._life(dashboard.app):
        return config.get_option("server.maxUploadSize"), "httpx" in sys.modules

print(asyncio.run(started()))
"""


@pytest.mark.slow
def test_it_starts_with_the_upload_limit_of_the_settings_and_without_the_http_client(
    tmp_path: Path,
) -> None:
    settings = {"FREIO_DATABASE": f"duckdb:///{tmp_path}/a.duckdb", "FREIO_MAX_FILE_MB": "321"}
    done = subprocess.run(
        [sys.executable, "-c", STARTED],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "(321, False)"
