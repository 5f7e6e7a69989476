"""A manager's seven tasks in a real browser: clicks and seconds for each, at two widths.

Run with `make accept`. The person uses the keyboard at 1440 px, and touch at 390 px. Each task begins
on the overview. A click is a tap or a key press that acts. A move of the focus (Tab, j) does not
count, and typing a search counts as one click. The script exits with 1 if a task takes more than
MOST_CLICKS clicks or MOST_SECONDS seconds, or ends at the wrong send.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Error, Locator, Page, expect, sync_playwright

from tests.access import admit
from tests.journeys.browser import launch, serving
from tests.journeys.conftest import Site

MOST_CLICKS: Final = 4
MOST_SECONDS: Final = 10
#: The time to wait for an answer. A task may take less, but slow tasks are measured too.
PATIENCE_MS: Final = 30_000
#: The maximum number of stops of the Tab key on the way to one element.
MOST_TABS: Final = 150
#: The dashboard learns what is usual within this time.
LEARNT_SECONDS: Final = 22
FEED_TOKEN: Final = "a-feed-token-for-acceptance"
WINDOWS: Final = {
    "1440 px, keyboard": {"viewport": {"width": 1440, "height": 900}},
    "390 px, touch": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}
COLUMNS: Final = (
    "id,name,campaign,channel,account,audience,state,total_records,generated_records,"
    "scheduled_at,processing_started_at,in_progress_at,generation_started_at,finished_at"
)
IS_FOCUSED: Final = """element => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === element;
}"""


@dataclass
class Hand:
    """What a person does on one page, and the number of clicks."""

    page: Page
    site: Site
    is_touch: bool
    clicks: int = 0
    tabs: int = 0


def press(hand: Hand, target: Locator) -> None:
    """Tap a target, or move the focus to it with the Tab key and press Enter."""
    hand.clicks += 1
    if hand.is_touch:
        target.tap()
        return
    target.wait_for()
    for _ in range(MOST_TABS):
        if target.evaluate(IS_FOCUSED):
            hand.page.keyboard.press("Enter")
            return
        hand.page.keyboard.press("Tab")
        hand.tabs += 1
    raise AssertionError(f"the Tab key does not reach {target}")


def go_to(hand: Hand, name: str) -> None:
    """Open a page from the menu."""
    if hand.is_touch:
        press(hand, hand.page.get_by_role("button", name="Open the menu"))
        press(hand, hand.page.get_by_test_id("stSidebarNavLink").filter(has_text=name))
        return
    press(hand, hand.page.get_by_test_id("stTopNavLink").filter(has_text=name))


def search(hand: Hand, text: str) -> None:
    """Open the search of the list and type a text. The text counts as one click."""
    box = hand.page.get_by_label("Search", exact=True)
    if hand.is_touch:
        go_to(hand, "Sends")
        box.tap()
    else:
        hand.clicks += 1
        hand.page.keyboard.press("/")
    expect(box).to_be_focused()
    hand.clicks += 1
    hand.page.keyboard.type(text, delay=30)
    hand.page.keyboard.press("Enter")


def row(hand: Hand, id: str) -> Locator:
    """Return the row of a send."""
    return hand.page.locator(f"tbody tr[data-id='{id}']")


def abort_row(hand: Hand, found: Locator) -> Locator:
    """Open the dialog of a row and return it."""
    button = found.get_by_role("button")
    button.wait_for()
    if hand.is_touch:
        press(hand, button)
    else:
        link = found.locator("th a")
        for _ in range(MOST_TABS):
            hand.page.keyboard.press("j")
            if link.evaluate(IS_FOCUSED):
                break
        hand.clicks += 1
        hand.page.keyboard.press("a")
    dialog = hand.page.get_by_role("dialog", name="Abort this send?")
    dialog.wait_for()
    return dialog


def confirm(hand: Hand, dialog: Locator) -> None:
    """Stop the send of a dialog, and wait until it has closed."""
    press(hand, dialog.get_by_role("button", name="Abort this send"))
    expect(dialog).to_have_count(0)


def stop_the_biggest_of_the_hour(hand: Hand) -> None:
    """Abort the biggest send of a tile. The list begins with the send that closes first."""
    press(hand, hand.page.locator("a.tile", has_text="Leaves within the hour"))
    rows = hand.page.locator("tbody tr[data-id]")
    expect(rows).to_have_count(len(WITHIN_THE_HOUR))
    found = [
        (int("".join(filter(str.isdigit, each.locator("[data-field=recipients]").inner_text()))), n)
        for n, each in enumerate(rows.all())
    ]
    biggest = rows.nth(max(found)[1])
    id = biggest.get_attribute("data-id") or ""
    confirm(hand, abort_row(hand, row(hand, id)))
    assert id == "points", f"it ended at {id}"
    assert hand.site.look(id)["state"] == "CANCELLED"


def find_the_sunglasses(hand: Hand) -> None:
    search(hand, "otica oculos")
    # Enter opens the only hit.
    press(hand, hand.page.locator(".st-key-abort_this button"))
    dialog = hand.page.get_by_role("dialog", name="Abort this send?")
    expect(dialog).to_contain_text("Óculos de sol")
    expect(dialog).to_contain_text("Ótica Visão")


def see_what_an_account_still_sends_today(hand: Hand) -> None:
    press(hand, hand.page.get_by_label("What Loja Aurora still sends today"))
    rows = hand.page.locator("tbody tr[data-id]")
    expect(rows).to_have_count(len(AURORA_TODAY))
    found = {each.get_attribute("data-id") for each in rows.all()}
    assert found == AURORA_TODAY, f"it ended at {found}"


def see_why_an_hour_is_unusual(hand: Hand) -> None:
    sentence = hand.page.locator(".attention li", has_text="times the usual").first
    expect(sentence).to_contain_text("recipients")
    press(hand, sentence.locator("a[href*='configuration?id=']").first)
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("Liquidação total")
    assert hand.page.url.endswith("id=rush"), f"it ended at {hand.page.url}"


def see_whether_a_slow_send_is_normal(hand: Hand) -> None:
    press(hand, hand.page.locator("a.tile", has_text="Processing"))
    press(hand, row(hand, "slow").locator("th a"))
    expect(hand.page.get_by_text("Normal for similar sends")).to_be_visible()
    assert hand.page.url.endswith("id=slow"), f"it ended at {hand.page.url}"


def see_who_stopped_what_and_why(hand: Hand) -> None:
    go_to(hand, "Aborts")
    line = hand.page.locator("tr", has_text="Recordatorio de pago")
    for text in ("Rita", "Wrong audience", "they paid yesterday"):
        expect(line).to_contain_text(text)


def abort_in_the_platform_too(hand: Hand) -> None:
    """Abort a send from a file. A later file confirms the abort."""
    hand.site.own_feed()
    confirm(hand, abort_row(hand, row(hand, "points")))
    done = hand.page.get_by_role("button", name="I have aborted it there")
    press(hand, done)
    expect(done).to_have_count(0)
    answer = httpx.post(
        f"{hand.site.address}/api/feeds?name=later.csv",
        content="id,name,state,total_records,generated_records,scheduled_at,account\n"
        f"points,Programa de pontos,CANCELLED,2450000,0,{at(-12)},Loja Aurora\n",
        headers={"Authorization": f"Bearer {FEED_TOKEN}"},
    )
    assert answer.status_code == 200, answer.text
    expect(hand.page.locator("a.tile", has_text="Stopped here today")).to_contain_text("2,490,000")
    expect(hand.page.locator(".st-key-concerns")).to_have_count(0)


TASKS: Final[dict[str, Callable[[Hand], None]]] = {
    "the biggest send of the hour, stopped": stop_the_biggest_of_the_hour,
    "that Ótica campaign with sunglasses": find_the_sunglasses,
    "what one account still sends today": see_what_an_account_still_sends_today,
    "why an hour is unusual": see_why_an_hour_is_unusual,
    "a slow send, and whether it is normal": see_whether_a_slow_send_is_normal,
    "who stopped what today and why": see_who_stopped_what_and_why,
    "an abort in the platform, until confirmed": abort_in_the_platform_too,
}

WITHIN_THE_HOUR: Final = {"points", "soon", "slow", *(f"n{n}" for n in range(8))}
AURORA_TODAY: Final = {"points", "rush", "evening"}


def at(minutes: float) -> str:
    """Return the time in `minutes` minutes, as text for a file."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def world() -> str:
    """Return a file with current sends, and one finished send for each hour of nine weeks."""
    accounts = ("Loja Aurora", "Tienda Ñandú", "Mercado Sul")
    past = [
        line(f"p{n}", f"Boletim {n}", accounts[n % 3], "SENT-DONE", 30_000, -60 * n - 90, 30_000)
        for n in range(9 * 7 * 24)
    ]
    return "\n".join([COLUMNS, *live_sends(), *past]) + "\n"


