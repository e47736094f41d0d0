"""Draws the pictures of docs/statistics.md from the recordings in tests/data/h100-timings. Python's own library alone.

    python3 docs/pictures/draw.py
"""
import gzip
import json
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "tests" / "data" / "h100-timings"
TICK_US = 0.032
WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 34, 46
INK, FAINT, BLUE, ORANGE, GREEN = "#333", "#ccc", "#2a6fb0", "#d9730d", "#3a8f4d"


class Picture:
    """Axes with points, lines and words, written as SVG."""

    def __init__(self, title, x, y, log=False):
        self.x, self.y, self.log = x, y, log
        self.parts = [f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{title}</text>']

    def at(self, x, y):
        scale = math.log10 if self.log else float
        part = lambda value, ends: (scale(value) - scale(ends[0])) / (scale(ends[1]) - scale(ends[0]))
        return (LEFT + part(x, self.x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - part(y, self.y) * (HEIGHT - TOP - BOTTOM))

    def dot(self, x, y, color=BLUE, radius=2.0, opacity=0.5):
        px, py = self.at(x, y)
        self.parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius}" fill="{color}" fill-opacity="{opacity}"/>')

    def line(self, points, color=INK, width=1.5, dash=""):
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self.at(*point) for point in points))
        dash = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"{dash}/>')

    def bar(self, x0, x1, y, color):
        (a, top), (b, base) = self.at(x0, y), self.at(x1, self.y[0])
        self.parts.append(f'<rect x="{a:.1f}" y="{top:.1f}" width="{b - a - 1:.1f}" height="{base - top:.1f}" fill="{color}" fill-opacity="0.6"/>')

    def word(self, x, y, text, color=INK, anchor="start", size=12):
        px, py = self.at(x, y)
        self.parts.append(f'<text x="{px:.1f}" y="{py:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{text}</text>')

    def ticks_x(self, places, words, about):
        for place, text in zip(places, words):
            px, _ = self.at(place, self.y[0])
            self.parts.append(f'<text x="{px:.1f}" y="{HEIGHT - BOTTOM + 16}" font-size="11" text-anchor="middle">{text}</text>')
        self.parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" font-size="12" text-anchor="middle">{about}</text>')

    def ticks_y(self, places, words):
        for place, text in zip(places, words):
            _, py = self.at(self.x[0], place)
            self.parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{py:.1f}" y2="{py:.1f}" stroke="{FAINT}" stroke-width="0.7"/>')
            self.parts.append(f'<text x="{LEFT - 6}" y="{py + 4:.1f}" font-size="11" text-anchor="end">{text}</text>')

    def save(self, name):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="{INK}">'
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
        (HERE / name).write_text(head + "\n" + "\n".join(self.parts) + "\n</svg>\n")
        print(name)


def load(card):
    with gzip.open(DATA / f"card-{card}.json.gz") as file:
        return json.load(file)


def mean(values):
    return sum(values) / len(values)


