"""Takes pictures of a run's page for the documentation: `python docs/pictures/report.py artifacts/RUN`.

Needs an installed Chromium or Chrome, and playwright. Writes report-*.png beside itself.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from harness.report.page import write_page

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHOTS = (
    ("desktop", 1180, 1000, "light"),
    ("dark", 1180, 1000, "dark"),
    ("phone", 390, 844, "light"),
)


def main() -> None:
    """Take every picture of the run whose folder is the first argument."""
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/pictures/report.py artifacts/RUN")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit(f"no browser on the path, looked for {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_path = write_page(Path(sys.argv[1]), Path(folder) / "report.html")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for name, width, height, scheme in SHOTS:
            page = _opened(browser, page_path, width, height, scheme)
            page.screenshot(path=HERE / f"report-{name}.png")
        page = _opened(browser, page_path, 1180, 1000, "light")
        _parts(page)
        browser.close()


def _opened(browser: Browser, path: Path, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if width < 500 else 1,
    )
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def _parts(page: Page) -> None:
    """Take the parts that a reader looks for: latency, a troubled execution, a whole scenario."""
    # What stays at the window's top while one scrolls would lie across the picture.
    page.locator("nav").first.evaluate("one => { one.style.position = 'static' }")
    page.locator("#latency").screenshot(path=HERE / "report-latency.png")
    way = page.locator("details.way.unsure").first
    if way.count():
        # What is closed has no picture: the scenario is opened first, then the way in it.
        way.evaluate("one => { one.closest('.scenario').open = true; one.open = true }")
        way.screenshot(path=HERE / "report-way.png")
    page.locator("details.scenario").first.screenshot(path=HERE / "report-scenario.png")


if __name__ == "__main__":
    main()
