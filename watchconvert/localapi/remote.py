"""Outgoing requests: remote input files, when the operator allows them, and webhooks."""

import logging
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from watchconvert.localapi.errors import DOWNLOAD_FAILED, ApiError
from watchconvert.localapi.files import FileStore, StoredFile
from watchconvert.localapi.identifiers import dashed_identifier, masked_identifier
from watchconvert.localapi.names import disposition_name, safe_name
from watchconvert.localapi.settings import Settings

CHUNK_BYTES = 256 * 1024
FETCH_TIMEOUT = ClientTimeout(total=1800, connect=10, sock_read=60)
_LOG = logging.getLogger(__name__)


class Remote:
    """Speaks http(s) to other hosts; never sends our credentials, follows no proxy settings."""

    def __init__(self, settings: Settings, files: FileStore, session: ClientSession) -> None:
        self._settings = settings
        self._files = files
        self._session = session

    async def fetch(self, url: str, name: str = "", headers: dict[str, str] | None = None) -> StoredFile:
        """Download `url` into an unpublished file called `name`, or else as the other side or the URL calls it.

        Raises ApiError 500/5007 when that fails or is not allowed here, and 413 or 503 for want of room.
        """
        if not self._settings.allow_remote:
            raise download_failed("Remote files are not allowed on this server.")
        try:
            return await self._download(url, name, headers or {})
        except (ClientError, TimeoutError, ValueError, OSError) as error:
            _LOG.info("remote file failed: %s", type(error).__name__)
            raise download_failed("Unable to download remote file.") from error

    async def _download(self, url: str, name: str, headers: dict[str, str]) -> StoredFile:
        async with self._session.get(url, headers=headers, timeout=FETCH_TIMEOUT, max_redirects=5) as response:
            response.raise_for_status()
            found = safe_name(name) or disposition_name(response.headers.get("Content-Disposition"))
            async with self._files.writer(found or address_name(url, response.content_type)) as writer:
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    await writer.write(chunk)
                return await writer.finish()

    async def call_webhook(self, url: str, job_id: str, *, old: bool) -> None:
        """Tell `url` once that a job has succeeded, in the words of one dialect; a failure is only logged."""
        timeout = ClientTimeout(total=self._settings.webhook_timeout)
        method = "GET" if old else "POST"
        params = {"JobId": dashed_identifier(job_id)} if old else None
        body = None if old else {"JobId": job_id}
        try:
            async with self._session.request(
                method, url, params=params, json=body, timeout=timeout, allow_redirects=False
            ) as response:
                _LOG.info("webhook job=%s status=%d", masked_identifier(job_id), response.status)
        except (ClientError, TimeoutError, ValueError, OSError) as error:
            _LOG.warning("webhook job=%s failed: %s", masked_identifier(job_id), type(error).__name__)


def download_failed(message: str) -> ApiError:
    """Say that a remote input could not be had: 500, code 5007."""
    return ApiError(500, DOWNLOAD_FAILED, message)


def address_name(url: str, content_type: str = "") -> str:
    """Return a file name for a URL: its last part, or its host for a page."""
    parts = urlsplit(url)
    last = safe_name(parts.path)
    if "." in last:
        return last
    ending = ".html" if content_type in {"text/html", ""} else ""
    return (last or safe_name(parts.hostname or "") or "file") + ending
