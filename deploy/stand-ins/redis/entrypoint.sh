#!/usr/bin/env bash
# Keeps the contract of the official Redis image: leading flags and a *.conf file go to redis-server, which never
# runs as root and answers from outside the container without a password.
set -euo pipefail

case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec setpriv --reuid=redis --regid=redis --init-groups "${BASH_SOURCE[0]}" "$@"
fi

if [ "${1:-}" = redis-server ]; then
  umask 0077
  # The official build has this default compiled in; whatever the caller says comes later and wins.
  case ${2:-} in
    -v | --version | -h | --help | --test-memory | --check-system) ;;
    '' | -*) set -- redis-server --protected-mode no "${@:2}" ;;
    *) grep -qs '^protected-mode' "$2" || set -- redis-server "$2" --protected-mode no "${@:3}" ;;
  esac
fi

exec "$@"
