"""Chromium by its debugging protocol, over the pipe that it reads at descriptor 3 and writes at 4: no port, no
library."""
import base64
import json
import os
import select
import subprocess
import time

PATIENCE = 120
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


class Browser:
    def __init__(self, program, profile):
        to_us, to_it = os.pipe(), os.pipe()

        def wire():
            # Away from 3 and 4 first: they may be these very pipes.
            read, write = os.dup2(to_it[0], 50, True), os.dup2(to_us[1], 51, True)
            os.dup2(read, 3, True)
            os.dup2(write, 4, True)
        environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()} | {"HOME": str(profile)}
        self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe",
                                         "about:blank"], preexec_fn=wire, close_fds=False, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_it[0])
        os.close(to_us[1])
        self.read_fd, self.write_fd, self.rest, self.last, self.session = to_us[0], to_it[1], b"", 0, None
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def receive(self, until):
        while b"\0" not in self.rest:
            if not select.select([self.read_fd], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            piece = os.read(self.read_fd, 1 << 20)
            if not piece:
                raise EOFError("the browser is gone")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_fd, data):]
        until = time.monotonic() + PATIENCE
        while True:
            reply = self.receive(until)
            if reply.get("id") == self.last:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            self.events.append(reply)

    def wait(self, method):
        until = time.monotonic() + PATIENCE
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive(until))

    def look(self, width, height, scheme, media="screen"):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, page):
        """What the console said and which addresses were asked for, the page's own apart."""
        self.events = []
        self.ask("Page.navigate", url=page.as_uri())
        self.wait("Page.loadEventFired")
        time.sleep(0.3)
        self.ask("Runtime.evaluate", expression="0")
        said, asked = [], []
        for event in self.events:
            method, of = event.get("method"), event.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                said.append(json.dumps(of)[:300])
            if method == "Network.requestWillBeSent" and of["request"]["url"] != page.as_uri():
                asked.append(of["request"]["url"][:200])
        return said, asked

    def evaluate(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    def press(self, key, code):
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def save_picture(self, path):
        height = min(16000, self.evaluate("document.documentElement.scrollHeight"))
        width = self.evaluate("innerWidth")
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"]
        path.write_bytes(base64.b64decode(data))

    def save_print(self, path):
        path.write_bytes(base64.b64decode(self.ask("Page.printToPDF", printBackground=True)["data"]))

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
        except (OSError, EOFError, TimeoutError, RuntimeError):
            self.process.terminate()
        self.process.wait(30)
        os.close(self.read_fd)
        os.close(self.write_fd)
