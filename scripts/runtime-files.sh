#!/usr/bin/env bash
# Gathers a root file system of the program and the shared libraries that it needs, for an image with nothing else in it.
set -euo pipefail

(($# == 2)) || { echo 'usage: scripts/runtime-files.sh BINARY DIR' >&2; exit 2; }
binary=$1 root=$2
mkdir -p "$root"
[[ -z $(ls -A "$root") ]] || { echo "runtime-files.sh: $root is not empty" >&2; exit 1; }

# Each path that ldd names, once: the loader and every library, none of which may be missing.
libraries=$(ldd "$binary")
if grep -F 'not found' <<<"$libraries" >&2; then exit 1; fi
mapfile -t libraries < <(grep -o '/[^ )]*' <<<"$libraries" | sort -u)

install -D --strip -m 755 "$binary" "$root/usr/bin/secret-hygiene"
for library in "${libraries[@]}"; do
  install -D -m 755 "$library" "$root$library"
done

# Scanners of images read packages and versions here, and the licences ask for their text.
# dpkg knows a file by the path it was packed with, with /usr or without.
describe() {
  local package
  package=$({ dpkg-query -S "$1" "/usr$1" 2>/dev/null || true; } | sed -n '1s/:.*//p')
  [[ -n $package ]] || { echo "runtime-files.sh: no package has $1" >&2; return 1; }
  mkdir -p "$root/var/lib/dpkg/status.d" "$root/usr/share/doc/$package"
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
}
# What is compiled in from headers alone leaves no library to find it by. Boost's headers are of the same source as its library.
headers=(/usr/include/CLI/CLI.hpp /usr/include/rapidjson/rapidjson.h)
if command -v dpkg-query >/dev/null; then
  for file in "${libraries[@]}" "${headers[@]}"; do describe "$file"; done
fi

mkdir -p "$root/etc"
echo 'nonroot:x:65532:65532:nonroot:/nonexistent:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
