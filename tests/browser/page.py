#!/usr/bin/env python3
"""page.py PAGE [WORD]: what Chromium finds when it opens a report and uses it as a reader does, as JSON.

WORD is typed into the filter of names. The program judges nothing: the test does.
"""

import base64
import json
import pathlib
import sys

from driver import ENTER, Browser

SHOWN = "return Array.from(document.querySelectorAll('#table tbody tr:not(.detail)')).filter(r => !r.hidden).map(r => r.cells[0].querySelector('bdi').textContent)"
KEYS = "return Array.from(document.querySelectorAll('#table tbody tr:not(.detail)')).filter(r => !r.hidden).map(r => r.cells[arguments[0]].dataset.k)"
# A phone's innerWidth grows with what is too wide: the width is given.
WIDE = "return document.documentElement.scrollWidth - arguments[0]"
# Texts of charts that stand out of their chart, in pixels of the page.
CUT = """
const out = [];
for (const text of document.querySelectorAll('svg.chart text')) {
  const box = text.getBoundingClientRect(), chart = text.ownerSVGElement.getBoundingClientRect();
  if (box.width && (box.left < chart.left - 2 || box.right > chart.right + 2)) out.push(text.textContent);
}
return out"""
PAINT = "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
# Relative luminance and contrast: WCAG 2.2.
CONTRAST = r"""
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const parse = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return Array.from(canvas.getImageData(0, 0, 1, 1).data); };
const luminance = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ground = (node) => { for (let n = node; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255, 255]; };
let least = [99, ''];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
for (let node = texts.nextNode(); node; node = texts.nextNode()) {
  const parent = node.parentElement;
  if (!node.textContent.trim() || !parent.checkVisibility() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TITLE', 'OPTION'].includes(parent.tagName) || parent instanceof SVGTitleElement || parent instanceof SVGDescElement) continue;
  const style = getComputedStyle(parent);
  const ink = parent instanceof SVGElement ? style.fill : style.color;
  const back = ground(parent instanceof SVGElement ? parent.ownerSVGElement : parent);
  const key = `${ink}|${back}`;
  if (seen.has(key)) continue;
  seen.add(key);
  const [a, b] = [luminance(parse(ink)), luminance(back)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < least[0]) least = [ratio, `${node.textContent.trim().slice(0, 40)} ${ink} on ${back}`];
}
return least"""


def sort(browser):
    found = {"first": browser.run(SHOWN)}
    browser.click("#table thead th:nth-child(3) button")
    found["by_click"] = browser.run(KEYS, 2)
    found["aria_by_click"] = browser.run("return document.querySelector('#table thead th:nth-child(3)').ariaSort")
    browser.keys("#table thead th:nth-child(3) button", ENTER)
    found["by_key"] = browser.run(KEYS, 2)
    found["aria_by_key"] = browser.run("return document.querySelector('#table thead th:nth-child(3)').ariaSort")
    browser.keys("#table thead th:nth-child(3) button", ENTER)
    found["restored"] = browser.run(SHOWN)
    browser.click("#table thead th:nth-child(1) button")
    found["by_name"] = browser.run(SHOWN)
    browser.click("#table thead th:nth-child(1) button")
    browser.click("#table thead th:nth-child(1) button")
    return found


def choose(browser, field, value):
    browser.run("const f = document.getElementById(arguments[0]); f.value = arguments[1]; f.dispatchEvent(new Event('input', { bubbles: true }))", field, value)


def filters(browser, word):
    found = {}
    browser.keys("#q", word)
    found["by_name"] = browser.run(SHOWN)
    found["said"] = browser.run("return document.getElementById('shown').textContent")
    found["address"] = browser.run("return location.hash")
    browser.click("#clear")
    found["cleared"] = len(browser.run(SHOWN))
    choices = browser.run("return Array.from(document.querySelectorAll('#v option, #o option')).map(o => [o.parentElement.id, o.value, o.textContent]).filter(o => o[1] && !['attention', 'worse', 'unclear'].includes(o[1]))")
    found["choices"] = []
    for field, value, words in choices:
        choose(browser, field, value)
        found["choices"].append([words, len(browser.run(SHOWN))])
        choose(browser, field, "")
    return found


def opened(browser):
    """Opens the first case by the keyboard."""
    browser.keys("#table tbody .open", ENTER)
    return browser.run("""
const row = document.querySelector('#table tbody tr.detail');
return { expanded: document.querySelector('#table tbody .open').ariaExpanded, charts: Array.from(row.querySelectorAll('svg.chart')).map(s => [s.role ?? s.getAttribute('role'), s.querySelector('title').textContent, s.querySelectorAll('.axis').length, s.querySelectorAll('path').length]),
  text: row.textContent.slice(0, 4000), name: row.querySelector('.pairs bdi')?.textContent.length }""")


