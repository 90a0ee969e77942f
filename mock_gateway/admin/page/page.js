
"use strict";
// Shows /_admin/overview, asked for again and again while somebody looks. What comes from the gateway is only ever
// put in as text.

const EVERY_MS = 1500, GIVE_UP_MS = 8000;
const find = (id) => document.getElementById(id);
const shown = {};
let isPaused = false, isAsking = false, timer = 0, kinds = [];

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "title") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(GIVE_UP_MS),
    cache: "no-store",
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ? answer.error.message : `the gateway answered ${response.status}`);
  return answer;
}

async function act(button, method, path, body, told) {
  button.disabled = true;
  try {
    await ask(method, path, body);
    say(told, true);
  } catch (problem) {
    say(`Not done: ${problem.message}.`, false);
  } finally {
    button.disabled = false;
  }
  refresh();
}

let silence = 0;
function say(text, isWell) {
  clearTimeout(silence);
  find("said").textContent = text;
  find("said").className = isWell ? "said well" : "said";
  find("said").hidden = false;
  silence = setTimeout(() => { find("said").hidden = true; }, isWell ? 3000 : 10000);
}

// ---- words -----------------------------------------------------------------------------------------------------------

const SIGNS = { charge: 1, capture: 1, refund: -1, dispute: -1, dispute_won: 1 };
const MARKS = { good: "✓ ", bad: "✕ ", warn: "! ", "": "" };

function amount(minor, currency) {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  const number = (minor / 10 ** digits).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return { number, currency };
}

function time(instant) {
  return make("time", { datetime: instant, title: instant }, instant.slice(11, 23));
}

function tag(text, mood = "") {
  return make("span", { class: `tag ${mood}`.trim() }, MARKS[mood] + text);
}

function words(name) {
  return name.replaceAll("_", " ");
}

// What a number counts in is the end of its name: delay_ms 120 is read as delay 120 ms.
function measured(name, value) {
  const [, what, unit] = /^(.*?)(?:_(ms|s))?$/.exec(name.replace(/_minor$/, ""));
  return `${words(what)} ${value}${unit ? ` ${unit}` : ""}`;
}

function duration(seconds) {
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= length) {
      const count = Math.round(seconds / length * 10) / 10;
      return `${count} ${unit}${count === 1 ? "" : "s"}`;
    }
  }
  return `${seconds} s`;
}

function condition(value) {
  if (typeof value !== "object") return String(value);
  if ("like" in value) return `like ${value.like}`;
  if ("at_least" in value) return value.at_most === undefined ? `from ${value.at_least}` : `${value.at_least} to ${value.at_most}`;
  return Object.entries(value).map(([name, one]) => `${name}: ${condition(one)}`).join(", ");
}

// ---- what is shown ---------------------------------------------------------------------------------------------------

// Rows whose text did not change stay as they are, so that a button under somebody's finger does not go away.
function fill(id, rows, draw, nothing, key) {
  const list = find(id), isTable = list.tagName === "TBODY";
  const before = shown[id] || new Map(), after = new Map();
  const isFirst = !(id in shown);
  const elements = rows.map((row) => {
    const text = JSON.stringify(row), known = before.get(row[key]);
    const element = known && known.text === text ? known.element : draw(row);
    if (!known && !isFirst) element.classList.add("fresh");
    after.set(row[key], { text, element });
    return element;
  });
  shown[id] = after;
  if (!elements.length) {
    const empty = isTable ? make("tr", {}, make("td", { class: "empty", colSpan: 9 }, nothing)) : make("li", { class: "empty" }, nothing);
    elements.push(empty);
  }
  const isSame = elements.length === list.children.length && elements.every((one, index) => list.children[index] === one);
  if (!isSame) list.replaceChildren(...elements);
  if (find(`${id}-count`)) find(`${id}-count`).textContent = rows.length ? String(rows.length) : "";
}

function cell(place, content, ...more) {
  return make("td", { "data-place": place }, content ?? "", ...more.filter((one) => one).map((one) => make("small", { title: one }, one)));
}