def live_sends() -> list[str]:
    """Return current sends: the right one for each task, and similar wrong ones."""
    rush = 150 - datetime.now(UTC).minute
    lines = [
        line("points", "Programa de pontos", "Loja Aurora", "SCHEDULED", 2_450_000, -12),
        line("soon", "Aviso de stock", "Tienda Ñandú", "SCHEDULED", 900_000, 30),
        line("later", "Boletim semanal", "Mercado Sul", "SCHEDULED", 3_000_000, 85),
        line("old", "Cupons de maio", "Mercado Sul", "SCHEDULED", 4_000_000, -2_000),
        line("going", "Oferta relâmpago", "Mercado Sul", "IN-PROGRESS", 3_500_000, -80, 50_000),
        line("rush", "Liquidação total", "Loja Aurora", "SCHEDULED", 5_200_000, rush),
        line("evening", "Boa noite", "Loja Aurora", "SCHEDULED", 20_000, 240),
        line("tomorrow", "Bom dia", "Loja Aurora", "SCHEDULED", 20_000, 1_440),
        line("glasses", "Óculos de sol", "Ótica Visão", "SCHEDULED", 15_000, 95),
        line("lenses", "Lentes de contato", "Ótica Visão", "SCHEDULED", 18_000, 100),
        line("shades", "Óculos de leitura", "Mercado Sul", "SCHEDULED", 12_000, 105),
        line("slow", "Carrinho esquecido", "Mercado Sul", "PROCESANDO", 30_000, -2.5),
        line("bills", "Recordatorio de pago", "Tienda Ñandú", "SCHEDULED", 40_000, 130),
    ]
    return lines + [
        line(f"n{n}", f"Novidades {n}", "Mercado Sul", "SCHEDULED", 9_000 + n, 15 + 5 * n)
        for n in range(8)
    ]


