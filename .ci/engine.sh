#!/usr/bin/env bash
# Makes a Docker engine answer on Debian, as root; does nothing when one answers already. Prints one line.
# Its log and pid are in /var/log/ordeal-dockerd.log and /run/ordeal-dockerd.pid.
set -euo pipefail
log=/var/log/ordeal-dockerd.log
pid_file=/run/ordeal-dockerd.pid
patience_s=60

main() {
  if answers; then
    echo "docker engine: $version answers"
    return
  fi
  [ "$(id -u)" = 0 ] || fail 'none answers, and only root can start one'
  command -v dockerd >/dev/null && command -v iptables >/dev/null || install_engine
  forget_dead_engine
  : >"$log"
  setsid nohup dockerd --pidfile "$pid_file" </dev/null >"$log" 2>&1 &
  wait_for_engine $!
  echo "docker engine: $version started in $SECONDS s, its log is $log"
}

answers() {
  command -v docker >/dev/null && version=$(timeout 5 docker version --format '{{.Server.Version}}' 2>/dev/null) && [ -n "$version" ]
}

install_engine() {
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get update -qq
    # No service is to be started by the package: on a machine without an init it would fail.
    RUNLEVEL=1 apt-get install -y -qq --no-install-recommends docker.io iptables
  } >"$log" 2>&1 || fail 'docker.io could not be installed'
}

# After a hard stop the pid may belong to somebody else, and dockerd would refuse to start.
forget_dead_engine() {
  local file
  for file in "$pid_file" /var/run/docker.pid; do
    [ -f "$file" ] || continue
    [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = dockerd ] || rm -f "$file"
  done
}

wait_for_engine() {
  local deadline=$((SECONDS + patience_s))
  until answers; do
    kill -0 "$1" 2>/dev/null || fail 'dockerd ended'
    [ "$SECONDS" -lt "$deadline" ] || fail "dockerd did not answer within $patience_s s"
    sleep 0.3
  done
}

fail() {
  echo "docker engine: $1" >&2
  [ ! -s "$log" ] || { echo "The end of $log:" >&2; tail -n 20 "$log" >&2; }
  exit 1
}

main
