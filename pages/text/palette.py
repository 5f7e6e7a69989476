"""The colour and the sign of each outlook.

On both backgrounds of its theme (`.streamlit/config.toml`), text in each colour has a contrast of
at least 4.5:1 (WCAG AA). People with a colour-vision deficiency can distinguish the colours.
`tests/unit/test_palette.py` measures both. The signs give the same information without colour.
"""

from core.domain.states import Outlook

#: The colours on the backgrounds of the light theme.
LIGHT: dict[Outlook, str] = {
    Outlook.STOPPABLE: "#00805D",
    Outlook.REST_STOPPABLE: "#234F7A",
    Outlook.WAITING: "#912BDD",
    Outlook.STOPPED: "#062452",
    Outlook.UNCERTAIN: "#9B6300",
    Outlook.TOO_LATE: "#901D27",
    Outlook.FINISHED: "#383E46",
    Outlook.NOT_RUNNING: "#656974",
}

#: The colours on the backgrounds of the dark theme.
DARK: dict[Outlook, str] = {
    Outlook.STOPPABLE: "#32F1BB",
    Outlook.REST_STOPPABLE: "#9AACED",
    Outlook.WAITING: "#B97AAC",
    Outlook.STOPPED: "#4788FD",
    Outlook.UNCERTAIN: "#F7CF3A",
    Outlook.TOO_LATE: "#EE6843",
    Outlook.FINISHED: "#E3E9F5",
    Outlook.NOT_RUNNING: "#A4A4A4",
}

#: The colour of the buttons that abort a send, in the light and the dark theme.
ABORT: tuple[str, str] = ("#B3211F", "#FF8F8A")

#: The colour of the text on these buttons, in the light and the dark theme.
ON_ABORT: tuple[str, str] = ("#FFFFFF", "#15181B")

#: The signs are characters of the system's own fonts.
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


def custom_properties() -> str:
    """Return the palette as CSS properties such as `--stoppable`, for the light and dark theme."""
    colours = {
        outlook.value.replace("_", "-"): (LIGHT[outlook], DARK[outlook]) for outlook in Outlook
    }
    colours |= {"abort": ABORT, "on-abort": ON_ABORT}
    return "".join(
        f"--{name}: light-dark({one}, {other});" for name, (one, other) in colours.items()
    )
