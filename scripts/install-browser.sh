#!/usr/bin/env bash
# Installs Debian's Chromium for the browser tests, where it is missing.
set -euo pipefail
if [ -x /usr/bin/chromium ]; then exit 0; fi
if ! command -v apt-get > /dev/null; then
  echo "the browser tests need /usr/bin/chromium, and there is no apt-get to install it with" >&2
  exit 1
fi
run=()
if [ "$(id -u)" -ne 0 ]; then run=(sudo); fi
"${run[@]}" apt-get update
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