function entryRow(entry) {
  const sign = SIGNS[entry.kind], isDone = entry.status === "succeeded";
  const { number, currency } = amount(entry.amount_minor, entry.currency);
  const told = entry.decline_code || entry.failure_code;
  const what = tag(words(entry.kind), !isDone ? "bad" : sign > 0 ? "good" : sign < 0 ? "warn" : "");
  const money = make("td", { class: "number", "data-place": "b", title: `${entry.amount_minor} minor units` },
    `${isDone && sign < 0 ? "−" : ""}${number} `, make("span", { class: "soft" }, currency));
  const charge = { charge: entry.id, capture: entry.charge }[entry.kind];
  const button = isDone && charge
    ? make("button", { type: "button", class: "quiet", onclick: (event) => act(event.target, "POST", "/_admin/disputes", { charge }, "The charge is disputed.") }, "Dispute")
    : null;
  const row = make("tr", { title: `${entry.id}, key ${entry.idempotency_key || "none"}` },
    cell("c", time(entry.created_at)), cell("a", what, told ? words(told) : isDone ? "" : entry.status), money,
    cell("e", entry.reference || "–", entry.charge ? `of ${entry.charge}` : entry.customer),
    cell("", entry.merchant), cell("", `•• ${entry.card_last4}`), cell("d", entry.face || "–"),
    make("td", { class: "act", "data-place": "f" }, button ?? ""));
  return row;
}

function callRow(call) {
  const isAnswered = call.status !== undefined;
  const mood = !isAnswered || call.status === 409 ? "warn" : call.delivery !== "whole" || call.status >= 500 ? "bad" : call.status >= 400 ? "warn" : "good";
  const answer = !isAnswered ? "in flight" : call.delivery === "reset" ? "reset" : call.delivery === "truncated" ? `${call.status} cut short` : String(call.status);
  return make("tr", { title: call.request_id },
    cell("c", time(call.at)), cell("a", `${call.method} ${call.path}`, call.operation),
    cell("b", tag(answer, mood), call.replayed ? "replayed" : ""),
    make("td", { class: "number", "data-place": "d" }, isAnswered ? `${call.duration_ms} ms` : "…"),
    cell("e", call.reference || "–"), cell("f", call.fault ? tag(words(call.fault), "bad") : ""));
}

function deliveryRow(delivery) {
  const mood = { delivered: "good", pending: "warn", given_up: "bad", dropped: "bad" }[delivery.status] || "";
  const path = `/_admin/webhooks/deliveries/${delivery.id}/redeliver`;
  return make("tr", { title: delivery.id },
    cell("c", time(delivery.created_at)), cell("a", delivery.type || "–", delivery.reference),
    cell("b", tag(words(delivery.status), mood), delivery.last_answer === null ? "" : String(delivery.last_answer)),
    make("td", { class: "number", "data-place": "d" }, String(delivery.attempts)),
    cell("e", delivery.url || "endpoint deleted"),
    make("td", { class: "act", "data-place": "f" }, make("button", { type: "button", class: "quiet", onclick: (event) => act(event.target, "POST", path, undefined, "It is sent again.") }, "Send again")));
}

function item(what, buttons, ...more) {
  return make("li", {}, make("div", { class: "what" }, ...what), make("div", { class: "buttons" }, ...buttons),
    ...more.filter((one) => one).map((one) => make("div", { class: "more" }, one)));
}

function faultItem(rule) {
  const whom = Object.entries(rule.match).filter(([name, value]) => !(name === "operation" && value === "*"))
    .map(([name, value]) => measured(name, condition(value)));
  const when = [
    rule.nth && `only match ${rule.nth}`, rule.times && `${rule.times}×`, rule.probability !== undefined && `probability ${rule.probability}`,
    rule.sequence && `${rule.sequence.fail} fail, ${rule.sequence.pass} pass`, rule.window && `from ${rule.window.from_s} s to ${rule.window.to_s ?? "any"} s`,
    rule.ttl_s !== undefined && `for ${rule.ttl_s} s`,
  ].filter(Boolean);
  const kind = kinds.find((one) => one.kind === rule.kind);
  const how = (kind ? kind.arguments : []).filter((one) => rule[one.name] !== one.default).map((one) => measured(one.name, rule[one.name]));
  const phase = kind && kind.operations.includes("webhook") ? "webhooks" : `${rule.phase} the commit`;
  const heal = make("button", { type: "button", onclick: (event) => act(event.target, "DELETE", `/_admin/faults/${rule.id}`, undefined, "The fault is healed.") }, "Heal");
  return item([tag(words(rule.kind), "bad"), make("span", { class: "soft" }, phase)], [heal],
    [rule.name, whom.join(", ") || "every request", ...when, ...how].filter(Boolean).join(" · "),
    `fired ${rule.fired} of ${rule.matched} that matched`);
}

function firedItem(firing) {
  return item([tag(words(firing.kind), "bad"), make("span", {}, words(firing.operation))], [time(firing.at)],
    [firing.name, firing.reference, firing.idempotency_key && `key ${firing.idempotency_key}`].filter(Boolean).join(" · "));
}

