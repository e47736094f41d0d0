#!/usr/bin/env python3
"""pictures.py PAGE FOLDER [PREFIX]: PNGs of a report at 390 and 1,400 pixels, light and dark, the first case opened."""

import pathlib
import sys

from driver import Browser

HEIGHTS = {390: 1400, 1400: 1500}


def main():
    page, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    prefix = sys.argv[3] if len(sys.argv) > 3 else "report"
    with Browser() as browser:
        for width, height in HEIGHTS.items():
            for theme in ("light", "dark"):
                browser.open(page.as_uri())
                browser.size(width, height)
                browser.theme(theme)
                browser.click("#table tbody .open")
                browser.run("document.activeElement.blur(); scrollTo(0, 0)")
                path = folder / f"{prefix}-{width}-{theme}.png"
                browser.picture(path)
                print(f"{path.name}: {path.stat().st_size} bytes")
                if len(sys.argv) > 4:
                    total = browser.run("for (const p of document.querySelectorAll('[data-draw]')) p.scrollIntoView(); return document.documentElement.scrollHeight")
                    browser.size(width, min(total, 9000))
                    browser.run("scrollTo(0, 0)")
                    browser.picture(folder / f"{prefix}-{width}-{theme}-whole.png")


if __name__ == "__main__":
    main()
