#!/usr/bin/env bash
# Keeps the contract of the official PostgreSQL image: a new data folder is set up from POSTGRES_*, then whatever
# was asked for runs, and the server never runs as root.
set -euo pipefail

main() {
  case ${1:-} in -*) set -- postgres "$@" ;; esac
  if [ "${1:-}" != postgres ] || asks_for_help "$@"; then exec "$@"; fi
  if [ "$(id -u)" = 0 ]; then
    make_folders
    exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
  fi
  if [ -s "$PGDATA/PG_VERSION" ]; then
    echo 'The data folder holds a database already; it is not set up again.'
  else
    read_settings
    set_up "$@"
  fi
  exec "$@"
}

asks_for_help() {
  local argument
  for argument in "$@"; do
    case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

make_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  chown postgres /var/run/postgresql
}

read_settings() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'Error: no superuser password. Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust for none.' >&2
    exit 1
  fi
}

# from_file NAME [DEFAULT]: NAME, or the contents of the file that NAME_FILE points at.
from_file() {
  local file=${1}_FILE
  if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then
    echo "Error: $1 and $file are both set; one of them is enough." >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then export "$1=$(<"${!file}")"; else export "$1=${!1:-${2:-}}"; fi
  unset "$file"
}

set_up() {
  mkdir -p "$PGDATA"
  local options=()
  [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || options=(--waldir "$POSTGRES_INITDB_WALDIR")
  # The server was built with /tmp for its socket, psql looks in Debian's place.
  options+=(--set unix_socket_directories=/var/run/postgresql)
  # The arguments come as one string, quoted as in a shell.
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${options[@]}" '"$POSTGRES_INITDB_ARGS"
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "${@:2}")}
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # Without a TCP listener nobody takes the half-made server for the finished one.
  pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")" start
  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  if [ "$POSTGRES_DB" != postgres ]; then
    sql postgres --set=name="$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
  fi
  run_scripts
  unset PGPASSWORD
  pg_ctl -D "$PGDATA" -m fast -w stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

# sql DATABASE ARGUMENT...: psql that stops at the first mistake.
sql() {
  local database=$1
  shift
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "$database" "$@"
}

# In the order of their names; an executable shell script runs, any other is read into this shell.
run_scripts() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) sql "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | sql "$POSTGRES_DB" ;;
      *.sql.xz) xz -dc "$file" | sql "$POSTGRES_DB" ;;
      *.sql.zst) zstd -dc "$file" | sql "$POSTGRES_DB" ;;
      */'*') ;;
      *) echo "ignored: $file" ;;
    esac
  done
}

main "$@"