def line(
    id: str, name: str, account: str, state: str, total: int, due: float, generated: int = 0
) -> str:
    times = [at(due)] + [""] * 4
    if state != "SCHEDULED":
        times[1] = at(due + 0.2)
    if generated:
        times[2:4] = [at(due + 5), at(due + 6)]
    if state == "SENT-DONE":
        times[4] = at(due + 9)
    facts = [id, name, name, "e-mail", account, "Clientes", state, str(total), str(generated)]
    return ",".join(facts + times)


def measured(hand: Hand, task: Callable[[Hand], None]) -> tuple[float, str]:
    """Do a task from the overview. Return the seconds, and what went wrong."""
    hand.page.goto(hand.site.address)
    hand.page.locator("a.tile").first.wait_for()
    row(hand, "points").wait_for()
    began, wrong = time.monotonic(), ""
    try:
        task(hand)
    except (AssertionError, Error) as error:
        wrong = str(error).strip().splitlines()[0]
    return time.monotonic() - began, wrong


def main() -> int:
    expect.set_options(timeout=PATIENCE_MS)
    failed = 0
    # Choose a zone in which today still has some hours.
    zone = "America/Sao_Paulo" if 8 <= datetime.now(UTC).hour < 22 else "Asia/Tokyo"
    settings = {"FREIO_DEMO": "off", "FREIO_INBOX": "off", "FREIO_FEED_TOKEN": FEED_TOKEN}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("tests.journeys.server:app", Path(folder), **settings) as address,
        sync_playwright() as playwright,
    ):
        browser, site = launch(playwright), Site(address)
        site.seed(world())
        time.sleep(LEARNT_SECONDS)
        for width, window in WINDOWS.items():
            for name, task in TASKS.items():
                site.seed(world())
                site.abort(
                    "bills", actor="Rita", reason="wrong_audience", note="they paid yesterday"
                )
                context = browser.new_context(**window, locale="en-US", timezone_id=zone)
                context.set_default_timeout(PATIENCE_MS)
                admit(context)
                hand = Hand(context.new_page(), site, "touch" in width)
                seconds, wrong = measured(hand, task)
                is_good = not wrong and hand.clicks <= MOST_CLICKS and seconds <= MOST_SECONDS
                failed += not is_good
                print(
                    f"{'ok  ' if is_good else 'FAIL'} {width:17} {name:42} {hand.clicks} clicks "
                    f"(and {hand.tabs:2} Tabs) "
                    f"{seconds:5.1f} s  load {os.getloadavg()[0]:4.1f}  {wrong or 'the right send'}",
                    flush=True,
                )
                if pictures := os.environ.get("FREIO_ACCEPTANCE_PICTURES"):
                    path = Path(pictures) / f"{window['viewport']['width']}-{task.__name__}.png"
                    hand.page.screenshot(path=path)
                context.close()
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
