// The samples of a case: a lane for each process, those of the base above. src/report/html/samples.rs draws the first.

const SEXTETS = new Map(Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", (digit, value) => [digit, value]));
const LANES = 16;

// Samples that were packed as three digits each.
function unpacked(process) {
  const digits = process.samples ?? "";
  const values = [];
  for (let place = 0; place + 3 <= digits.length; place += 3) {
    const steps = SEXTETS.get(digits[place]) * 4096 + SEXTETS.get(digits[place + 1]) * 64 + SEXTETS.get(digits[place + 2]);
    values.push(process.low + process.step * steps);
  }
  return values;
}

// A run's id begins with its time: month and day, else its beginning.
function runName(run) {
  const time = /^\d{4}-?(\d\d)-?(\d\d)/.exec(run);
  return time ? `${time[1]}-${time[2]}` : run.slice(0, 5);
}

function lanes(processes) {
  const found = [];
  for (const process of processes ?? []) {
    if (process.middles) {
      // Only middles are known: one lane a run.
      found.push({ name: `run ${runName(process.run)}`, values: process.middles.filter((middle) => middle > 0), void: [] });
      continue;
    }
    const middle = process.middle > 0 ? process.middle : undefined;
    found.push({ name: `process ${process.process}`, values: unpacked(process), middle, void: (process.void ?? []).filter((one) => Number.isFinite(one.value)) });
  }
  return found;
}

function laneParts(lane, x, y, side, left) {
  const every = Math.max(1, Math.ceil(lane.values.length / 400));
  let path = "";
  for (let index = 0; index < lane.values.length; index += every) {
    path += `M${at(x(lane.values[index]))} ${at(y + index * 7 % 9 - 4)}h0`;
  }
  const crosses = lane.void.map((one) => svg("path", { class: "samples void", d: `M${at(x(one.value))} ${at(y)}h0` },
    svg("title", {}, `void: ${one.why ?? ""}`)));
  return [text("tick end", left - 6, y + 4, lane.name), path && svg("path", { class: `samples ${side}`, d: path }), crosses,
    lane.middle !== undefined && line(`median ${side}`, x(lane.middle), y - 6, x(lane.middle), y + 6)];
}

// A scale that most samples fill, and how many lie beyond its right end.
function sampleScale(all, left, width) {
  const values = all.flatMap((lane) => lane.values).sort((a, b) => a - b);
  const low = values[0];
  const most = values.at(-1);
  const usual = values[Math.floor(values.length * 0.95)] ?? most;
  let high = Math.min(most, usual + (usual - low));
  if (!(high > low)) high = most;
  const room = (high - low) * 0.02;
  return [scale(low - room, high + room, left, width - 6), values.filter((value) => value > high + room).length];
}

// The chart, or nothing where no sample is known.
function samplesChart(entry, width) {
  const base = lanes(entry.base_processes).slice(-LANES);
  const mine = lanes(entry.processes).slice(0, LANES);
  const all = [...base, ...mine];
  if (!all.some((lane) => lane.values.length > 0)) return undefined;
  const own = entry.metrics?.[0];
  const unit = own?.unit ?? "ns";
  const left = 76;
  const [x, beyond] = sampleScale(all, left, width);
  const parts = [];
  let y = 0;
  for (const [side, title, list] of [["base", "base", base], ["mine", "this run", mine]]) {
    if (list.length === 0) continue;
    parts.push(text("strong", 0, y + 12, title));
    y += 18;
    if (side === "mine" && own?.interval) {
      const [low, high] = [x(own.interval.low), x(own.interval.high)];
      parts.push(svg("rect", { class: "band", x: at(low), y: at(y), width: at(Math.max(1, high - low)), height: list.length * 15 }));
    }
    for (const lane of list) {
      parts.push(laneParts(lane, x, y + 7.5, side, left));
      y += 15;
    }
  }
  const number = (list) => list.reduce((sum, lane) => sum + lane.values.length, 0);
  const about = `${number(mine)} samples in ${mine.length} processes${base.length ? ` below those of the base, ${number(base)} in ${base.length} lanes` : ""}` +
    `; a bar marks the middle of each process, the band is the 99 % interval of the mean${beyond ? `; ${beyond} beyond the right edge stand at it` : ""}.`;
  const axis = axisX(x, 0, y, width, "one sample (one execution)", (tick) => brief(show(tick, unit)));
  return [chart(width, y + 36, `Samples of ${cut(entry.id, 120)}`, about, [axis, parts]), el("p", { class: "small" }, about)];
}
