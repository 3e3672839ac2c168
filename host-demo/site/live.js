"use strict";
// The live page: cards with a small curve each, and three tables, redrawn from one snapshot each second.

const cards = [
  ["live heap", s => s.heap.bytes, bytes, s => `${s.heap.blocks} blocks, ${s.heap.pooled} pooled, ${s.heap.collections} collections`],
  ["live contexts", s => s.contexts.live, String, s => `${s.contexts.opened} opened, ${s.contexts.closed} closed`],
  ["busy workers", s => s.pool.busy, String, s => `${s.pool.idle} idle, at most ${s.pool.most}; ${s.pool.rebuilt} rebuilt`],
  ["queue", s => s.pool.queued, String, s => `threads: ${s.pool.started} started, ${s.pool.joined} joined`],
  ["pages a second", s => s.requests.per_second, String, s => `${s.requests.connections} connections, ${s.requests.sessions} sessions`],
  ["p99 below, ms", s => s.requests.p99_ms ?? 0, String, s => `half of them below ${s.requests.p50_ms ?? "–"} ms`],
].map(([name, value, show, note]) => {
  const card = document.createElement("div");
  card.className = "card";
  card.innerHTML = '<small></small><b>–</b><small></small><svg viewBox="0 0 119 48" preserveAspectRatio="none"><path/></svg>';
  const [title, number, detail, svg] = card.children;
  title.textContent = name;
  document.getElementById("cards").append(card);
  const history = [];
  return snapshot => {
    history.push(value(snapshot));
    if (history.length > 120) history.shift();
    const most = Math.max(...history, 1e-9);
    const points = history.map((v, i) => `${i + 120 - history.length},${(46 - 44 * v / most).toFixed(1)}`);
    svg.firstChild.setAttribute("d", points.length > 1 ? "M" + points.join("L") : "");
    number.textContent = show(value(snapshot));
    detail.textContent = note(snapshot);
  };
});

function bytes(n) {
  return n < 1 << 20 ? `${(n / 1024).toFixed(0)} KiB` : `${(n / 1048576).toFixed(1)} MiB`;
}

function rows(id, list) {
  document.getElementById(id).replaceChildren(...list.map(cells => {
    const row = document.createElement("tr");
    for (const value of cells) {
      const cell = row.insertCell();
      cell.textContent = value ?? "";
      if (typeof value === "number") cell.className = "number";
    }
    return row;
  }));
}

const state = document.getElementById("state");
const source = new EventSource("/events");
source.onerror = () => { state.textContent = "not connected"; document.body.classList.add("off"); };
source.onmessage = event => {
  const s = JSON.parse(event.data);
  document.body.classList.remove("off");
  state.textContent = `up ${s.uptime} s`;
  for (const draw of cards) draw(s);
  rows("workers", s.workers.map(w => [`${w.id}`, w.activity, w.label, w.ms, w.jobs]));
  rows("pages", s.pages.map(p => [p.path, p.state, p.hits, Number(p.mean_ms.toFixed(3)), p.compilations]));
  const counted = [...Object.entries(s.faults).map(([k, n]) => [`script: ${k}`, n]), ...Object.entries(s.refusals).map(([k, n]) => [`refused: ${k}`, n])];
  rows("faults", counted.filter(([, n]) => n > 0));
};
