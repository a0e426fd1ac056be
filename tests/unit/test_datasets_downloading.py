"""Downloads over a real TLS connection to this machine, with a certificate made for the test."""

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import HTTPSHandler

import pytest

from hpotrial.core.errors import DataError
from hpotrial.datasets.downloading import Opener, download, open_https, require_https
from hpotrial.datasets.raw import RawFile, sha256_of

CONTENT = bytes(range(256)) * 1000

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
        elif self.path == "/downgraded":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/file")
            self.end_headers()
        elif self.path in ("/file", "/cut"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if self.path == "/file" else CONTENT[:1000])
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[tuple[str, Opener]]:
    folder: Path = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trusting = HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate)))
    yield f"https://127.0.0.1:{server.server_address[1]}", partial(open_https, handler=trusting)
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def raw_file(*addresses: str, max_bytes: int = len(CONTENT)) -> RawFile:
    return RawFile("file", sha256_of(CONTENT), max_bytes, addresses)


@needs_openssl
@pytest.mark.parametrize("path", ["/file", "/moved"])
def test_downloads_over_tls(site, path):
    base, opener = site
    assert download(raw_file(base + path), opener=opener) == (base + path, CONTENT)


@needs_openssl
def test_goes_on_to_the_next_address(site):
    base, opener = site
    assert download(raw_file(base + "/gone", base + "/cut", base + "/file"), opener=opener) == (base + "/file", CONTENT)


@needs_openssl
@pytest.mark.parametrize(
    ("path", "reason"),
    [("/gone", "Not Found"), ("/cut", "has sha256"), ("/downgraded", "is not an https address")],
)
def test_failures_over_tls(site, path, reason):
    base, opener = site
    failures = download(raw_file(base + path), opener=opener)
    assert isinstance(failures, list)
    assert len(failures) == 1
    assert reason in failures[0]


@needs_openssl
def test_stops_at_the_bound_on_size(site):
    base, opener = site
    failures = download(raw_file(base + "/file", max_bytes=len(CONTENT) - 1), opener=opener)
    assert failures == [f"{base.removeprefix('https://')}: sent more than {len(CONTENT) - 1:,} bytes"]


@needs_openssl
def test_an_unknown_certificate_is_refused(site):
    failures = download(raw_file(site[0] + "/file"))
    assert isinstance(failures, list)
    assert "certificate verify failed" in failures[0].lower()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "ftp://127.0.0.1/x", "file:///etc/hostname", "x.csv"])
def test_only_https(address):
    with pytest.raises(DataError, match="is not an https address"):
        require_https(address)
    failures = download(raw_file(address))
    assert isinstance(failures, list)
    assert "is not an https address" in failures[0]


def test_every_public_address_is_https():
    from dataset_samples import MNIST, TELECUST

    addresses = [address for spec in (TELECUST, MNIST) for file in spec.raw_files() for address in file.addresses]
    assert len(addresses) == 10
    for address in addresses:
        require_https(address)
