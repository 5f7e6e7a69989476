"""Asks whether a dependency is known to be vulnerable: part of `make check`.

pip-audit calls an environment clean too when it could look up nothing at all, so what was looked up
is counted. Where the data is out of reach nothing is known, which is said and fails no check.
"""

import json
import subprocess
import sys

SECONDS = 120
_COMMAND = ["-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]


def main() -> int:
    """Run the audit; return 1 where something vulnerable is installed."""
    try:
        told = subprocess.run(
            [sys.executable, *_COMMAND], capture_output=True, timeout=SECONDS, check=False
        ).stdout
        dependencies = json.loads(told)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        dependencies = []
    audited = [each for each in dependencies if "skip_reason" not in each]
    if not audited:
        print("Dependencies were not audited: the data on vulnerabilities is out of reach.")
        return 0
    flaws = [(each, flaw) for each in audited for flaw in each["vulns"]]
    for each, flaw in flaws:
        print(f"{each['name']} {each['version']}: {flaw['id']}, mended in {flaw['fix_versions']}")
    skipped = len(dependencies) - len(audited)
    print(f"Dependencies audited: {len(audited)}, not found: {skipped}, vulnerable: {len(flaws)}.")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
