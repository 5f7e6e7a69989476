"""Where the parts of a page are. A part that changes its place is shown twice until the run ends."""

from streamlit.testing.v1.element_tree import Block


def place_of(text: str, block: Block) -> tuple[int, ...] | None:
    """Return the place of the first element with this text: its number in each block around it."""
    for number, child in block.children.items():
        if isinstance(child, Block):
            if (found := place_of(text, child)) is not None:
                return (number, *found)
        elif text in getattr(child.proto, "body", ""):
            return (number,)
    return None
