"""Prevent spreadsheets from running a text in a CSV file as a formula."""

from typing import Final

#: Spreadsheets treat a cell that begins with one of these characters as a formula.
FORMULA: Final = "=+-@"
#: Freio writes this mark before a cell that looks like a formula.
MARK: Final = "'"


def escape_formula(cell: str) -> str:
    """Put MARK before a cell that a spreadsheet would run as a formula. Return others unchanged."""
    return MARK + cell if cell[:1] and cell[0] in FORMULA + "\t\r" else cell


def unescape_formula(cell: str) -> str:
    """Return the cell without the mark that `escape_formula` put before `=`, `+`, `-` or `@`.

    For `="00012"`, return `00012`. Some exports write this form to make Excel keep the zeros.
    """
    if cell[:2] == '="' and cell[-1:] == '"' and '"' not in cell[2:-1]:
        return cell[2:-1]
    return cell[1:] if cell[:1] == MARK and cell[1:2] and cell[1] in FORMULA else cell
