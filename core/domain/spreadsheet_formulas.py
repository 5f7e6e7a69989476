"""Prevent spreadsheets from running a text in a CSV file as a formula."""

from typing import Final

#: A spreadsheet reads a cell as a formula if the cell begins with one of these characters.
FORMULA: Final = "=+-@"
MARK: Final = "'"


def escape_formula(cell: str) -> str:
    """Return the cell. If a spreadsheet would run the cell as a formula, add MARK at the start."""
    return MARK + cell if cell[:1] and cell[0] in FORMULA + "\t\r" else cell


def unescape_formula(cell: str) -> str:
    """Return the cell without a MARK before `=`, `+`, `-` or `@`.

    For `="00012"`, return `00012`. Some exports write this form to make Excel keep the zeros.
    """
    if cell[:2] == '="' and cell[-1:] == '"' and '"' not in cell[2:-1]:
        return cell[2:-1]
    return cell[1:] if cell[:1] == MARK and cell[1:2] and cell[1] in FORMULA else cell