def pictures(browser):
    """Width and words of each picture of the cases that are opened, when it is there."""
    return browser.post("/execute/async", {"args": [], "script": """
const done = arguments[arguments.length - 1];
const all = Array.from(document.querySelectorAll('tr.detail img'));
Promise.allSettled(all.map((one) => one.decode())).then(() => done(all.map((one) => [one.naturalWidth, one.alt])));"""})


def drawn(browser):
    """Scrolls through the page until each chart that is drawn when seen is there."""
    browser.run("for (const place of document.querySelectorAll('[data-draw]')) place.scrollIntoView()")
    names = browser.post("/execute/async", {"args": [], "script": """
const done = arguments[arguments.length - 1];
const places = Array.from(document.querySelectorAll('[data-draw]'));
const next = () => {
  const place = places.find((one) => !one.dataset.drawn);
  if (!place) return done(places.map((one) => [one.dataset.draw, one.querySelectorAll('svg').length, one.querySelectorAll('circle').length]));
  place.scrollIntoView();
  requestAnimationFrame(next);
};
next();"""})
    return names


def goals(browser):
    """The parts that are seen when goals are shown alone, by the button and by the address; and afterwards."""
    seen = "return Array.from(document.querySelectorAll('header, footer, main > section')).filter(p => p.checkVisibility()).map(p => p.id || p.tagName)"
    if not browser.run("return Boolean(document.getElementById('goals'))"):
        return None
    browser.click("#alone")
    found = {"alone": browser.run(seen), "address": browser.run("return location.hash")}
    browser.click("#alone")
    found["all"] = browser.run(seen)
    return found


def heard(browser):
    """Controls, pictures and parts that a screen reader would call nothing."""
    roles = {"button", "searchbox", "textbox", "combobox", "image", "img", "table", "link", "columnheader", "rowheader", "region", "navigation"}
    nameless = []
    for node in browser.cdp("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in roles and not node.get("ignored") and not node.get("name", {}).get("value", "").strip():
            nameless.append([role, node.get("backendDOMNodeId")])
    return nameless


def printed(browser):
    """How the page is printed: its first bytes, and how many cases stand opened on paper."""
    paper = browser.cdp("Page.printToPDF", transferMode="ReturnAsBase64")["data"]
    return [base64.b64decode(paper[:8])[:5].decode(), browser.run("return document.querySelectorAll('tr.detail:not([hidden])').length")]


def looked_at(browser):
    """The page at each width and in each theme."""
    found = {}
    for width in (390, 1400):
        for theme in ("light", "dark"):
            browser.size(width, 900)
            browser.theme(theme)
            found[f"{width} {theme}"] = {"too_wide": browser.run(WIDE, width), "cut": browser.run(CUT), "paint": browser.run(PAINT), "contrast": browser.run(CONTRAST)}
    return found


def main():
    page, word = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else "a"
    found = {}
    with Browser() as browser:
        browser.size(1400, 900)
        browser.said()
        ready = []
        for _ in range(3):
            browser.open(page.as_uri())
            ready.append(float(browser.run("return document.documentElement.dataset.ready ?? 'NaN'")))
        found["ready_ms"] = min(ready)
        found["whole_ms"] = browser.run("return performance.getEntriesByType('navigation')[0].domComplete")
        found["keystroke_ms"] = browser.run("""
const q = document.getElementById('q'), start = performance.now();
q.value = arguments[0]; q.dispatchEvent(new Event('input', { bubbles: true }));
document.body.offsetHeight;
const took = performance.now() - start;
q.value = ''; q.dispatchEvent(new Event('input', { bubbles: true }));
return took""", word)
        found["title"] = browser.run("return document.title")
        found["hacked"] = browser.run("return globalThis.hacked ?? null")
        found["elements"] = browser.run("return document.querySelectorAll('script').length")
        found["sort"] = sort(browser)
        found["filters"] = filters(browser, word)
        found["opened"] = opened(browser)
        found["pictures"] = pictures(browser)
        found["drawn"] = drawn(browser)
        found["looks"] = looked_at(browser)
        found["goals"] = goals(browser)
        if len(found["sort"]["first"]) <= 60:
            found["nameless"] = heard(browser)
            found["printed"] = printed(browser)
        found["hacked_at_end"] = browser.run("return globalThis.hacked ?? null")
        browser.open(page.as_uri() + "#v=attention&sort=-2")
        found["from_address"] = browser.run("return [document.getElementById('v').value, document.querySelector('#table thead th:nth-child(3)').ariaSort]")
        found["console"], found["asked"] = browser.said()
    found["page"] = page.as_uri()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
