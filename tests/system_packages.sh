#!/bin/sh
# Debian packages that the tests drive: servers of InfluxDB, RabbitMQ, nginx, Prometheus and Redis
# (with TLS), network namespaces, Chromium, openssl, wget.
# Where we are not root or there is no apt-get, the tests that need them say how to get them.
set -u
missing=""
command -v influxd >/dev/null 2>&1 || missing="$missing influxdb"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx"
command -v prometheus >/dev/null 2>&1 || missing="$missing prometheus"
command -v rabbitmq-server >/dev/null 2>&1 || [ -x /usr/sbin/rabbitmq-server ] \
  || missing="$missing rabbitmq-server"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || missing="$missing iproute2"
command -v wget >/dev/null 2>&1 || missing="$missing wget"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests:$missing"
  apt-get update -qq || exit 1
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Some tests need:$missing  (sudo apt-get install$missing)"
fi