def location(samples):
    """The mean of the samples between the 5th and the 50th percentile."""
    ordered = sorted(samples)
    return mean(ordered[len(ordered) // 20 : len(ordered) // 2])


def ticks(card, kernel, level=0):
    place = card["kernels"].index(kernel)
    return [process["ticks"][place][level] for process in card["processes"]]


def samples_lie(card):
    processes = ticks(card, "fma")[:12]
    centre = mean([location(samples) for samples in processes])
    picture = Picture("Twelve processes of one kernel (fma, 193 us); nothing was changed between them", (0, 13), (-0.45, 0.75))
    picture.ticks_y([-0.4, -0.2, 0, 0.2, 0.4, 0.6], ["-0.4 %", "-0.2 %", "0 %", "+0.2 %", "+0.4 %", "+0.6 %"])
    spread = random.Random(1)
    for number, samples in enumerate(processes, 1):
        for sample in samples[::3]:
            share = 100 * (sample / centre - 1)
            if -0.45 < share < 0.75:
                picture.dot(number + spread.uniform(-0.25, 0.25), share, radius=1.3, opacity=0.25)
        at = 100 * (location(samples) / centre - 1)
        picture.line([(number - 0.38, at), (number + 0.38, at)], ORANGE, 2.5)
    picture.ticks_x(range(1, 13), range(1, 13), "process: dots are its samples, the bar is its location")
    picture.save("samples.svg")


def processes_buy(card):
    values = [math.log(location(samples)) for samples in ticks(card, "hist")]
    draw = random.Random(2)
    picture = Picture("The change that is found between two sides of the same kernel (hist, 50 us): 4,000 draws each", (-0.7, 0.7), (0, 0.19))
    width = 0.04
    for count, color in ((1, ORANGE), (5, BLUE)):
        bins = {}
        for _ in range(4000):
            chosen = draw.sample(values, 2 * count)
            change = 100 * math.expm1(mean(chosen[:count]) - mean(chosen[count:]))
            bins[math.floor(change / width)] = bins.get(math.floor(change / width), 0) + 1 / 4000
        for place, share in sorted(bins.items()):
            if -0.7 <= place * width < 0.66:
                picture.bar(place * width, (place + 1) * width, share, color)
    picture.word(-0.66, 0.175, "one process a side", ORANGE)
    picture.word(-0.66, 0.16, "five processes a side", BLUE)
    for edge in (-0.5, 0.5):
        picture.line([(edge, 0), (edge, 0.19)], INK, 1, "4 3")
    picture.word(0.49, 0.175, "min-effect", INK, "end")
    picture.ticks_x([-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6], ["-0.6 %", "-0.4 %", "-0.2 %", "0", "+0.2 %", "+0.4 %", "+0.6 %"], "change")
    picture.save("processes.svg")


def tails(card):
    base = sorted(ticks(card, "copy")[0])
    draw = random.Random(3)
    tailed = sorted(sample * (1.1 if draw.random() < 0.25 else 1) for sample in ticks(card, "copy")[1])
    picture = Picture("One process, its samples in order (copy, 181 us): a quarter of the candidate's take 10 % longer", (0, 100), (176, 204))
    picture.ticks_y([180, 185, 190, 195, 200], ["180 us", "185 us", "190 us", "195 us", "200 us"])
    for edge, text in ((5, "5 %"), (50, "50 %"), (95, "95 %")):
        picture.line([(edge, 176), (edge, 204)], INK, 1, "4 3")
        picture.word(edge + 0.7, 202, text)
    for samples, color in ((tailed, ORANGE), (base, BLUE)):
        for place, sample in enumerate(samples):
            picture.dot(100 * (place + 0.5) / len(samples), sample * TICK_US, color, 2, 0.7)
    picture.word(27, 187, "location: blind to this", INK, "middle")
    picture.word(72, 187, "upper half: sees it", INK, "middle")
    picture.word(90, 179, "base", BLUE, "end")
    picture.word(90, 196, "candidate", ORANGE, "end")
    picture.ticks_x([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"], "share of the samples that are faster")
    picture.save("tails.svg")


def noise(cards):
    picture = Picture("How far processes differ, by the time that is measured: 8 kernels on three cards", (3, 2000), (0.008, 4), log=True)
    picture.ticks_y([0.01, 0.1, 1], ["0.01 %", "0.1 %", "1 %"])
    for card, color in zip(cards, (BLUE, ORANGE, GREEN)):
        for kernel in card["kernels"]:
            locations = [location(samples) for samples in ticks(card, kernel)]
            logs = [math.log(value) for value in locations]
            centre = mean(logs)
            deviation = math.sqrt(sum((log - centre) ** 2 for log in logs) / (len(logs) - 1))
            picture.dot(mean(locations) * TICK_US, 100 * deviation, color, 4, 0.9)
    times = [3 * (2000 / 3) ** (step / 60) for step in range(61)]
    picture.line([(us, 100 * math.hypot(0.070 / us, 0.0006)) for us in times], INK, 1.5)
    picture.word(6, 1.7, "70 ns plus 0.06 %: the model that a case's own variance is drawn towards")
    picture.ticks_x([4, 10, 50, 100, 500, 1000], ["4 us", "10 us", "50 us", "100 us", "500 us", "1 ms"], "time of the kernel")
    picture.save("noise.svg")


if __name__ == "__main__":
    recorded = [load(name) for name in "abc"]
    samples_lie(recorded[0])
    processes_buy(recorded[0])
    tails(recorded[0])
    noise(recorded)
