"""One palette for what can still be done about a send, and one sign for each meaning.

Every colour reads as text (WCAG AA, 4.5:1 or better) on both of Streamlit's backgrounds in its
theme, and stays apart from the others for the colour-blind; the sign says it without any colour.
"""

from __future__ import annotations

from core.states import Outlook

#: On white and light grey.
LIGHT: dict[Outlook, str] = {
    Outlook.STOPPABLE: "#00735C",
    Outlook.STOPPED: "#2F5C9E",
    Outlook.UNCERTAIN: "#8A6300",
    Outlook.TOO_LATE: "#96220A",
    Outlook.FINISHED: "#3F4653",
    Outlook.NOT_RUNNING: "#626975",
}

#: On Streamlit's dark backgrounds.
DARK: dict[Outlook, str] = {
    Outlook.STOPPABLE: "#45D3A9",
    Outlook.STOPPED: "#8FB8F2",
    Outlook.UNCERTAIN: "#F2B632",
    Outlook.TOO_LATE: "#FF8A66",
    Outlook.FINISHED: "#C6CCD6",
    Outlook.NOT_RUNNING: "#9AA1AC",
}

#: Plain characters, drawn by the system's own fonts.
SIGNS: dict[Outlook, str] = {
    Outlook.STOPPABLE: "●",
    Outlook.STOPPED: "■",
    Outlook.UNCERTAIN: "▲",
    Outlook.TOO_LATE: "✕",
    Outlook.FINISHED: "✓",
    Outlook.NOT_RUNNING: "○",
}


def custom_properties() -> str:
    """Give the palette to CSS as `--stoppable` and so on; the theme's colour scheme chooses."""
    return "".join(
        f"--{outlook.value.replace('_', '-')}: light-dark({LIGHT[outlook]}, {DARK[outlook]});"
        for outlook in Outlook
    )
