# Node as `npm ci` brought it, with the npm of this machine. Certificates that npm trusts here it trusts there too.

fill() {
  local root=$1 wanted=${2#node:} program=$repository/node_modules/node/bin/node npm
  [ "$("$program" --version 2>/dev/null)" = "v${wanted%%-*}" ] || fail "$2 needs Node ${wanted%%-*} in $program: npm ci"
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  [ -f "$npm/bin/npm-cli.js" ] || fail "$2 needs npm on PATH, expected bin/npm-cli.js in its folder, and $npm has none"
  unpack "$root" bash dash coreutils findutils grep sed libc-bin libstdc++6
  account "$root" node 1000 /home/node
  mkdir -p "$root/home/node" "$root/root" "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
  install -m 755 "$program" "$root/usr/local/bin/node"
  cp -RL "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  trust "$root" "${NODE_EXTRA_CA_CERTS:-}"
}

# trust ROOT FILE: nothing when there is no file, as on most machines.
trust() {
  [ -f "$2" ] || return 0
  install -m 644 "$2" "$1/usr/local/etc/certificates.pem"
  echo 'cafile=/usr/local/etc/certificates.pem' >"$1/usr/local/etc/npmrc"
}

version() {
  local wanted=${2#node:}
  echo "${wanted%%-*}"
}

contents() {
  echo "Node $(version "$1" "$2") (npm package node) and npm"
}
