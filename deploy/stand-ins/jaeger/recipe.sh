# Jaeger's all-in-one, built from its Go module; its web page is a placeholder.

fill() {
  wait "$jaeger_build" || { tail -n 20 "$work/jaeger.log" >&2; return 1; }
  mkdir -p "$1/go/bin" "$1/tmp" "$1/etc/jaeger"
  chmod 1777 "$1/tmp"
  cp "$(jaeger_program)" "$1/go/bin/all-in-one-linux"
  echo '{}' >"$1/etc/jaeger/sampling_strategies.json"
}

version() {
  echo "${2##*:}"
}

contents() {
  echo "Jaeger ${2##*:} all-in-one without its web page (Go module)"
}
