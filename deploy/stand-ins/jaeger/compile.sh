#!/usr/bin/env bash
# compile.sh TAG PROGRAM: builds Jaeger's all-in-one as a static program, when it is not there.
# `go install` refuses its module, which has replace directives, so a throw-away module requires it.
set -euo pipefail
version=${1##*:}
target=$2
[ ! -x "$target" ] || exit 0
command -v go >/dev/null || { echo "Jaeger needs Go to be built, and there is no go in PATH" >&2; exit 1; }

mkdir -p "$(dirname "$target")"
module=$(mktemp -d)
trap 'rm -rf "$module"' EXIT
cd "$module"
go mod init ordeal.invalid/jaeger
printf 'package main\n\nimport _ "github.com/jaegertracing/jaeger/cmd/all-in-one"\n\nfunc main() {}\n' >main.go
go get "github.com/jaegertracing/jaeger@v$version"
go mod tidy
info=github.com/jaegertracing/jaeger/pkg/version
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X $info.latestVersion=v$version" -o "$target.new" \
  github.com/jaegertracing/jaeger/cmd/all-in-one
mv "$target.new" "$target"
