"""Certificates for the end-to-end tests, made by the openssl command line."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Pair:
    """A key, its certificate, and the CA that signed it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.ca = str(self.directory / "ca.crt")
        self.certificate = str(self.directory / "tls.crt")
        self.key = str(self.directory / "tls.key")

    def files(self):
        """As a KubeletDirectory takes them."""
        return {name: (self.directory / name).read_bytes() for name in ("ca.crt", "tls.crt", "tls.key")}


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, text=True)


def serving(directory, days=90):
    """What `./dev run` serves with: a new CA and a certificate for localhost."""
    script = ROOT / "certs" / "dev-certificate.sh"
    subprocess.run([script, directory, "--days", str(days)], check=True, capture_output=True)
    return Pair(directory)


def expired(directory):
    """A serving certificate whose time is over; self-signed."""
    return dated(directory, "20200101000000Z", "20200102000000Z")


def dated(directory, begin, end, subject="/CN=localhost", extensions="subjectAltName=DNS:localhost", authority=None):
    """A certificate good from `begin` to `end`, each YYYYMMDDHHMMSSZ; self-signed, or signed by the ca.crt and the ca.key of
    the directory `authority`."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    openssl(directory, "req", *P256, "-keyout", "tls.key", "-out", "tls.csr", "-subj", subject)
    (directory / "index.txt").touch()
    (directory / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nnew_certs_dir=.\n"
        f"x509_extensions=e\n[p]\norganizationName=optional\ncommonName=supplied\n[e]\n{extensions}\n", encoding="utf-8")
    signer = (["-cert", str(authority / "ca.crt"), "-keyfile", str(authority / "ca.key")] if authority
              else ["-selfsign", "-keyfile", "tls.key"])
    openssl(directory, "ca", "-batch", "-config", "ca.cnf", *signer, "-in", "tls.csr", "-out", "tls.crt", "-startdate", begin,
            "-enddate", end, "-notext")
    (directory / "ca.crt").write_bytes((authority / "ca.crt" if authority else directory / "tls.crt").read_bytes())
    return Pair(directory)


def client(directory, name, ca_name="client CA"):
    """A client certificate with common name `name`, signed by a new CA."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    openssl(directory, "req", "-x509", *P256, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2",
            "-subj", f"/CN={ca_name}")
    openssl(directory, "req", *P256, "-keyout", "tls.key", "-out", "tls.csr", "-subj", f"/CN={name}")
    (directory / "extensions").write_text("extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n",
                                          encoding="utf-8")
    openssl(directory, "x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "tls.crt", "-days", "2", "-extfile", "extensions")
    return Pair(directory)
