// Charts that are drawn when they are looked at: nights of a case, the roofline, telemetry.

const CLASSES = { failed: "bad", regressed: "bad", "regressed-spread": "bad", crept: "bad", suspect: "warn", incomparable: "warn", missing: "warn", inconclusive: "dim", unsupported: "dim", improved: "good" };

const dotClass = (entry) => CLASSES[entry.verdict] ?? "plain";

// A case's dot: its shape says what its colour does.
function dot(entry, x, y, said, small) {
  const kind = dotClass(entry);
  const r = small ? 2.4 : 4;
  const title = svg("title", {}, `${cut(entry.id, 120)}: ${said}${entry.verdict ? `, ${entry.verdict}` : ""}`);
  const paths = {
    bad: `M${at(x)} ${at(y - 1.1 * r)}l${r} ${1.9 * r}h${-2 * r}z`,
    good: `M${at(x)} ${at(y + 1.1 * r)}l${r} ${-1.9 * r}h${-2 * r}z`,
    warn: `M${at(x)} ${at(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`,
  };
  if (paths[kind]) return svg("path", { class: `dot ${kind}`, d: paths[kind] }, title);
  return svg("circle", { class: `dot ${kind}`, cx: at(x), cy: at(y), r }, title);
}

// The nights of a case's own metric, with the steps that were found.
function seriesChart(entry, nights, width) {
  const series = entry.series;
  const points = (series?.nights ?? []).map(([night, value]) => ({ value, started: nights[night][0], commit: nights[night][1] })).filter((point) => Number.isFinite(point.value));
  if (points.length < 2) return undefined;
  const values = points.map((point) => point.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.08 || Math.abs(high) * 0.01;
  const [left, top, bottom] = [66, 24, 184];
  const y = scale(low - room, high + room, bottom, top);
  const x = scale(0, points.length - 1, left + 4, width - 8);
  const parts = axisY(y, left, width - 2, `${series.metric}, one value a night`, (tick) => brief(show(tick, series.unit)));
  const wanted = Math.max(2, Math.min(points.length, Math.floor((width - left) / 105)));
  for (let index = 0; index < wanted; index += 1) {
    const night = Math.round(index * (points.length - 1) / (wanted - 1));
    const stand = index === 0 ? "tick" : index === wanted - 1 ? "tick end" : "tick middle";
    parts.push(text(stand, index === 0 ? left : x(night), bottom + 15, points[night].started.slice(0, 10)));
  }
  parts.push(text("axis middle", (left + width) / 2, bottom + 31, "night (date)"));
  for (const step of series.steps ?? []) {
    const place = x(step.first_after - 0.5);
    const right = place > width * 0.6;
    parts.push(line(`step${step.worse ? "" : " better"}`, place, top, place, bottom),
      text(`note${right ? " end" : ""}`, place + (right ? -5 : 5), top + 10, `${percent(step.change)} (${step.status})`));
  }
  parts.push(svg("path", { class: "curve", d: points.map((point, index) => `${index ? "L" : "M"}${at(x(index))} ${at(y(point.value))}`).join("") }));
  parts.push(points.map((point, index) => svg("circle", { class: "dot", cx: at(x(index)), cy: at(y(point.value)), r: 3 },
    svg("title", {}, `${point.started.slice(0, 16)} ${point.commit?.slice(0, 12) ?? ""}: ${show(point.value, series.unit)}`))));
  const steps = (series.steps ?? []).map((step) => `${percent(step.change)}, ${step.status}, ${step.near ?? ""}`);
  const about = `${points.length} nights, the last ${show(values.at(-1), series.unit)}${steps.length ? `; steps: ${steps.join("; ")}` : "; no step was found"}.`;
  return [chart(width, bottom + 36, `Nights of ${cut(entry.id, 120)}`, about, parts), el("p", { class: "small" }, about)];
}

const range = (values) => [Math.min(...values), Math.max(...values)];

// Cases by intensity and operations a second, below the ceilings that were measured.
function rooflineChart(cases, ceilings, width) {
  const points = cases.map((entry) => ({ entry, own: entry.metrics?.[0] })).filter(({ own }) => own?.intensity > 0 && own.flops_per_second > 0);
  if (points.length === 0) return undefined;
  const bytes = ceilings.filter((one) => one.of === "bytes");
  const flops = ceilings.filter((one) => one.of === "flops");
  const ridges = flops.flatMap((roof) => bytes.map((slope) => roof.rate / slope.rate));
  let [low, high] = range([...points.map(({ own }) => own.intensity), ...ridges]);
  [low, high] = [low / 3, high * 4];
  let [least, most] = range([...points.map(({ own }) => own.flops_per_second), ...flops.map((one) => one.rate)]);
  [least, most] = [least / 3, most * (flops.length ? 1.8 : 5)];
  const [left, top, bottom] = [84, 26, Math.min(420, Math.max(280, width * 0.45))];
  const x = scale(low, high, left, width - 8, true);
  const y = scale(least, most, bottom, top, true);
  const parts = [...axisY(y, left, width - 8, "operations a second (flop/s, log)", (tick) => brief(si(tick, "flop/s")), 6),
    ...axisX(x, top, bottom, width, "intensity (flop for each byte moved, log)", (tick) => brief(significant(tick)))];
  const highest = Math.max(0, ...flops.map((one) => one.rate)) || Infinity;
  const taken = [];
  // Words lie over the dots.
  const notes = [];
  const note = (kind, px, py, words) => {
    let free = py;
    while (taken.some(([ox, oy]) => Math.abs(ox - px) < 130 && Math.abs(oy - free) < 12)) free += 12;
    taken.push([px, free]);
    notes.push(text(kind, px, free, words));
  };
  for (const slope of bytes) {
    const from = Math.max(low, least / slope.rate);
    const to = Math.min(high, Math.min(most, highest) / slope.rate);
    if (!(to > from)) continue;
    parts.push(line("roof", x(from), y(from * slope.rate), x(to), y(to * slope.rate)));
    const middle = Math.sqrt(from * Math.sqrt(from * to));
    note("note", x(middle) + 8, y(middle * slope.rate) + 4, `${slope.name} ${si(slope.rate, "B/s")}`);
  }
  for (const roof of flops) {
    const from = bytes.length ? Math.max(low, Math.min(...bytes.map((slope) => roof.rate / slope.rate))) : low;
    parts.push(line("roof", x(from), y(roof.rate), x(high), y(roof.rate)));
    note("note end", x(high), y(roof.rate) - 5, `${roof.name} ${si(roof.rate, "flop/s")}`);
  }
  parts.push(points.map(({ entry, own }) => dot(entry, x(own.intensity), y(own.flops_per_second), `${brief(significant(own.intensity))} flop/B, ${si(own.flops_per_second, "flop/s")}`, points.length > 200)), notes);
  const about = `${count(points.length, "case")} by intensity and operations a second, with ${count(ceilings.length, "measured ceiling")}. Pointing at a dot names its case.`;
  return el("figure", {}, chart(width, bottom + 36, "Roofline of all cases", about, parts), el("p", { class: "small" }, about));
}

// Cases that state no operations: how many bytes they move a second, beside the ceilings.
function bytesChart(cases, ceilings, width) {
  const points = cases.map((entry) => ({ entry, own: entry.metrics?.[0] })).filter(({ own }) => own?.bytes_per_second > 0 && !(own.intensity > 0 && own.flops_per_second > 0));
  if (points.length === 0) return undefined;
  const bytes = ceilings.filter((one) => one.of === "bytes").sort((a, b) => a.rate - b.rate);
  const [low, high] = range([...points.map(({ own }) => own.bytes_per_second), ...bytes.map((one) => one.rate)]);
  const x = scale(low / 1.6, high * 1.6, 8, width - 8, true);
  const top = 12 * bytes.length + 14;
  const bottom = top + 60;
  const parts = axisX(x, top, bottom, width, "bytes moved a second (B/s, log)", (tick) => brief(si(tick, "B/s")));
  bytes.forEach((one, index) => {
    const place = x(one.rate);
    const y = 12 * (index + 1);
    const right = place > width / 2;
    parts.push(line("roof", place, y - 4, place, bottom), text(`note${right ? " end" : ""}`, place + (right ? -5 : 5), y, `${one.name} ${si(one.rate, "B/s")}`));
  });
  parts.push(points.map(({ entry, own }, index) => dot(entry, x(own.bytes_per_second), top + 10 + index * 17 % 41, si(own.bytes_per_second, "B/s"), points.length > 200)));
  const about = `${count(points.length, "case")} that state${points.length === 1 ? "s" : ""} bytes and no operations; heights only keep dots apart.`;
  return el("figure", {}, chart(width, bottom + 36, "Bytes a second of the other cases", about, parts), el("p", { class: "small" }, about));
}

// Clock, power and temperature over time, one above the other.
function telemetryChart(telemetry, width) {
  const panels = [["SM clock (MHz)", 1, "curve"], ["power (W)", 3, "curve power"], ["temperature (°C)", 2, "curve heat"]]
    .filter(([, column]) => telemetry.readings.some((reading) => Number.isFinite(reading[column])));
  if (panels.length === 0) return el("p", {}, "No reading has a clock, a power or a temperature.");
  const [left, height, gap] = [58, 92, 34];
  const x = scale(0, telemetry.readings.at(-1)[0], left, width - 8);
  const bottom = panels.length * (height + gap);
  const spans = (list, kind) => list.map(([from, to, why]) => svg("rect", { class: kind, x: at(x(from)), y: gap - 8, width: at(Math.max(1.5, x(to) - x(from))), height: bottom - gap + 8 }, svg("title", {}, why)));
  const voids = (telemetry.void ?? []).map((span) => [span.from_s, span.to_s, `${count(span.samples, "void sample")} of ${cut(span.case, 120)}`]);
  const parts = [spans(telemetry.held ?? [], "held-span"), spans(voids, "void-span")];
  panels.forEach(([title, column, kind], index) => {
    const known = telemetry.readings.filter((reading) => Number.isFinite(reading[column]));
    const [low, high] = known.reduce(([low, high], reading) => [Math.min(low, reading[column]), Math.max(high, reading[column])], [Infinity, -Infinity]);
    const top = index * (height + gap) + gap;
    const room = (high - low) * 0.06 || 1;
    const y = scale(low - room, high + room, top + height - 8, top);
    parts.push(axisY(y, left, width - 8, title, (tick) => String(Number(tick.toPrecision(6))), 3));
    const every = Math.max(1, Math.floor(known.length / (2 * width)));
    const path = known.filter((_, place) => place % every === 0).map((reading, place) => `${place ? "L" : "M"}${at(x(reading[0]))} ${at(y(reading[column]))}`).join("");
    parts.push(svg("path", { class: kind, d: path }));
  });
  parts.push(axisX(x, bottom - 8, bottom - 8, width, "time since the reading began (s)", (tick) => String(Number(tick.toPrecision(6)))));
  const samples = (telemetry.void ?? []).reduce((sum, span) => sum + span.samples, 0);
  const about = `${count(telemetry.readings.length, "reading")} from ${telemetry.started} on` +
    (voids.length ? `; in the times that are shaded darker, ${count(samples, "sample")} of ${count(voids.length, "case")} were void` : "; no sample was void") +
    (telemetry.held?.length ? `; where it is shaded lightly something held clocks down: ${[...new Set(telemetry.held.map((span) => span[2]))].join("; ")}` : "") + ".";
  return el("figure", {}, chart(width, bottom + 30, "Telemetry over time", about, parts), el("p", { class: "small" }, about));
}
