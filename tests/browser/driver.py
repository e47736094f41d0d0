"""A small client of chromedriver over WebDriver's HTTP protocol: nothing but the standard library."""

import base64
import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en-US",
]
ENTER, SPACE, TAB = "\ue007", " ", "\ue004"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """Chromium without a window, with a profile of its own."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="warpmark-browser-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        port = None
        for line in self.process.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if port is None:
            raise SystemExit("chromedriver did not start")
        self.root = f"http://127.0.0.1:{port}"
        self.session = None

    def __enter__(self):
        options = {"args": ARGUMENTS + [f"--user-data-dir={self.profile.name}"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = made["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self.call("DELETE", f"/session/{self.session}")
        finally:
            self.process.terminate()
            self.process.wait()
            self.profile.cleanup()

    def call(self, verb, path, body=None):
        payload = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.root + path, payload, {"Content-Type": "application/json"}, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{verb} {path}: {error.read().decode(errors='replace')[:2000]}") from error

    def post(self, path, body=None):
        return self.call("POST", f"/session/{self.session}{path}", body if body is not None else {})

    def open(self, url):
        """Opens a page anew, also where only the part after # differs, and waits until its script is through."""
        self.post("/url", {"url": "about:blank"})
        self.until("the page before was not left", "return location.href === 'about:blank'")
        self.post("/url", {"url": url})
        self.until(f"{url} was not there", "return location.href === arguments[0] && document.readyState === 'complete' && 'ready' in document.documentElement.dataset", url)

    def run(self, script, *arguments):
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def cdp(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def until(self, what, script, *arguments):
        """Waits until `script` says so."""
        end = time.monotonic() + 120
        while not self.run(script, *arguments):
            if time.monotonic() > end:
                raise SystemExit(f"{what} within 120 s")
            time.sleep(0.02)

    def size(self, width, height):
        """Sets the size of the screen, and waits until the page has it; one that states no viewport is wider on a phone."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.until(f"the page is not {width} wide", "return document.documentElement.clientWidth === arguments[0]", width)
        # Charts are drawn anew before the next frame.
        self.post("/execute/async", {"script": "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))", "args": []})

    def theme(self, theme):
        """Sets what the system prefers, and waits until the page knows."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.until(f"the page is not {theme}", "return matchMedia(`(prefers-color-scheme: ${arguments[0]})`).matches", theme)

    def find(self, selector):
        return self.post("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.post(f"/element/{self.find(selector)}/click")

    def keys(self, selector, text):
        """Types into an element, which gets the focus."""
        self.post(f"/element/{self.find(selector)}/value", {"text": text})

    def picture(self, path, height=None):
        clip = None
        if height:
            width = self.run("return innerWidth")
            clip = {"x": 0, "y": self.run("return scrollY"), "width": width, "height": height, "scale": 1}
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=bool(clip), **({"clip": clip} if clip else {}))
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def said(self):
        """What the console said, and the addresses that were asked for, since last time."""
        console = [entry["message"] for entry in self.post("/se/log", {"type": "browser"})]
        asked = []
        for entry in self.post("/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            address = message["params"]["request"]["url"]
            # The browser's own first page asks for its parts too; pictures within a page and the empty page ask nobody.
            own = message["params"]["documentURL"].startswith(("chrome:", "chrome-untrusted:"))
            if not own and not address.startswith(("data:", "about:")):
                asked.append(address)
        return console, asked
