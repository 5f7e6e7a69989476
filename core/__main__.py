"""Commands for people who keep Freio running: `python -m core backup | restore FILE`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from core.backup import Backups, back_up, restore
from core.errors import FreioError
from core.settings import read_settings
from core.wiring import utc_now


def main(arguments: list[str]) -> int:
    """Run a command; return its exit code. What goes wrong is said in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("backup", help="copy the database, also while the dashboard runs")
    putting_back = commands.add_parser("restore", help="put a backup in the database's place")
    putting_back.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    try:
        backups = Backups(Path(read_settings(os.environ).database_path), utc_now)
        if asked.command == "backup":
            said = f"Backup: {back_up(backups)}"
        else:
            kept = restore(backups, asked.file)
            said = f"Restored. The database that was there is kept in {kept}."
    except FreioError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
