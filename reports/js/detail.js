// All that is known of one case, made when it is opened.

const bdi = (words) => el("bdi", {}, words);
const join = (words) => words.filter((word) => word !== undefined && word !== "").join(", ");

function table(title, headings, rows) {
  return el("div", { class: "scroll plain" }, el("table", { "aria-label": title },
    el("thead", {}, el("tr", {}, headings.map(([words, kind]) => el("th", { scope: "col", class: kind }, words)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, index) => index === 0 ? el("th", { scope: "row" }, cell) : el("td", { class: headings[index][1] }, cell)))))));
}

function pairs(list) {
  const known = list.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  return known.length > 0 && el("dl", { class: "pairs" }, known.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

const block = (title, kind, ...parts) => {
  const whole = parts.flat(2).filter((part) => part);
  return whole.length > 0 && el("div", { class: kind }, el("h4", {}, title), whole);
};

function verdictBlock(entry, currency) {
  return block("Verdict", "full", (entry.judgements ?? []).map((judged) => el("div", {},
    el("p", {}, el("b", {}, `${judged.metric}: ${judged.headline ?? judged.verdict}`)),
    judged.change && el("p", {}, `${show(judged.base_mean, judged.unit)} before, ${show(judged.mean, judged.unit)} now: ${percent(judged.change.estimate)}, ` +
      `99 % interval ${percent(judged.change.interval.low)} to ${percent(judged.change.interval.high)}, p ${significant(judged.change.p)}.`),
    judged.month && el("p", {}, el("b", {}, `${judged.month.estimate > 0 ? "+" : ""}${money(judged.month.estimate, currency)} a month`),
      ` (${money(judged.month.interval.low, currency)} to ${money(judged.month.interval.high, currency)}) at ${judged.month.volume}.`),
    judged.acknowledged && el("p", {}, bdi(judged.acknowledged.text)),
    judged.accepted && el("p", {}, "Accepted change: ", bdi(judged.accepted)),
    judged.reasons?.length > 0 && el("ul", {}, judged.reasons.map((reason) => el("li", {}, bdi(reason)))))));
}

const metricRow = (metric) => {
  const half = metric.interval && metric.mean ? ` ± ${significant((metric.interval.high - metric.interval.low) / 2 / Math.abs(metric.mean) * 100)} %` : "";
  const rates = join([metric.bytes_per_second && si(metric.bytes_per_second, "B/s"), metric.flops_per_second && si(metric.flops_per_second, "flop/s"), metric.items_per_second && si(metric.items_per_second, "items/s")]);
  return [metric.metric, `${show(metric.mean, metric.unit)}${half}`, show(metric.median, metric.unit), show(metric.p5, metric.unit), show(metric.p95, metric.unit), show(metric.p99, metric.unit),
    `${metric.count}${metric.void ? `, ${metric.void} void` : ""}`, rates, metric.ceiling_fraction === undefined ? "" : `${rough(metric.ceiling_fraction)} of ${metric.ceiling ?? ""}`];
};

function metricsBlock(entry) {
  const headings = [["Metric"], ["Mean", "n"], ["Median", "n"], ["p5", "n"], ["p95", "n"], ["p99", "n"], ["Samples", "n"], ["Throughput", "n"], ["Of ceiling", "n"]];
  return entry.metrics?.length > 0 && block("Metrics", "full", table("Metrics", headings, entry.metrics.map(metricRow)));
}

function occupancyBlock(now, before) {
  if (!now && !before) return false;
  const rows = [["Registers a thread", "registers", String], ["Shared memory a block (bytes)", "shared_bytes", String], ["Local memory a thread (bytes; spills)", "local_bytes", String], ["Blocks an SM", "blocks_per_sm", String],
    ["Theoretical occupancy", "theoretical", rough], ["Limited by", "limited_by", String], ["Waves", "waves", significant], ["Tail", "tail", rough]];
  const cell = (side, key, words) => side?.[key] === undefined ? "" : words(side[key]);
  const headings = before ? [["Occupancy"], ["This run", "n"], ["Base", "n"]] : [["Occupancy"], ["This run", "n"]];
  return block("How the kernel fills the GPU", "", table("Occupancy", headings, rows.map(([title, key, words]) => before ? [title, cell(now, key, words), cell(before, key, words)] : [title, cell(now, key, words)])));
}

function costBlock(title, cost, currency) {
  if (!cost) return false;
  const item = cost.item ?? "items";
  const interval = cost.per_million_interval;
  return block(title, "", pairs([
    [`A million ${item}`, cost.per_million_items !== undefined && money(cost.per_million_items, currency) + (interval ? ` (${money(interval.low, currency)} to ${money(interval.high, currency)})` : "")],
    ["One", cost.per_item !== undefined && `${cost.per_item < 1e-6 ? cost.per_item.toExponential(3) : significant(cost.per_item)} ${currency ?? ""}`],
    ["Energy of one", cost.joules_per_item !== undefined && si(cost.joules_per_item, "J")],
    [`${item} a second and GPU`, cost.items_per_second !== undefined && si(cost.items_per_second, "")]]));
}

// A link below the record's folder; a path can't become another address.
function attachment(name, record) {
  const base = (record ?? ".").startsWith("/") ? record : `./${record ?? "."}`;
  const path = `${base}/${name}`.split("/").map(encodeURIComponent).join("/");
  return el("a", { href: path, rel: "noreferrer" }, bdi(name));
}

// A picture that stands in the page is shown, any other file is named.
function attached(name, { record, pictures }) {
  const link = attachment(name, record);
  if (!Object.hasOwn(pictures, name)) return link;
  return [el("img", { src: pictures[name], alt: `Attached picture ${name}` }), link];
}

function remarksBlock(entry, data) {
  return block("Remarks", "", (entry.remarks ?? []).map((remark) => el("div", {},
    el("p", {}, bdi(remark.text ?? "")), el("p", { class: "small" }, join([remark.author, remark.at])),
    remark.attachments?.length > 0 && el("ul", {}, remark.attachments.map((name) => el("li", {}, attached(name, data)))))),
  entry.notes?.length > 0 && el("ul", {}, entry.notes.map((note) => el("li", {}, bdi(note)))));
}

const CHANGED = { true: "changed since the base", false: "the same as the base's" };

function caseBlock(entry) {
  return block("Case", "", pairs([
    ["Name", bdi(entry.id)],
    ["Tags", entry.tags?.length > 0 && bdi(entry.tags.join(", "))],
    ["Note", entry.note && bdi(entry.note)],
    ["Stands at", entry.place && el("code", {}, `${entry.place.file}:${entry.place.line}`)],
    ["Outcome", `${entry.outcome}${entry.nondeterministic ? ", nondeterministic: its output differs between processes" : ""}`],
    ["Output", entry.digest && el("code", {}, `sha256 ${entry.digest}`)],
    ["Code", entry.code?.identity && el("code", {}, entry.code.identity)],
    ["Base's code", entry.code?.base && entry.code.base !== entry.code.identity && el("code", {}, entry.code.base)],
    ["", CHANGED[entry.code?.changed]]]));
}

// The details of `entry`, for so much room.
function detail(entry, data, width) {
  const wide = width > 900;
  const room = Math.max(280, Math.min(760, wide ? width / 2 - 40 : width - 30));
  return el("div", { class: "case" },
    entry.why && block("Why", "full", el("p", {}, bdi(entry.why)), entry.detail && el("pre", { tabindex: 0 }, bdi(entry.detail))),
    verdictBlock(entry, data.currency),
    block(entry.base_processes ? "Samples against the base's" : "Samples", "", samplesChart(entry, room)),
    block("Nights", "", seriesChart(entry, data.nights, room)),
    metricsBlock(entry), caseBlock(entry), occupancyBlock(entry.occupancy, entry.base_occupancy),
    costBlock("Cost and energy", entry.cost, data.currency), costBlock("Cost of tokens", entry.token_cost, data.currency), remarksBlock(entry, data));
}
