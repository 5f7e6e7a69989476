"""The command line for administrators: backup, restore, move, verify, check-roles, settings-table.

Run a command with `python -m core COMMAND`.
"""

import argparse
import logging
import os
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from core.access.roles_file import check_roles
from core.errors import N_, FreioError
from core.infrastructure.clock import utc_now
from core.operations.backup import BackupError, Backups, back_up, restore
from core.operations.move import move
from core.operations.settings_table import with_settings_table
from core.operations.verify_audit_log import verify
from core.settings import read_settings
from core.store.opening import open_engine


def main(arguments: list[str]) -> int:
    """Run a command, print the result or the error, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("backup", help="copy the database, also while the dashboard runs")
    commands.add_parser("verify", help="check that nobody changed the audit log of receipts")
    checking = commands.add_parser("check-roles", help="check a roles file before it is used")
    checking.add_argument(
        "file", type=Path, nargs="?", help="the file that FREIO_ROLES names, if none is given"
    )
    table = commands.add_parser("settings-table", help="write the table of settings in a document")
    table.add_argument("file", type=Path)
    moving = commands.add_parser("move", help="copy all data into an empty database; both are URLs")
    moving.add_argument("source")
    moving.add_argument("target")
    restoring = commands.add_parser("restore", help="replace the database by a backup")
    restoring.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    try:
        if options.command == "verify":
            result = verify(read_settings(os.environ))
        elif options.command == "check-roles":
            result = _check_roles(options.file)
        elif options.command == "settings-table":
            document = options.file.read_text(encoding="utf-8")
            options.file.write_text(with_settings_table(document), encoding="utf-8")
            result = f"Wrote the table of settings in {options.file}."
        else:
            result = _move(options) if options.command == "move" else _copy(options)
    except FreioError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{result}\n")
    return 0


def _copy(options: argparse.Namespace) -> str:
    settings = read_settings(os.environ)
    if settings.is_server:
        raise BackupError(
            N_("FREIO_DATABASE is a server, which makes its own backups."),
            N_("Use pg_dump and pg_restore."),
        )
    backups = Backups(Path(settings.database_path), utc_now)
    if options.command == "backup":
        return f"Backup: {back_up(backups)}"
    replaced = restore(backups, options.file)
    return f"Restored. The old database was moved to {replaced}."


def _check_roles(file: Path | None) -> str:
    path = file or read_settings(os.environ).roles
    if path is None:
        return "FREIO_ROLES names no file, so only the person at this machine has a role."
    roles = check_roles(path)
    return (
        f"{path} can be used: {len(roles.people)} people, {len(roles.subjects)} subjects, "
        f"{len(roles.groups)} groups."
    )


def _move(options: argparse.Namespace) -> str:
    with ExitStack() as stack:
        found = [read_settings({"FREIO_DATABASE": url}) for url in (options.source, options.target)]
        engines = [stack.enter_context(closing(open_engine(each))) for each in found]
        sums = move(*engines)
    return "\n".join(
        ["Moved, and the copy equals its source:"]
        + [f"  {table}: {each.rows} rows" for table, each in sums.items()]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
