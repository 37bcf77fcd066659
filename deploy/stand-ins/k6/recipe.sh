# k6 as it is found on this machine, when it is the version of the tag and static.

fill() {
  local found=${K6_BIN:-}
  [ -n "$found" ] || found=$(PATH=$PATH:$(cache_folder)/bin command -v k6) ||
    fail "$2 needs k6 in K6_BIN, PATH or $(cache_folder)/bin: run CGO_ENABLED=0 go install go.k6.io/k6@v${2##*:}"
  "$found" version | grep -q "^k6 v${2##*:}\\b" || fail "$2 needs k6 ${2##*:}, and $found is $("$found" version | head -n 1)"
  ! ldd "$found" >/dev/null 2>&1 || fail "$2 needs a static k6, and $found is not: build it with CGO_ENABLED=0"
  install -D -m 755 "$found" "$1/usr/bin/k6"
  mkdir -p "$1/tmp" "$1/home/k6"
  chmod 1777 "$1/tmp" "$1/home/k6"
}

version() {
  echo "${2##*:}"
}

contents() {
  echo "k6 ${2##*:} (Go module) and nothing else"
}
