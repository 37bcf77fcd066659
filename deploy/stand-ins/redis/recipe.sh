# Redis as Debian has it.

fill() {
  local root=$1
  unpack "$root" bash dash coreutils util-linux findutils grep libc-bin redis-server
  mkdir -p "$root/data"
  chmod 1777 "$root/data"
  account "$root" redis 999 /data
  install -m 755 "$here/redis/entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
}

version() {
  LD_LIBRARY_PATH=$(echo "$1"/usr/lib/*-linux-gnu) "$1/usr/bin/redis-server" --version | sed 's/.*v=\([^ ]*\).*/\1/'
}

contents() {
  echo "Redis $(version "$1") (Debian)"
}
