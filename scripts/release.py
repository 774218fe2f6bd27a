"""What `./dev release` makes of a built program: archive, SBOM, krew manifest, notes, checksums, all in one directory.

    release.py check BINARY                     one file that needs the C library only, of at most 15 MB
    release.py archive BINARY ARCH [STATUS_DIRECTORY] OUT
                                                secret-hygiene_VERSION_linux_ARCH.tar.gz, the same bytes for the same commit, and its SBOM;
                                                the directory describes packages of another architecture that were linked
    release.py values IMAGE DIGEST VALUES       the chart's values.yaml, changed so that it names this image
    release.py image-sbom STATUS_DIRECTORY OUT  an SBOM of the packages that the image's /var/lib/dpkg/status.d describes
    release.py finish OUT                       the krew manifest of the archives in OUT, the notes, and the checksums of all
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "secret-hygiene"
BYTES_MAX = 15_000_000  # what people download, stripped
# Of Debian 12's, 2.36, only what is older is called: cmake/older_glibc.cpp has the rest. 2.34 made one library of several.
GLIBC_MAX = (2, 34)
# Of the C library, which every Linux distribution but those of musl has; the loader and the kernel's page belong to it.
SHARED = re.compile(r"(linux-vdso|libc|libm|libpthread|libdl|librt|ld-linux-[\w-]+)\.so\.\d+")
DISTRIBUTION = "debian-12"
# What is linked into the portable program: the package that its archive or headers are of.
LINKED = ("libboost1.81-dev", "libssl-dev", "libyaml-cpp-dev", "prometheus-cpp-dev", "libspdlog-dev", "libfmt-dev", "libcli11-dev",
          "rapidjson-dev", "libstdc++-12-dev")


def version():
    """The version of CMake's description."""
    return re.search(r"^project\(.* VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]


def commit_time():
    """Seconds, of the commit that is checked out: what is made of one commit has the same bytes each time."""
    return int(subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True).stdout)


def foreign_libraries(ldd):
    """What `ldd` names beside the C library."""
    names = [line.split()[0].rsplit("/", 1)[-1] for line in ldd.splitlines() if line.strip()]
    return [name for name in names if not SHARED.fullmatch(name)]


def newest_glibc(symbols):
    """(major, minor) of the newest version that `objdump -T` names."""
    return max(tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9]+\.[0-9]+)", symbols))


def check(binary):
    """Lines about what keeps the program from running elsewhere."""
    environment = {**os.environ, "LC_ALL": "C"}
    ldd, symbols = (subprocess.run([*command, binary], env=environment, capture_output=True, text=True, check=True).stdout
                    for command in (["ldd"], ["objdump", "-T"]))
    found = [f"{name} is linked as a shared library" for name in foreign_libraries(ldd)]
    if newest_glibc(symbols) > GLIBC_MAX:
        found.append("glibc {}.{} is needed, at most {}.{} is meant".format(*newest_glibc(symbols), *GLIBC_MAX))
    if pathlib.Path(binary).stat().st_size > BYTES_MAX:
        found.append(f"{pathlib.Path(binary).stat().st_size} bytes, at most {BYTES_MAX} are meant")
    return found, newest_glibc(symbols)


def installed(packages):
    """[(package, version, source)] as dpkg has them."""
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${source:Package}\n", *packages],
                          capture_output=True, text=True, check=True).stdout
    return [tuple(line.split()) for line in said.splitlines()]


def described(status):
    """[(package, version, source)] of the files in a status.d directory. A package that names no source is of one of its own name."""
    found = []
    for path in sorted(pathlib.Path(status).iterdir()):
        fields = dict(re.findall(r"^(Package|Version|Source): (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        found.append((fields["Package"], fields["Version"], fields.get("Source", fields["Package"])))
    return found


def linked(own, unpacked):
    """Packages of `own`, in the version that `unpacked` has of them if it has one."""
    versions = {package[0]: package for package in unpacked}
    return [versions.get(package[0], package) for package in own]


def escaped(part):
    """A part of a package's address, purl."""
    return urllib.parse.quote(part, safe="~")


def sbom(what, packages, checksum, seconds):
    """An SPDX 2.3 document: `what`, of this version, and the Debian packages linked into it or beside it. Scanners look for what Debian
    says of a package by its source and the distribution."""
    def entry(identifier, name, number, **more):
        return {"SPDXID": identifier, "name": name, "versionInfo": number, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", **more}

    own = entry("SPDXRef-program", NAME, version(), licenseDeclared="Apache-2.0")
    if checksum:
        own["checksums"] = [{"algorithm": "SHA256", "checksumValue": checksum}]
    parts = [entry("SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", package), package, number, supplier="Organization: Debian", externalRefs=[
        {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
         "referenceLocator": f"pkg:deb/debian/{escaped(package)}@{escaped(number)}?distro={DISTRIBUTION}&upstream={escaped(source)}"}])
        for package, number, source in packages]
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    relationships = [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])] + [(own["SPDXID"], "DEPENDS_ON", part["SPDXID"]) for part in parts]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"{what}-{version()}",
            "documentNamespace": f"https://secret-hygiene.io/spdx/{what}-{version()}-{checksum or seconds}",
            "creationInfo": {"created": created, "creators": [f"Tool: {NAME}-release"]}, "packages": [own, *parts],
            "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relationships]}


