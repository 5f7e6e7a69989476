"""The rows of the lists: every name can be read, and all rows of one width have the same height."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import ONE_LANGUAGE, reading, visit

WIDTHS = (390, 640, 1024, 1180, 1260, 1280, 1300, 1366, 1440, 1536, 1920)
#: The minimum number of characters of a name that must be visible.
LEAST = 30
#: The time until a page has its layout for another width.
SETTLE_MS = 300
HEAD = "id,name,state,total_records,generated_records,scheduled_at,account,channel,audience\n"
#: Due for a short time, so that the overview still shows them.
DUE = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
ROWS = (
    "a,Liquidação de inverno na ótica – óculos de sol (2º envio),SCHEDULED,7000,0,2030-01-01T12:00Z,"
    "Ótica Lua de Papel,e-mail,Aniversariantes do mês",
    "b,Encuesta de satisfacción – clientes de años anteriores,PROCESANDO,9876543,0,"
    f"{DUE},Librería Pez de Papel,SMS,Suscriptores del boletín",
    "c,Encuesta de satisfacción – clientes de años anteriores,IN-PROGRESS,9876543,5432100,"
    f"{DUE},Librería Pez de Papel,SMS,Suscriptores del boletín",
    f"d,Curto,IN-PROGRESS,5001,,{DUE},Sul,e-mail,",
)

#: Returns for each row its name, how many of its characters are visible, the end that is visible of a
#: name that is cut, whether its whole id is visible, and the row's height.
SEEN = """() => {
  const root = [...document.querySelectorAll("*")].map((e) => e.shadowRoot)
    .find((e) => e?.querySelector(".rows"));
  const dots = document.createElement("canvas").getContext("2d");
  return [...root.querySelectorAll("tbody tr")].map((tr) => {
    const link = tr.querySelector(".name a");
    const text = link.firstChild;
    dots.font = getComputedStyle(link).font;
    const isCut = link.scrollWidth > link.clientWidth;
    const tail = isCut ? link.dataset.end : "";
    const after = isCut ? dots.measureText("…" + tail).width : 0;
    const end = link.getBoundingClientRect().right - after;
    const range = document.createRange();
    range.setStart(text, 0);
    let seen = 0;
    for (let n = 1; n <= text.length; n += 1) {
      range.setEnd(text, n);
      if (range.getBoundingClientRect().right <= end + 0.5) seen = n;
    }
    const id = tr.querySelector("td.details .id").getBoundingClientRect();
    const details = tr.querySelector("td.details").getBoundingClientRect();
    const hasId = id.width > 0 && id.right <= details.right + 0.5;
    const { height } = tr.getBoundingClientRect();
    const isShown = getComputedStyle(link, "::before").float === "right";
    return { name: text.data, seen: seen + tail.length, tail: isShown ? tail : "", hasId, height };
  });
}"""
#: Gives a row these badges.
FLAG = """(words) => {
  const root = [...document.querySelectorAll("*")].map((e) => e.shadowRoot)
    .find((e) => e?.querySelector(".rows"));
  for (const badges of root.querySelectorAll("tr[data-id=b] .badges")) {
    badges.replaceChildren(...words.map((word) => {
      const badge = document.createElement("span");
      badge.className = "badge";
      badge.textContent = word;
      return badge;
    }));
  }
}"""


@pytest.mark.parametrize("language", ONE_LANGUAGE)
@pytest.mark.parametrize("path", ["configurations", pytest.param("", marks=pytest.mark.long)])
def test_thirty_characters_of_each_name_and_the_whole_id_are_visible_at_every_width(
    windows: Windows, site: Site, path: str, language: str
) -> None:
    site.seed(HEAD + "\n".join(ROWS))
    with reading(windows, language) as page:
        visit(page, site, path)
        expect(page.locator("tr[data-id=b]")).to_be_visible()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            for badges in ([], ["possible duplicate"], ["finished incomplete", "large", "stuck"]):
                page.evaluate(FLAG, badges)
                rows = page.evaluate(SEEN)
                assert rows, width
                for row in rows:
                    assert row["seen"] >= min(LEAST, len(row["name"])), (width, badges, row)
                    assert row["hasId"], (width, badges, row)
                assert len({row["height"] for row in rows}) == 1, (width, rows)


@pytest.mark.parametrize("path", ["configurations", pytest.param("", marks=pytest.mark.long)])
def test_names_that_differ_only_in_their_end_can_be_told_apart_on_a_phone(
    windows: Windows, site: Site, path: str
) -> None:
    at = "SCHEDULED,7000,0,2030-01-01T12:00Z,Norte,e-mail,"
    long = "Programa de pontos – resgate de dezembro"
    rows = (f"a,{long} – lote 1,{at}", f"b,{long} – lote 2,{at}", f"c,Lote 3,{at}")
    site.seed(HEAD + "\n".join(rows))
    with reading(windows, viewport={"width": 390, "height": 844}) as page:
        visit(page, site, path)
        expect(page.locator("tr[data-id=b]")).to_be_visible()
        seen = page.evaluate(SEEN)
        # The overview has no checkboxes, so that its rows have room for the whole name.
        tails = [" – lote 1", " – lote 2", ""] if path else ["", "", ""]
        assert [row["tail"] for row in seen] == tails
        assert path or all(row["seen"] == len(row["name"]) for row in seen)
        # The name is still one text, for the search of the browser.
        expect(page.locator("tr[data-id=a] .name a")).to_have_text(f"{long} – lote 1")


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_the_facts_of_a_row_are_not_cut_off_at_any_width(
    windows: Windows, site: Site, language: str
) -> None:
    """Only the name and the details may be too long. Their titles have the whole text."""
    site.seed(HEAD + "\n".join(ROWS))
    with reading(windows, language) as page:
        visit(page, site, "configurations")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            assert cut(page) == [], width


#: The centre of each visible part of the row b, from top to bottom.
LINES = """(tr) => Object.fromEntries(
  [".name a", ".name .badge", ".details .badge", ...["account", "channel", "audience", "id"]
    .map((field) => `.details [data-field=${field}]`)]
  .map((part) => [part, tr.querySelector(part)])
  .filter(([, e]) => e?.checkVisibility() && e.getBoundingClientRect().width > 0)
  .map(([part, e]) => {
    const { top, bottom } = e.getBoundingClientRect();
    return [part, (top + bottom) / 2];
  }))"""


@pytest.mark.long
def test_name_and_flags_are_on_the_first_line_and_where_the_send_goes_on_the_second(
    windows: Windows, site: Site
) -> None:
    site.seed(HEAD + "\n".join(ROWS))
    with reading(windows) as page:
        visit(page, site, "configurations")
        row = page.locator("tr[data-id=b]")
        expect(row).to_be_visible()
        for width in (1024, 1280, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            page.evaluate(FLAG, ["possible duplicate"])
            lines = row.evaluate(LINES)
            first = {".name a", ".name .badge"}
            second = set(lines) - first
            # A list of less than 920 pixels has the flags before the account.
            assert first <= set(lines), (width, lines)
            assert {part.partition("=")[2][:-1] for part in second} == {
                "account",
                "channel",
                "audience",
                "id",
            }, (width, lines)
            assert max(lines[p] for p in first) < min(lines[p] for p in second), (width, lines)
            for parts in (first, second):
                found = [lines[p] for p in parts]
                assert max(found) - min(found) < 4, (width, lines)


def cut(page: Page) -> list[str]:
    """Return the texts in rows that are wider or higher than their cells."""
    expect(page.locator("tr[data-id=b]")).to_be_visible()
    found: list[str] = page.locator("tbody tr").evaluate_all(
        """(rows) => rows.flatMap((tr) => [...tr.querySelectorAll(
          ".word, .left, .scheduled, .recipients, .progress, .action")])
        .filter((e) => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1
          || e.scrollHeight > e.clientHeight + 4))
        .map((e) => e.className + ": " + e.textContent.trim())"""
    )
    return found


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_the_rows_of_aborts_have_two_lines_and_nothing_in_them_is_cut_off(
    windows: Windows, site: Site, language: str
) -> None:
    site.seed(HEAD + "\n".join(ROWS))
    site.own_feed()
    site.abort("a", actor="María Fernández", reason="wrong_audience", note="they paid")
    site.abort("b", actor="Rita", note="They paid yesterday. " * 12)
    site.abort("c", actor="João", reason="wrong_time")
    with reading(windows, language) as page:
        visit(page, site, "aborts")
        row = page.locator(".log tr", has_text="María Fernández")
        expect(row).to_be_visible()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            over = page.locator(".log").evaluate(
                """(log) => [log, ...log.querySelectorAll("td, td > div, a, .part")]
                  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1
                    && getComputedStyle(e).display !== "inline")
                  .map((e) => e.className + ": " + e.textContent.trim())"""
            )
            assert over == [], width
            numbers = row.locator(".spared")
            assert numbers.evaluate("e => getComputedStyle(e).textAlign") in ("end", "right")
            box = row.bounding_box()
            assert box is not None
            if width >= 1440:
                assert box["height"] <= 50, (width, "two lines, as in the list of sends")
