# k6 as it is found on this machine, when it is the version of the tag and static.

fill() {
  local found
  found=$(found_k6 "${2##*:}") ||
    fail "$2 needs a static k6 ${2##*:} in K6_BIN, PATH or $(cache_folder)/bin: CGO_ENABLED=0 go install go.k6.io/k6@v${2##*:}"
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
