#!/usr/bin/env bash
# Builds the stand-in images that are missing, and prints one line per image.
#   build.sh [postgres|redis|k6|jaeger|node]...
# When none is named: all that a run may start, k6 only where the right program is found.
# An image is left alone when it is the official one, or a stand-in made by this very recipe.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

work=$(mktemp -d)
building=
jaeger_build=
stop() {
  local status=$?
  [ "$status" = 0 ] || [ -z "$building" ] || echo "stand-ins: $building could not be built, see above" >&2
  [ -z "$jaeger_build" ] || kill "$jaeger_build" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

main() {
  local part wanted=("$@") missing=()
  [ $# -gt 0 ] || wanted=(postgres redis $(if found_k6 "$(tag_of k6 | sed 's/.*://')" >/dev/null; then echo k6; fi) jaeger)
  docker version >/dev/null 2>&1 || fail 'no Docker engine answers: start one, or run with --stack local'
  mkdir -p "$(cache_folder)"
  exec 9>"$(cache_folder)/stand-ins.lock"
  flock -n 9 || { echo "stand-ins: waiting for another build" >&2; flock 9; }
  for part in "${wanted[@]}"; do
    [ -f "$here/$part/recipe.sh" ] || fail "there is no stand-in \"$part\"; there are: postgres redis k6 jaeger node"
    if reason=$(is_there "$part"); then echo "$(tag_of "$part"): $reason"; else missing+=("$part"); fi
  done
  # Go needs a minute for Jaeger, and the other images spend theirs in downloads.
  if [[ " ${missing[*]:-} " == *' jaeger '* ]]; then start_jaeger_build; fi
  for part in "${missing[@]}"; do build "$part"; done
}

# Succeeds with the reason when nothing has to be built.
is_there() {
  local found
  found=$(docker image inspect -f '{{index .Config.Labels "ordeal.stand-in"}} {{index .Config.Labels "ordeal.recipe"}}' \
    "$(tag_of "$1")" 2>/dev/null) || return 1
  case $found in
    "true $(recipe_hash "$1")") echo 'stand-in is there' ;;
    true*) return 1 ;;
    *) echo 'official image is there, left alone' ;;
  esac
}

build() {
  local part=$1 root=$work/$1 started=$SECONDS version contents replaced
  building=$(tag_of "$part")
  mkdir -p "$root"
  # shellcheck source=redis/recipe.sh
  . "$here/$part/recipe.sh"
  fill "$root" "$building"
  version=$(version "$root" "$building")
  contents=$(contents "$root" "$building")
  replaced=$(docker image inspect -f '{{.Id}}' "$building" 2>/dev/null || true)
  load "$part" "$root" "$building" "$version" "$contents"
  [ -z "$replaced" ] || docker image rm "$replaced" >/dev/null 2>&1 || true
  rm -rf "$root"
  echo "$building: stand-in built in $((SECONDS - started)) s"
  building=
}

start_jaeger_build() {
  "$here/jaeger/compile.sh" "$(tag_of jaeger)" "$(jaeger_program)" >"$work/jaeger.log" 2>&1 &
  jaeger_build=$!
}

main "$@"
