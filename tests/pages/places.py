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


def container(key: str, block: Block) -> Block | None:
    """Return the container with this key, or None."""
    for child in block.children.values():
        if not isinstance(child, Block):
            continue
        if str(getattr(child.proto, "id", "")).endswith(key):
            return child
        if (found := container(key, child)) is not None:
            return found
    return None
