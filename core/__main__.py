"""Commands for people who keep Freio running.

`python -m core backup | restore | move | verify | check-roles`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from core.access.roles import check_roles
from core.errors import N_, FreioError
from core.infrastructure.clock import utc_now
from core.operations.backup import BackupError, Backups, back_up, restore
from core.operations.move import move
from core.operations.settings_table import write_settings_table
from core.operations.verify import report, verify
from core.settings import read_settings
from core.store.opening import open_engine


def main(arguments: list[str]) -> int:
    """Run a command; return its exit code. What goes wrong is said in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("backup", help="copy the database, also while the dashboard runs")
    commands.add_parser("verify", help="check that nobody changed the record of receipts")
    checking = commands.add_parser("check-roles", help="check a list of roles before it is used")
    checking.add_argument("file", type=Path, nargs="?", help="FREIO_ROLES where none is given")
    table = commands.add_parser("settings-table", help="write the table of settings in a document")
    table.add_argument("file", type=Path)
    moving = commands.add_parser("move", help="copy a store into an empty database, by URL")
    moving.add_argument("source")
    moving.add_argument("target")
    putting_back = commands.add_parser("restore", help="put a backup in the database's place")
    putting_back.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    try:
        if asked.command == "verify":
            said = report(verify(read_settings(os.environ)))
        elif asked.command == "check-roles":
            said = _check_roles(asked.file)
        elif asked.command == "settings-table":
            write_settings_table(asked.file)
            said = f"Wrote the table of settings in {asked.file}."
        else:
            said = _move(asked) if asked.command == "move" else _copy(asked)
    except FreioError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def _copy(asked: argparse.Namespace) -> str:
    settings = read_settings(os.environ)
    if settings.is_server:
        raise BackupError(
            N_("FREIO_DATABASE is a server, which makes its own backups."),
            N_("Use pg_dump and pg_restore."),
        )
    backups = Backups(Path(settings.database_path), utc_now)
    if asked.command == "backup":
        return f"Backup: {back_up(backups)}"
    kept = restore(backups, asked.file)
    return f"Restored. The database that was there is kept in {kept}."


def _check_roles(file: Path | None) -> str:
    path = file or read_settings(os.environ).roles
    if path is None:
        return "FREIO_ROLES names no file, so only the person at this machine has a role."
    roles = check_roles(path)
    return (
        f"{path} can be used: {len(roles.people)} people, {len(roles.subjects)} subjects, "
        f"{len(roles.groups)} groups."
    )


def _move(asked: argparse.Namespace) -> str:
    with ExitStack() as stack:
        engines = []
        for url in (asked.source, asked.target):
            engine = open_engine(read_settings({"FREIO_DATABASE": url}))
            stack.callback(engine.close)
            engines.append(engine)
        sums = move(*engines)
    return "\n".join(
        ["Moved, and what arrived is what was sent:"]
        + [f"  {table}: {each.rows} rows" for table, each in sums.items()]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
