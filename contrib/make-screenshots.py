"""Make the pictures of the page in docs/: `python contrib/make-screenshots.py`.

The samples of the demo are converted by the real daemon with the built-in server on a scratch share, and a real browser
(chromium, chromium-driver) is pointed at its page.
"""  # noqa: INP001 - a script, not a package

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.browser import browsing, resize  # noqa: E402 - from the checkout, not from what is installed
from tests.e2e.stage import Site, wait_for  # noqa: E402
from watchconvert.adapters.journal.report import read_status  # noqa: E402
from watchconvert.faces.samples import SAMPLES, read  # noqa: E402

TOKEN = "a-token-for-the-pictures"  # noqa: S105 - of a scratch share that is gone with this script
PICTURES = (("page", 1200, 1150, False), ("page-dark", 1200, 1150, True), ("page-phone", 390, 1150, False))
COLOURS = 256


def drop_samples(site: Site) -> None:
    """Put every sample into the inbox of its route."""
    for sample in SAMPLES:
        (site.path(sample.route, "inbox") / sample.name).write_bytes(read(sample.name))


def take(url: str, name: str, size: tuple[int, int], *, dark: bool) -> None:
    """Sign in with a browser of that size and write what it shows."""
    with browsing(*size, dark=dark) as driver:
        driver.get(url)
        driver.find_element("css selector", "#token").send_keys(TOKEN)
        driver.find_element("css selector", "button[type=submit]").click()
        wait_for(lambda: driver.find_elements("css selector", "main#overview"), "the page")
        resize(driver, *size)
        wait_for(lambda: driver.find_element("css selector", "#life").text == "live", "the script")
        write(driver, ROOT / "docs" / f"{name}.png")


def write(driver: Any, path: Path) -> None:
    """Write what the browser shows with few colours, so that it is small."""
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), path.stat().st_size)  # noqa: T201 - a script


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        site = Site(folder, "local")
        (folder / "token").write_text(TOKEN, "ascii")
        (folder / "token").chmod(0o600)
        with site.config.open("a", encoding="utf-8") as file:
            file.write('[web]\nlisten = "127.0.0.1:0"\ntoken_file = "token"\n')
        site.start()
        try:
            drop_samples(site)
            site.wait_for_rest(len(SAMPLES))
            url = wait_for(lambda: read_status(site.journal).get("web", {}).get("url"), "the page")
            for name, width, height, dark in PICTURES:
                take(url, name, (width, height), dark=dark)
        finally:
            site.stop()


if __name__ == "__main__":
    main()