def archive(binary, arch, packages, out):
    """Program, licence, and the licences of what is linked into it, as its owners ask."""
    stem, seconds = f"{NAME}_{version()}_linux_{arch}", commit_time()
    files = {NAME: (pathlib.Path(binary), 0o755), "LICENSE": (ROOT / "LICENSE", 0o644)}
    files |= {f"licenses/{package}": (pathlib.Path("/usr/share/doc", package, "copyright"), 0o644) for package in LINKED}
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=seconds) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, (path, mode) in sorted(files.items()):
            content = path.read_bytes()
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), mode, seconds
            tar.addfile(info, io.BytesIO(content))
    (out / f"{stem}.tar.gz").write_bytes(packed.getvalue())
    checksum = hashlib.sha256(pathlib.Path(binary).read_bytes()).hexdigest()
    (out / f"{stem}.spdx.json").write_text(json.dumps(sbom(stem, packages, checksum, seconds), indent=1) + "\n", encoding="utf-8")


def with_image(values, image, digest):
    """The text of the chart's values.yaml with an image, `HOST/NAME`, and its digest. ValueError if they are not whole."""
    registry, _, repository = image.rpartition("/")
    if not registry or not repository or not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise ValueError(f"no image with registry and digest: {image} {digest}")
    for name, value in (("registry", registry), ("repository", repository), ("digest", digest)):
        values, count = re.subn(rf"^(image:\n(?:  .*\n)*?  {name}: ).*", rf"\g<1>{json.dumps(value)}", values, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"values.yaml has no image.{name}")
    return values


def krew(url, archives):
    """The manifest of a kubectl plug-in; `archives` is {architecture: (file name, SHA-256)}."""
    lines = ["apiVersion: krew.googlecontainertools.github.com/v1alpha2", "kind: Plugin", "metadata:", f"  name: {NAME}", "spec:",
             f"  version: v{version()}", f"  homepage: {url}", "  shortDescription: Audit, label and prune Secrets",
             "  description: |", "    Shows which Secrets fill the caches of controllers, labels them,", "    and deletes old revisions of Helm releases.",
             "  platforms:"]
    for arch, (name, checksum) in sorted(archives.items()):
        lines += [f"    - uri: {url}/releases/download/v{version()}/{name}", f'      sha256: "{checksum}"', f"      bin: {NAME}",
                  f"      selector: {{matchLabels: {{os: linux, arch: {arch}}}}}"]
    return "\n".join(lines) + "\n"


def notes(changelog, number):
    """The section of a version, without its heading. ValueError if there is none, or nothing in it."""
    found = re.search(rf"^## {re.escape(number)}\b.*\n((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    if not found or not found[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing about {number}")
    return found[1].strip() + "\n"


def finish(out, url):
    checksums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("*.tar.gz"))}
    archives = {name.removesuffix(".tar.gz").rsplit("_", 1)[-1]: (name, checksum) for name, checksum in checksums.items()}
    if not archives:
        raise ValueError(f"no archive is in {out}")
    (out / "krew.yaml").write_text(krew(url, archives), encoding="utf-8")
    (out / "notes.md").write_text(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version()), encoding="utf-8")
    listed = [path for path in sorted(out.iterdir()) if path.name not in ("SHA256SUMS", "notes.md")]
    (out / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in listed), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("check", "archive", "values", "image-sbom", "finish"))
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--url", default="https://example.invalid/secret-hygiene", help="of the repository, for krew")
    options = parser.parse_args()
    step, rest = options.step, options.arguments
    if step == "check":
        found, (major, minor) = check(rest[0])
        print("\n".join(found) or f"{rest[0]}: glibc {major}.{minor} or later, {pathlib.Path(rest[0]).stat().st_size} bytes")
        return 1 if found else 0
    out = pathlib.Path(rest[-1])
    if step == "values":
        out.write_text(with_image(out.read_text(encoding="utf-8"), rest[0], rest[1]), encoding="utf-8")
    elif step == "archive":
        archive(rest[0], rest[1], linked(installed(LINKED), described(rest[2]) if len(rest) > 3 else []), out)
    elif step == "image-sbom":
        document = sbom("image", described(rest[0]), None, commit_time())
        (out / "image.spdx.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    else:
        finish(out, options.url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