function disputeItem(dispute) {
  const { number, currency } = amount(dispute.amount_minor, dispute.currency);
  const isOpen = dispute.status === "needs_response" || dispute.status === "under_review";
  const close = (won) => make("button", { type: "button", onclick: (event) => act(event.target, "POST", `/_admin/disputes/${dispute.id}/close`, { won }, won ? "The merchant won." : "The merchant lost.") }, won ? "Won" : "Lost");
  return item([make("b", {}, `${number} ${currency}`), tag(words(dispute.status), { won: "good", lost: "bad" }[dispute.status] || "warn")],
    isOpen ? [close(true), close(false)] : [], [words(dispute.reason), dispute.reference, dispute.merchant].filter(Boolean).join(" · "));
}

// ---- totals ----------------------------------------------------------------------------------------------------------

function sums(totals, chosen) {
  const by = {};
  for (const total of totals.filter(chosen)) {
    const sum = by[total.currency] ??= { count: 0, minor: 0 };
    sum.count += total.count;
    sum.minor += total.sum_minor;
  }
  return Object.entries(by).sort((one, other) => other[1].count - one[1].count);
}

function tile(label, value, more) {
  return make("div", { class: "tile" }, make("span", {}, label), value, make("em", {}, more || " "));
}

function moneyTile(label, totals, chosen) {
  const [first, ...others] = sums(totals, chosen);
  if (!first) return tile(label, make("b", {}, "–"), "");
  const { number, currency } = amount(first[1].minor, first[0]);
  const rest = others.map(([code, sum]) => `${amount(sum.minor, code).number} ${code}`).join(", ");
  return tile(label, make("b", {}, `${number} `, make("small", {}, currency)), [`${first[1].count}×`, rest].filter(Boolean).join(" · "));
}

function tiles(told) {
  const totals = told.totals, isDone = (total) => total.status === "succeeded";
  const declined = totals.filter((total) => !isDone(total)).reduce((sum, total) => sum + total.count, 0);
  const held = (total) => total.kind === "authorization" && isDone(total);
  const all = [
    moneyTile("Taken", totals, (total) => (total.kind === "charge" || total.kind === "capture") && isDone(total)),
    moneyTile("Authorized", totals, held),
    moneyTile("Refunded", totals, (total) => total.kind === "refund" && isDone(total)),
    moneyTile("Disputed", totals, (total) => total.kind === "dispute" && isDone(total)),
    tile("Declined", make("b", {}, String(declined)), "in the ledger"),
    tile("Faults", make("b", {}, String(told.faults.length)), `fired ${told.fired_count}×`),
    tile("In flight", make("b", {}, String(told.in_flight)), "keys"),
  ];
  const text = all.map((one) => one.textContent).join("|");
  if (shown.tiles !== text) find("tiles").replaceChildren(...all);
  shown.tiles = text;
}

function show(told) {
  find("about").textContent = `test cards only · ${told.version} · seed ${told.seed} · keys keep the ${words(told.idempotency.replace("-", " "))}`;
  find("now").textContent = `${told.now.slice(0, 10)} ${told.now.slice(11, 19)} UTC`;
  find("ahead").textContent = told.ahead_s ? `${duration(told.ahead_s)} ahead` : "";
  tiles(told);
  const isFiltered = filters() !== "";
  fill("entries", told.entries, entryRow, isFiltered ? "Nothing in the ledger is like that." : "Nothing has been charged yet.", "sequence");
  fill("calls", told.calls, callRow, "Nobody has called yet.", "request_id");
  fill("deliveries", told.deliveries, deliveryRow, "Nothing was to be told to anybody: no webhook endpoint, or no event.", "id");
  fill("faults", told.faults, faultItem, "No fault is set: everything goes well.", "id");
  fill("fired", told.fired, firedItem, "No fault has fired.", "sequence");
  fill("disputes", told.disputes, disputeItem, "No charge is disputed.", "id");
  find("heal-all").hidden = !told.faults.length;
}

// ---- asking ----------------------------------------------------------------------------------------------------------

function filters() {
  const asked = new URLSearchParams();
  for (const name of ["reference", "merchant", "kind"]) {
    const value = find(`filter-${name}`).value.trim();
    if (value) asked.set(name, value);
  }
  return asked.toString();
}

