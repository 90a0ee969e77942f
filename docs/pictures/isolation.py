"""Takes the picture of a proof of isolation: `python -m docs.pictures.isolation isolation.html`, with Chromium.

The page is made by `rehearse isolation booking --output isolation.html`.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from docs.pictures.monitor import BROWSERS

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1280, 1000


def main() -> int:
    """Shoot the page that is named."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        print("expected the page of a proof, e.g. isolation.html")  # noqa: T201
        return 2
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(Path(sys.argv[1]).resolve().as_uri())
        page.screenshot(path=HERE / "isolation-desktop.png")
        opened.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
