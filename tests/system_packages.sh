#!/bin/sh
# Debian packages that the tests drive: InfluxDB's server, Chromium, openssl.
# Where we are not root or there is no apt-get, the tests that need them say how to get them.
set -u
missing=""
command -v influxd >/dev/null 2>&1 || missing="$missing influxdb"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests:$missing"
  apt-get update -qq || exit 1
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Some tests need:$missing  (sudo apt-get install$missing)"
fi