async function refresh() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  const asked = filters();
  try {
    show(await ask("GET", `/_admin/overview?${asked}`));
    state(isPaused ? "paused" : "live", isPaused ? "" : "on");
  } catch (problem) {
    state(problem.name === "TypeError" || problem.name === "TimeoutError" ? "not reachable" : problem.message, "off");
  }
  isAsking = false;
  if (asked !== filters()) refresh();
  else if (!isPaused && !document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

function state(text, name) {
  if (find("live").textContent !== text) find("live").textContent = text;
  find("live").className = `live ${name}`;
}

// ---- setting faults --------------------------------------------------------------------------------------------------

const form = find("fault-form");

function chosenKind() {
  return kinds.find((one) => one.kind === form.elements.kind.value);
}

function options(select, names, label = (name) => name) {
  const before = select.value;
  select.replaceChildren(...names.map((name) => make("option", { value: name }, label(name))));
  if (names.includes(before)) select.value = before;
}

function chooseKind() {
  const kind = chosenKind();
  if (!kind) return;
  options(find("fault-phase"), kind.phases, (phase) => `${phase} commit`);
  options(find("fault-operation"), ["*", ...kind.operations], (name) => (name === "*" ? "any" : name));
  find("fault-does").textContent = kind.does.replaceAll("`", "");
  find("fault-arguments").replaceChildren(...kind.arguments.map((one) => make("label", { class: "half" }, words(one.name),
    make("input", { name: `argument.${one.name}`, placeholder: one.default === null || one.default === "" ? "as usual" : String(one.default), inputMode: one.type === "integer" ? "numeric" : "text" }))));
  preview();
}

function typed(text, type) {
  if (type === "boolean") return { true: true, false: false }[text] ?? text;
  if (type === "string") return text;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function rule() {
  const value = (name) => form.elements[name].value.trim();
  const match = {};
  if (value("operation") !== "*") match.operation = value("operation");
  for (const name of ["reference", "merchant", "customer", "idempotency_key", "currency", "face"]) {
    if (value(name)) match[name] = /[*?]/.test(value(name)) ? { like: value(name) } : value(name);
  }
  if (value("card")) match.card = value("card");
  for (const name of ["at_least", "at_most"]) {
    if (value(name)) match.amount_minor = { ...match.amount_minor, [name]: typed(value(name), "integer") };
  }
  const wanted = { kind: value("kind"), phase: value("phase"), match };
  for (const name of ["times", "probability", "ttl_s", "nth"]) if (value(name)) wanted[name] = typed(value(name), "number");
  if (value("name")) wanted.name = value("name");
  for (const one of chosenKind().arguments) {
    if (value(`argument.${one.name}`)) wanted[one.name] = typed(value(`argument.${one.name}`), one.type);
  }
  return wanted;
}

function preview() {
  if (chosenKind()) find("fault-rule").textContent = JSON.stringify(rule());
}

function choosePreset(preset) {
  form.reset();
  form.elements.kind.value = preset.kind;
  chooseKind();
  for (const [name, value] of Object.entries(preset)) if (name in form.elements && name !== "kind") form.elements[name].value = value;
  for (const [name, value] of Object.entries(preset.arguments || {})) form.elements[`argument.${name}`].value = value;
  preview();
}

async function begin() {
  try {
    kinds = (await ask("GET", "/_admin/kinds")).kinds;
    options(find("fault-kind"), kinds.map((one) => one.kind), words);
    chooseKind();
    delete shown.faults;
    refresh();
  } catch (problem) {
    setTimeout(begin, EVERY_MS);
  }
}

form.addEventListener("input", (event) => (event.target.name === "kind" ? chooseKind() : preview()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(form.querySelector(".main"), "POST", "/_admin/faults", rule(), "The fault is set.");
});
for (const button of document.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => choosePreset(JSON.parse(button.dataset.preset)));
}
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => act(button, "POST", "/_admin/clock", { advance: button.dataset.advance }, `The clock is advanced by ${button.textContent.slice(1)}.`));
}
find("heal-all").addEventListener("click", (event) => act(event.target, "DELETE", "/_admin/faults", undefined, "All faults are healed."));
find("reset").addEventListener("click", () => { find("sure").returnValue = "no"; find("sure").showModal(); });
find("sure").addEventListener("close", () => {
  if (find("sure").returnValue === "yes") act(find("reset"), "POST", "/_admin/reset", undefined, "Everything is forgotten.");
});
find("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  find("pause").textContent = isPaused ? "Go on" : "Pause";
  refresh();
});
for (const name of ["reference", "merchant", "kind"]) find(`filter-${name}`).addEventListener("input", refresh);
document.addEventListener("visibilitychange", () => { if (!document.hidden && !isPaused) refresh(); });
begin();
refresh();
