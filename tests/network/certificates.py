"""Certificates of every bad kind, made by the openssl program when a test asks for them."""

import shutil
import ssl
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

HOST = "IP:127.0.0.1"
NOW, LATER = ("20200101000000Z", "20490101000000Z")
WITHOUT_OPENSSL = shutil.which("openssl") is None
_CONFIG = """
[ca]
default_ca = own
[own]
new_certs_dir = {folder}
database = {folder}/index.txt
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
"""


@dataclass(frozen=True)
class Wish:
    """What is asked of a certificate; each default is what a good one has."""

    name: str = "127.0.0.1"
    alternative: str = HOST
    starts: str = NOW
    ends: str = LATER
    digest: str = "sha256"
    key: str = "2048"
    usage: str = "serverAuth"
    issuer: str = "authority"
    is_authority: bool = False
    critical: str = ""


GOOD = Wish()
BAD = {
    "expired": Wish(ends="20210101000000Z"),
    "not valid yet": Wish(starts="20480101000000Z"),
    "of another address": Wish(alternative="IP:127.0.0.2"),
    "of a host name": Wish(alternative="DNS:127.0.0.1"),
    "of a wildcard": Wish(alternative="DNS:*"),
    "with a name alone": Wish(alternative=""),
    "for clients": Wish(usage="clientAuth"),
    "for signing code": Wish(usage="codeSigning"),
    "signed with MD5": Wish(digest="md5"),
    "signed with SHA-1": Wish(digest="sha1"),
    "of a short key": Wish(key="1024"),
    "signed by itself": Wish(issuer=""),
    "of an unknown authority": Wish(issuer="stranger"),
    "of one that is no authority": Wish(issuer="no authority"),
    "with an unknown need": Wish(critical="1.2.3.4"),
}


class Authority:
    """Makes certificates in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "index.txt").write_text("")
        self._issuers = {
            "authority": self.make(Wish("good authority", "", issuer="", is_authority=True)),
            "stranger": self.make(Wish("strange authority", "", issuer="", is_authority=True)),
        }
        self._issuers["no authority"] = self.make(Wish("no authority"))
        self.trusted = self._issuers["authority"]
        """The file that a client has to trust."""

    def make(self, wish: Wish) -> Path:
        """Make a certificate; returns the file that holds it, its chain and its key."""
        self._number += 1
        base = self._folder / str(self._number)
        request, made = base.with_suffix(".csr"), base.with_suffix(".crt")
        conf = ["-config", str(self._folder / "openssl.cnf")]
        key = self._key(wish.key)
        self._run("req", *conf, "-new", "-key", key, "-out", request, "-subj", f"/CN={wish.name}")
        base.with_suffix(".ext").write_text(_extensions(wish))
        issuer = self._issuers[wish.issuer] if wish.issuer else None
        by = ["-cert", issuer, "-keyfile", issuer] if issuer else ["-selfsign", "-keyfile", key]
        self._run(
            "ca", *conf, "-batch", "-notext", "-md", wish.digest, "-startdate", wish.starts, "-enddate", wish.ends,
            "-extfile", base.with_suffix(".ext"), "-in", request, "-out", made, *by,
        )  # fmt: skip
        whole = base.with_suffix(".pem")
        chain = issuer.read_bytes() if wish.issuer == "no authority" and issuer else b""
        whole.write_bytes(key.read_bytes() + made.read_bytes() + chain)
        return whole

    def _key(self, bits: str) -> Path:
        """Return a key of so many bits; all certificates share it, for it takes long to make."""
        path = self._folder / f"{bits}.key"
        if not path.exists():
            self._run("genrsa", "-out", path, bits)
        return path

    def _run(self, *words: object) -> None:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def _extensions(wish: Wish) -> str:
    lines = ["basicConstraints=critical,CA:" + ("TRUE" if wish.is_authority else "FALSE")]
    if not wish.is_authority:
        lines.append(f"extendedKeyUsage={wish.usage}")
    if wish.alternative:
        lines.append(f"subjectAltName={wish.alternative}")
    if wish.critical:
        lines.append(f"{wish.critical}=critical,ASN1:UTF8String:x")
    return "\n".join(lines)


def server_context(certificate: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return what a server needs to show that certificate; with a version it speaks no other one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that these versions are bad is what the tests are about
        context.minimum_version = version or ssl.TLSVersion.TLSv1_2
        context.maximum_version = version or ssl.TLSVersion.TLSv1_3
    return context
