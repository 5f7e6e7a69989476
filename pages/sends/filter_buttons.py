"""The component with the filter buttons for outlooks and states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import streamlit as st

from pages.scripts.components import component

KEY: Final = "states"

_mount = component("freio_states")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that puts `value` into the URL as the parameter `name`."""

    name: str
    value: str
    label: str
    count: str
    is_chosen: bool


def draw_states(
    label: str,
    buttons: Sequence[Choice],
    menu: str,
    states: Sequence[Choice],
    *,
    is_state: bool,
    choose: Callable[[str, str], None],
) -> None:
    """Draw `buttons`, and a menu with the label `menu` that contains the buttons `states`.

    - `is_state`: the list currently shows only sends in one state.
    - `choose`: gets the name and the value of the pressed button.
    """

    def chosen() -> None:
        sent = st.session_state[KEY].get("chosen")
        drawn = [[each.name, each.value] for each in (*buttons, *states)]
        if sent in drawn:
            choose(*sent)

    _mount(
        key=KEY,
        data={
            "label": label,
            "buttons": [asdict(each) for each in buttons],
            "menu": {
                "label": menu,
                "is_chosen": is_state,
                "buttons": [asdict(each) for each in states],
            },
        },
        on_chosen_change=chosen,
    )
