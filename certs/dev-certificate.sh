#!/usr/bin/env bash
# A certificate for trying things on this machine: a CA made for it alone and one serving certificate.
# Not for a cluster: the CA's key is thrown away, so that nothing else can ever be signed with it.
set -euo pipefail

usage() {
  cat <<'END'
usage: certs/dev-certificate.sh DIR [--days N]

Leaves ca.crt, tls.crt and tls.key in DIR. A pair there that is good for another week is kept.
END
}

dir='' days=90
while (($#)); do
  case $1 in
    --days) days=${2:?--days takes a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) dir=$1; shift ;;
  esac
done
[[ -n $dir ]] || { usage >&2; exit 2; }

names=DNS:localhost,IP:127.0.0.1,IP:::1
names+=,DNS:secret-hygiene.secret-hygiene.svc,DNS:secret-hygiene.secret-hygiene.svc.cluster.local
week=$((7 * 24 * 3600))

good() {
  [[ -s $dir/tls.key ]] &&
    openssl verify -CAfile "$dir/ca.crt" "$dir/tls.crt" &&
    openssl x509 -in "$dir/tls.crt" -noout -checkend $week &&
    cmp <(openssl pkey -in "$dir/tls.key" -pubout) <(openssl x509 -in "$dir/tls.crt" -noout -pubkey)
} >/dev/null 2>&1
if good; then exit 0; fi

# Made aside and moved into place, so that DIR never holds halves of two pairs that were interrupted.
umask 077
mkdir -p "$dir"
work=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

openssl_quiet() {
  local said
  said=$(openssl "$@" 2>&1) || { printf '%s\ndev-certificate.sh: openssl %s failed\n' "$said" "$1" >&2; exit 1; }
}
openssl_quiet req -x509 "${key[@]}" -keyout "$work/ca.key" -out "$work/ca.crt" -days "$days" \
  -subj '/CN=secret-hygiene development CA' -addext keyUsage=critical,keyCertSign,cRLSign
openssl_quiet req "${key[@]}" -keyout "$work/tls.key" -out "$work/tls.csr" -subj /CN=secret-hygiene
cat >"$work/extensions" <<END
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=$names
END
openssl_quiet x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
  -out "$work/tls.crt" -days "$days" -extfile "$work/extensions"
chmod 644 "$work/ca.crt" "$work/tls.crt"
mv -f "$work/ca.crt" "$work/tls.crt" "$work/tls.key" "$dir/"
echo "development certificate: $dir/tls.crt, good for $days days; clients trust it with $dir/ca.crt" >&2
