"""Scripts and styles are compressed once, and a browser gets the best encoding that it accepts."""

import gzip
import threading
from pathlib import Path

import brotli
import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from pages.server import compressed_static
from pages.server.compressed_static import CompressedStatic, cache_folder, compress_in_background
from tests.loops import in_a_loop

SCRIPT = b"let a = 1;" * 100
ORIGINAL = PlainTextResponse(SCRIPT, media_type="text/javascript")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with all files of a small front end, compressed."""
    package = tmp_path / "package"
    scripts = package / "static" / "js"
    scripts.mkdir(parents=True)
    (scripts / "a.js").write_bytes(SCRIPT)
    (scripts / "a.woff2").write_bytes(b"font")
    monkeypatch.setattr(compressed_static.file_util, "get_static_dir", lambda: str(package))
    made = cache_folder(tmp_path / "data")
    assert made is not None
    compressed_static._compress_all(made)
    return made


def answered(folder: Path | None, path: str, **headers: str) -> httpx.Response:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await ORIGINAL(scope, receive, send)

    transport = httpx.ASGITransport(CompressedStatic(app, folder))

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            return await client.get(path, headers=headers)

    return in_a_loop(get())


def test_each_file_is_compressed_in_both_ways_and_only_once(folder: Path) -> None:
    files = {file.name: file for file in folder.iterdir()}
    assert set(files) == {"a.js.br", "a.js.gz"}
    assert brotli.decompress(files["a.js.br"].read_bytes()) == SCRIPT
    assert gzip.decompress(files["a.js.gz"].read_bytes()) == SCRIPT
    before = {file.stat().st_mtime_ns for file in files.values()}
    compressed_static._compress_all(folder)
    assert {file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_the_server_does_not_wait_until_all_files_are_compressed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def compress(made: Path) -> None:
        assert made == folder
        begun.set()
        assert goes_on.wait(10)

    monkeypatch.setattr(compressed_static, "_compress_all", compress)
    compress_in_background(folder)
    assert begun.wait(10)
    goes_on.set()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_browser_gets_the_best_form_that_it_accepts(
    folder: Path, accepted: str, encoding: str | None
) -> None:
    answer = answered(folder, "/static/js/a.js", **{"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_compressed_file_is_kept_by_the_browser_and_has_its_own_tag(folder: Path) -> None:
    tags = set()
    for encoding in ("br", "gzip"):
        answer = answered(folder, "/static/js/a.js", **{"Accept-Encoding": encoding})
        assert "immutable" in answer.headers["cache-control"]
        tags.add(tag := answer.headers["etag"])
        again = {"Accept-Encoding": encoding, "If-None-Match": tag}
        assert answered(folder, "/static/js/a.js", **again).status_code == 304
    assert len(tags) == 2


@pytest.mark.parametrize("path", ["/static/js/other.js", "/static/js/a.woff2", "/a.js", "/"])
def test_what_is_not_compressed_is_passed_on(folder: Path, path: str) -> None:
    answer = answered(folder, path, **{"Accept-Encoding": "br"})
    assert "content-encoding" not in answer.headers
    assert answer.content == SCRIPT


@pytest.mark.parametrize("path", ["/static/..%2f..%2fsecret.js", "/static/%2e%2e/secret.js"])
def test_no_path_leads_out_of_the_folder(folder: Path, path: str) -> None:
    (folder.parent / "secret.js.br").write_bytes(brotli.compress(b"secret"))
    assert b"secret" not in answered(folder, path, **{"Accept-Encoding": "br"}).content


def test_without_a_folder_to_write_to_the_originals_are_served() -> None:
    answer = answered(None, "/static/js/a.js", **{"Accept-Encoding": "br"})
    assert answer.content == SCRIPT
    assert "content-encoding" not in answer.headers


def test_a_read_only_data_folder_is_replaced_by_a_temporary_one(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    made = cache_folder(blocked)
    assert made is not None
    assert not made.is_relative_to(tmp_path)
    made.rmdir()
