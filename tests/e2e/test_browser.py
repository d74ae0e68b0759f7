"""The page in a real browser: what a person sees and does, with and without script, on a screen and on a phone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import browsing, look_over, needs_browser, resize
from tests.e2e.stage import local_server, wait_for
from tests.e2e.test_web import TOKEN, WebSite, drop
from watchconvert.core.states import State

pytestmark = needs_browser
HOSTILE = ("<img src=x onerror=alert(1)>.csv", "gpj.\u202etxt.csv", "a 'quoted\" & <b>name.csv")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    folder = tmp_path_factory.mktemp("browser")
    with local_server(folder) as url:
        site = WebSite(folder, url)
        site.start()
        wait_for(lambda: site.health() == 200, "the daemon to be well")
        for name in HOSTILE:
            drop(site, name)
        drop(site, "bad.xyz", b"whatever")
        site.wait_for_rest(4)
        yield site
        site.stop()


def address_of(site: WebSite) -> str:
    host, port = site.address
    return f"http://{host}:{port}/"


def find(driver: Any, selector: str) -> Any:
    return driver.find_element("css selector", selector)


def body(driver: Any) -> str:
    """What a person reads; asked for again where a new page comes at that very moment."""
    from selenium.common.exceptions import StaleElementReferenceException  # noqa: PLC0415 - where there is a browser

    def read() -> str:
        try:
            return str(find(driver, "body").text)
        except StaleElementReferenceException:
            return ""

    return str(wait_for(read, "a page", 20))


def open_page(driver: Any, site: WebSite) -> None:
    driver.get(address_of(site))
    find(driver, "#token").send_keys(TOKEN)
    find(driver, "button[type=submit]").click()
    wait_for(lambda: driver.find_elements("css selector", "main#overview"), "the overview", 20)


def complaints(driver: Any) -> list[str]:
    """What the browser complained of: a policy that was broken, a script that failed; a refused token is no such."""
    return [each["message"] for each in driver.get_log("browser") if "403 (FORBIDDEN)" not in each["message"]]


def test_a_person_signs_in_watches_tries_again_and_signs_out(site: WebSite) -> None:
    with browsing() as driver:
        driver.get(address_of(site))
        find(driver, "#token").send_keys("not the token at all")
        find(driver, "button[type=submit]").click()
        assert find(driver, "[role=alert]").text == "That is not the token."
        open_page(driver, site)
        assert "All is well" in body(driver)
        assert find(driver, "#life").text == "live"
        cookie = driver.get_cookie("watchconvert")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        for name in (HOSTILE[0], HOSTILE[2], "gpj.\\u202etxt.csv"):
            assert name in body(driver)
        opened = find(driver, "#recent details")
        find(driver, "#recent summary").click()
        find(driver, "#failed button").send_keys("")  # has the focus
        focused = driver.execute_script("return document.activeElement.textContent")
        drop(site, "live.csv")
        wait_for(lambda: "live.csv" in body(driver), "the page to show what has come in", 30)
        assert driver.execute_script("return document.activeElement.textContent") == focused
        assert opened.get_attribute("open"), "what was opened stays open, though another file stands above it now"
        find(driver, "#failed button").click()
        wait_for(lambda: driver.find_elements("css selector", ".said"), "the answer", 20)
        assert find(driver, ".said").text == "The file will be moved back into the inbox."
        assert driver.current_url == address_of(site), "a reload does not tell it again"
        wait_for(lambda: sum(job.state is State.FAILED for job in site.jobs()) >= 2, "the second failure")
        find(driver, "header button").click()
        wait_for(lambda: driver.find_elements("css selector", "#token"), "the sign-in", 20)
        assert complaints(driver) == []


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (360, True)])
def test_nothing_stands_in_the_way_of_anybody(site: WebSite, width: int, dark: bool) -> None:
    with browsing(width, 800, dark=dark) as driver:
        driver.get(address_of(site))
        assert look_over(driver) == []
        open_page(driver, site)
        for details in driver.find_elements("css selector", "details"):
            driver.execute_script("arguments[0].open = true", details)
        assert look_over(driver) == []
        wide = driver.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, "nobody has to scroll sideways"
        ground = find(driver, "body").value_of_css_property("background-color")
        assert (ground == "rgba(16, 20, 27, 1)") is dark
        assert driver.execute_script("return document.documentElement.lang") == "en"
        assert complaints(driver) == []


def test_everything_can_be_read_and_done_without_script(site: WebSite) -> None:
    with browsing(script=False) as driver:
        driver.get(address_of(site))
        find(driver, "#token").send_keys(TOKEN)
        find(driver, "button[type=submit]").click()
        wait_for(lambda: driver.find_elements("css selector", "main#overview"), "the overview", 20)
        assert "All is well" in body(driver)
        assert "Without script this page stands still." in body(driver)
        assert "bad.xyz" in body(driver)
        before = len(site.jobs())
        find(driver, "#failed button").click()
        wait_for(lambda: driver.find_elements("css selector", ".said"), "the answer", 20)
        assert find(driver, ".said").text == "The file will be moved back into the inbox."
        wait_for(lambda: len(site.jobs()) > before, "the file to come in again")


def test_the_keyboard_is_enough(site: WebSite) -> None:
    with browsing() as driver:
        open_page(driver, site)
        driver.execute_script("document.activeElement.blur()")
        seen: list[str] = []
        for _ in range(60):
            find(driver, "body" if not seen else ":focus").send_keys("\ue004")  # Tab
            element = driver.switch_to.active_element
            seen.append(f"{element.tag_name}:{element.text or element.get_attribute('aria-label') or ''}")
            if seen[-1].startswith("a:healthz"):
                break
        assert seen[0] == "a:To the content"
        assert "button:Try again" in seen
        assert any(each.startswith("summary:") for each in seen)
        assert seen[-1] == "a:healthz", seen


def test_a_daemon_that_goes_is_told_by_the_page_that_stays(tmp_path: Path) -> None:
    with local_server(tmp_path) as url, browsing() as driver:
        site = WebSite(tmp_path, url)
        site.start()
        wait_for(lambda: site.health() == 200, "the daemon to be well")
        open_page(driver, site)
        resize(driver, 1000, 700)
        began = time.monotonic()
        site.stop()
        wait_for(lambda: "No answer: what you see may be old" in body(driver), "the page to say so", 40)
        assert time.monotonic() - began < 40
        assert "All is well" in body(driver), "what was known still stands there"
