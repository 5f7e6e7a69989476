"""Look for known vulnerabilities in the installed packages. `make check` runs this script.

If pip-audit could look up no package, it reports no vulnerability. Therefore this script counts the
packages that were looked up. If there are none, the script prints this and does not fail.
"""

import json
import subprocess
import sys

SECONDS = 120
_COMMAND = ["-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]


def main() -> int:
    """Run the audit; return 1 if a vulnerable package is installed."""
    try:
        output = subprocess.run(
            [sys.executable, *_COMMAND], capture_output=True, timeout=SECONDS, check=False
        ).stdout
        dependencies = json.loads(output)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        dependencies = []
    audited = [each for each in dependencies if "skip_reason" not in each]
    if not audited:
        print("Dependencies were not audited: the vulnerability data cannot be reached.")
        return 0
    found = [(each, flaw) for each in audited for flaw in each["vulns"]]
    for each, flaw in found:
        print(f"{each['name']} {each['version']}: {flaw['id']}, fixed in {flaw['fix_versions']}")
    skipped = len(dependencies) - len(audited)
    print(f"Dependencies audited: {len(audited)}, not found: {skipped}, vulnerable: {len(found)}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
