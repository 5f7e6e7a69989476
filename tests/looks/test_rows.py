"""The rows of the lists: every name can be read, and each row has two lines at every width."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import LANGUAGES, ONE_LANGUAGE, reading, visit

WIDTHS = (390, 640, 1024, 1180, 1260, 1280, 1300, 1366, 1440, 1536, 1920)
#: The minimum number of characters of a name that must be visible.
LEAST = 30
#: From this width on, a row shows the id of its send. On a phone, the page of the send shows it.
SHOWS_ID = 640
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
                    assert row["hasId"] or width < SHOWS_ID, (width, badges, row)
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
        assert [row["tail"] for row in seen] == [" – lote 1", " – lote 2", ""]
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


#: Returns the times, accounts and IDs that are partly visible in the second line of a row.
HALF_VISIBLE = """(cells) => cells.flatMap((cell) => {
  const box = cell.getBoundingClientRect();
  return [...cell.querySelectorAll("span")].filter((part) => {
    const { top, right } = part.getBoundingClientRect();
    return part.checkVisibility() && top < box.bottom && (right > box.right + 0.5 || part.scrollWidth > part.clientWidth);
  }).map((part) => part.textContent);
})"""


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_a_time_or_account_is_visible_as_a_whole_or_hidden(
    windows: Windows, site: Site, language: str
) -> None:
    now = datetime.now(UTC)
    later = [(now + timedelta(hours=hours)).isoformat() for hours in (0.2, 3, 20, 26, 220, 960)]
    site.seed(
        HEAD
        + "".join(
            f"{n}-{count},Send,SCHEDULED,{count},0,{at},Norte e Nordeste,e-mail,\n"
            for n, at in enumerate(later)
            for count in (700, 70_000, 7_000_000)
        )
    )
    with reading(windows, language, viewport={"width": 390, "height": 844}) as page:
        visit(page, site, "configurations")
        cells = page.locator("tbody td.details")
        expect(cells).to_have_count(18)
        for width in (360, 390, 430):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_timeout(SETTLE_MS)
            assert cells.evaluate_all(HALF_VISIBLE) == [], width


#: The centre of each visible part of the row b, from top to bottom.
LINES = """(tr) => Object.fromEntries(
  [".name a", ".name .badge", ...["account", "channel", "audience", "id"]
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
        for width in WIDTHS[1:]:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            page.evaluate(FLAG, ["possible duplicate"])
            lines = row.evaluate(LINES)
            first = {".name a", ".name .badge"}
            second = set(lines) - first
            assert first <= set(lines), (width, lines)
            parts = {part.partition("=")[2][:-1] for part in second}
            # A list of less than 900 pixels can have room for the account and the id alone.
            assert {"account", "id"} <= parts, (width, lines)
            assert width < 900 or {"channel", "audience"} <= parts, (width, lines)
            assert max(lines[p] for p in first) < min(lines[p] for p in second), (width, lines)
            for found in ([lines[p] for p in first], [lines[p] for p in second]):
                assert max(found) - min(found) < 4, (width, lines)


#: Words of a verdict that are longer than the words of the rows above.
LONG_WORDS = {
    "pt": ("Incerto – dados de 12 min atrás", "listmonk recebeu o pedido há 2 s"),
    "es": ("Incierto – informes no coinciden", "listmonk recibió el pedido hace 2 s"),
    "en": ("Uncertain – reports disagree", "listmonk was asked 2 s ago"),
}
#: Writes a verdict into the rows b and d.
SAY = """(rows, word) => {
  for (const tr of rows.filter((tr) => "bd".includes(tr.dataset.id))) {
    tr.querySelector("[data-field=verdict_word]").textContent = word;
  }
}"""
#: Returns for each row its id, its height, and the centres of its lines of visible text. A button is in the middle
#: of both lines.
LINES_OF_ROWS = """(rows) => rows.map((tr) => {
  const top = tr.getBoundingClientRect().top;
  const centres = [];
  const texts = document.createTreeWalker(tr, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    const holder = text.parentElement;
    if (!text.data.trim() || !holder.checkVisibility() || holder.closest("button, [aria-hidden]")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      const seen = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
      for (let e = holder; e !== tr; e = e.parentElement) {
        const style = getComputedStyle(e);
        if (style.overflow === "visible" && style.clipPath === "none" || style.display === "inline") continue;
        const clip = e.getBoundingClientRect();
        seen.left = Math.max(seen.left, clip.left);
        seen.right = style.clipPath === "none" ? Math.min(seen.right, clip.right) : seen.left;
        seen.top = Math.max(seen.top, clip.top);
        seen.bottom = Math.min(seen.bottom, clip.bottom);
      }
      // A sliver of a line that is cut off is no line.
      if (seen.right - seen.left < 2 || seen.bottom - seen.top < 6) continue;
      centres.push((box.top + box.bottom) / 2 - top);
    }
  }
  centres.sort((one, other) => one - other);
  const lines = centres.filter((centre, n) => n === 0 || centre - centres[n - 1] > 4);
  return { id: tr.dataset.id, lines: lines.map(Math.round), height: tr.getBoundingClientRect().height };
})"""
#: Sends in all other states.
OTHER_STATES = "".join(
    f"{state},{ROWS[0].split(',')[1]},{state},9876543,{generated},{DUE},Librería Pez de Papel,SMS,Todos\n"
    for state, generated in (
        ("DELIVERY-ENDING", 9_000_000),
        ("SENT-DONE", 9_876_543),
        ("CANCELLED", 0),
        ("ABORTED", ""),
        ("PAUSED", 0),
        ("SMTP-ERROR", 0),
        ("DRAFT", ""),
        ("PENDING", ""),
    )
)


@pytest.mark.long
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_each_row_has_two_lines_in_every_state_at_every_width(
    windows: Windows, site: Site, language: str
) -> None:
    site.seed(HEAD + "\n".join(ROWS) + "\n" + OTHER_STATES)
    site.own_feed()
    site.abort("a")
    with reading(windows, language) as page:
        visit(page, site, "configurations")
        rows = page.locator("tbody tr[data-id]")
        expect(rows).to_have_count(12)
        page.locator("tr[data-id=b] input").check(force=True)
        page.locator("tr[data-id=b] button").focus()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLE_MS)
            for word in ("", *LONG_WORDS[language]):
                if word:
                    rows.evaluate_all(SAY, word)
                page.evaluate(FLAG, ["possible duplicate"])
                found = rows.evaluate_all(LINES_OF_ROWS)
                assert [row for row in found if len(row["lines"]) != 2] == [], (width, word)
                assert len({row["height"] for row in found}) == 1, (width, word, found)


@pytest.mark.parametrize("width", [390, pytest.param(1024, marks=pytest.mark.long)])
def test_each_target_in_a_row_is_large_enough_for_a_finger(
    windows: Windows, site: Site, width: int
) -> None:
    site.seed(HEAD + "\n".join(ROWS))
    size = {"width": width, "height": 900}
    with reading(windows, viewport=size, has_touch=True, is_mobile=True) as page:
        visit(page, site, "configurations")
        row = page.locator("tr[data-id=a]")
        for target in (row.get_by_role("button"), row.locator("input")):
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44, "WCAG 2.5.5"
        # The rest of the row opens the send.
        box = row.bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
        page.wait_for_url("**/configuration?id=a")


def test_a_heading_of_a_narrow_list_is_visible_while_it_has_the_focus(
    windows: Windows, site: Site
) -> None:
    with reading(windows, viewport={"width": 640, "height": 900}) as page:
        visit(page, site, "configurations")
        heading = page.get_by_role("columnheader", name="Recipients").get_by_role("button")
        row = page.locator("tr[data-id=a]")
        before = row.bounding_box()
        heading.focus()
        box = heading.bounding_box()
        assert box is not None
        assert box["width"] > 40
        assert page.evaluate(
            """([x, y]) => document.elementFromPoint(x, y).shadowRoot.elementFromPoint(x, y).textContent""",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        ).startswith("Recipients")
        assert row.bounding_box() == before, "no row moves"


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
        refused = page.locator(".log tr", has_text="João")
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
            # A long result is cut off nowhere, so a row in a narrow table may need a third line.
            for one in [row] * (width >= 1024) + [refused] * (width >= 1280):
                box = one.bounding_box()
                assert box is not None
                assert box["height"] <= 50, (width, "two lines, as in the list of sends")
