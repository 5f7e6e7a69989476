#!/bin/sh
# Install a Chromium for the browser tests, unless there is one: Debian's, or else Playwright's.
set -eu
python=$1

for name in "${FREIO_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

if command -v apt-get >/dev/null 2>&1; then
    sudo=
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    if [ -z "$sudo" ] || $sudo true 2>/dev/null; then
        echo "Installing Debian's chromium for the browser tests ..."
        export DEBIAN_FRONTEND=noninteractive
        $sudo apt-get update -qq
        if $sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null; then exit 0; fi
    fi
fi

echo "Installing Playwright's Chromium for the browser tests ..."
"$python" -m playwright install chromium || {
    echo "No browser for the tests. Install chromium, or set FREIO_CHROMIUM to one." >&2
    exit 1
}
