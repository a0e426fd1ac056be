"""One raw file from its public addresses: https only, in bounded time and size, and only if it is the right one."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPMessage
from typing import IO, BinaryIO
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from hpotrial.core.errors import DataError
from hpotrial.datasets.raw import RawFile

Opener = Callable[[str, float], BinaryIO]

# an answer may be slow, but not for ever
MAX_DOWNLOAD_SECONDS = 300.0
CHUNK_BYTES = 1 << 16


def require_https(address: str) -> None:
    """Raises DataError for an address that is not https: its content could be changed on the way."""
    if urlsplit(address).scheme != "https":
        raise DataError(f"{address} is not an https address: only those are fetched")


class _HttpsRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_https(address: str, timeout_seconds: float, *, handler: HTTPSHandler | None = None) -> BinaryIO:
    """The answer to a GET, ready to be read. `handler` brings its own certificates.

    Raises DataError if the address or one it redirects to is not https, OSError if there is no answer.
    """
    require_https(address)
    opener = build_opener(handler or HTTPSHandler(), _HttpsRedirects())
    return opener.open(Request(address, headers={"User-Agent": "hpo-on-trial"}), timeout=timeout_seconds)


def _opened_within(opener: Opener, address: str, seconds: float) -> BinaryIO:
    # looking up a host's name knows no time-out, so it runs in a thread that can be left behind
    outcome: queue.SimpleQueue[BinaryIO | Exception] = queue.SimpleQueue()
    abandoned = threading.Event()

    def attempt() -> None:
        try:
            answer = opener(address, seconds)
        except Exception as error:
            outcome.put(error)
            return
        outcome.put(answer)
        if abandoned.is_set():
            answer.close()

    threading.Thread(target=attempt, daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty:
        abandoned.set()
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if isinstance(found, Exception):
        raise found
    return found


def _read(answer: BinaryIO, max_bytes: int) -> bytes:
    deadline = time.monotonic() + MAX_DOWNLOAD_SECONDS
    chunks: list[bytes] = []
    size = 0
    while chunk := answer.read(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise DataError(f"sent more than {max_bytes:,} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {MAX_DOWNLOAD_SECONDS:g} s")
    return b"".join(chunks)


def download(file: RawFile, timeout_seconds: float = 5.0, opener: Opener = open_https) -> tuple[str, bytes] | list[str]:
    """`(address, content)` of the first address that has the right content, or a list of what went wrong at each.

    Each address has `timeout_seconds` to be found and to answer, and then may pause no longer than that.
    """
    failures: list[str] = []
    for address in file.addresses:
        host = urlsplit(address).netloc
        try:
            with closing(_opened_within(opener, address, timeout_seconds)) as answer:
                content = _read(answer, file.max_bytes)
        except DataError as error:
            failures.append(f"{host}: {error}")
            continue
        except Exception as error:  # a broken answer can fail in many ways (OSError, HTTPException, ValueError)
            reason = str(getattr(error, "reason", "") or error) or type(error).__name__
            failures.append(f"{host}: no answer ({reason})")
            continue
        reason_refused = file.refusal(content)
        if reason_refused is None:
            return address, content
        failures.append(f"{host}: the file {reason_refused}")
    return failures
