"""A real browser without a screen, where one is installed."""

import contextlib
import shutil
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium and chromium-driver are not installed: sh contrib/install-test-tools.sh"
)


@contextlib.contextmanager
def browsing(width: int = 1200, height: int = 900, *, dark: bool = False, script: bool = True) -> Iterator[Any]:
    """Run the browser; yields its driver."""
    from selenium import webdriver  # noqa: PLC0415 - only where there is a browser

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    # It runs as root in containers too, where its own sandbox and /dev/shm are not to be had.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.implicitly_wait(10)
        resize(driver, width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        yield driver
    finally:
        driver.quit()


def resize(driver: Any, width: int, height: int, scale: float = 1.0) -> None:
    """Give the browser a screen of that size, in its own pixels."""
    screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def look_over(driver: Any) -> list[str]:
    """Return what axe-core, which looks a page over for people who cannot see it, finds wrong with the present one."""
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    # Into a world of its own, as the page's policy lets no script in but the page's own.
    frame = driver.execute_cdp_cmd("Page.getFrameTree", {})["frameTree"]["frame"]["id"]
    world = driver.execute_cdp_cmd("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    call = f"{axe}; axe.run().then((r) => r.violations.map((v) => v.impact + ': ' + v.id + ': ' + v.nodes.map((n) => n.html).join(' | ')))"
    asked = {"expression": call, "contextId": world, "awaitPromise": True, "returnByValue": True}
    told = driver.execute_cdp_cmd("Runtime.evaluate", asked)["result"]
    assert "value" in told, told
    return list(told["value"])
