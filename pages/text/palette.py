"""The colour and the sign of each outlook.

Each colour has a contrast of at least 4.5:1 to the backgrounds (WCAG AA). People with a
colour-vision deficiency can distinguish the colours. `tests/unit/test_palette.py` measures both
rules.
"""

from core.domain.states import Outlook

#: The colours for the light and the dark theme.
COLOURS: dict[Outlook, tuple[str, str]] = {
    Outlook.STOPPABLE: ("#00805D", "#32F1BB"),
    Outlook.REST_STOPPABLE: ("#234F7A", "#9AACED"),
    Outlook.WAITING: ("#912BDD", "#B97AAC"),
    Outlook.STOPPED: ("#062452", "#4788FD"),
    Outlook.UNCERTAIN: ("#9B6300", "#F7CF3A"),
    Outlook.TOO_LATE: ("#901D27", "#EE6843"),
    Outlook.FINISHED: ("#383E46", "#E3E9F5"),
    Outlook.NOT_RUNNING: ("#656974", "#A4A4A4"),
}

#: The colours of abort buttons.
ABORT: tuple[str, str] = ("#B3211F", "#FF8F8A")

#: The colours of the text on abort buttons.
ON_ABORT: tuple[str, str] = ("#FFFFFF", "#15181B")

SIGNS: dict[Outlook, str] = {
    Outlook.STOPPABLE: "●",
    Outlook.REST_STOPPABLE: "◐",
    Outlook.WAITING: "◆",
    Outlook.STOPPED: "■",
    Outlook.UNCERTAIN: "▲",
    Outlook.TOO_LATE: "✕",
    Outlook.FINISHED: "✓",
    Outlook.NOT_RUNNING: "○",
}


def name_of(outlook: Outlook) -> str:
    """Return the CSS name of an outlook, such as `too-late`."""
    return outlook.value.replace("_", "-")


def custom_properties() -> str:
    """Return the palette as CSS properties such as `--stoppable`."""
    colours = {name_of(outlook): pair for outlook, pair in COLOURS.items()}
    colours |= {"abort": ABORT, "on-abort": ON_ABORT}
    return "".join(
        f"--{name}: light-dark({light}, {dark});" for name, (light, dark) in colours.items()
    )
