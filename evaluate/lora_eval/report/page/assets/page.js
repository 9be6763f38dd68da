"use strict";
// Only text content and attributes are ever set from data: a prompt is never read as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const form = byId("filters"), body = byId("matrix").tBodies[0], head = byId("matrix").tHead;
  const dialog = byId("large"), SVG = "http://www.w3.org/2000/svg";
  const main = data.judges.map((judge, i) => judge.main ? i : -1).filter((i) => i >= 0);
  const make = (tag, text, set = {}) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    for (const [name, value] of Object.entries(set)) node.setAttribute(name, value);
    return node;
  };
  const words = data.words;
  const fill = (text, set) => text.replace(/\{(\w+)\}/g, (_, name) => set[name]);
  const strengths = new Set(data.pictures.filter((p) => p.strength).map((p) => p.strength));
  const several = strengths.size > 1;
  const keyOf = (p, s) => JSON.stringify([p.id, p.seed, s]);

  // Rows: prompt, seed and strength; the base has no strength and stands in every row.
  const rows = new Map();
  const withLoras = data.pictures.some((p) => p.strength);
  for (const [index, p] of data.pictures.entries()) {
    p.index = index;
    const at = p.strength || !withLoras ? [p.strength] : [...strengths];
    for (const s of at) {
      const key = keyOf(p, s);
      if (!rows.has(key)) rows.set(key, {id: p.id, prompt: p.prompt, seed: p.seed, strength: s, cells: []});
      rows.get(key).cells[p.c] = p;
    }
  }
  const order = [...new Set(data.pictures.map((p) => p.id))];
  const all = [...rows.values()].sort((a, b) =>
    order.indexOf(a.id) - order.indexOf(b.id) || a.seed - b.seed || a.strength - b.strength);

  for (const [i, judge] of data.judges.entries()) form.judge.append(make("option", judge.title, {value: i}));
  for (const [i, c] of data.contenders.entries()) form.contender.append(make("option", c.label, {value: i}));
  for (const id of order) form.prompt.append(make("option", id, {value: id}));

  const asked = () => form.judge.value === "" ? main : [Number(form.judge.value)];
  const flags = (p) => p ? asked().filter((j) => p.judged[j][0] === 1) : [];
  const score = (p) => p ? Math.max(0, ...asked().map((j) => p.judged[j][1] ?? 0)) : 0;
  let shown = [];

  const lazily = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      entry.target.src = data.pictures[entry.target.dataset.index].thumb;
      lazily.unobserve(entry.target);
    }
  }, {rootMargin: "400px"});

  function columns() {
    return form.contender.value === "" ? data.contenders.map((_, i) => i) : [Number(form.contender.value)];
  }

  function visible() {
    const text = form.text.value.trim().toLowerCase();
    let found = all.filter((row) => {
      const cells = columns().map((c) => row.cells[c]).filter(Boolean);
      if (!cells.length || (form.prompt.value && row.id !== form.prompt.value)) return false;
      if (form.flagged.checked && !cells.some((p) => flags(p).length)) return false;
      return !text || cells.some((p) =>
        `${p.prompt} ${p.id} seed ${p.seed} ${fill(words.seed, p)} ${p.file}`.toLowerCase().includes(text));
    });
    if (form.sort.value === "score") {
      const worst = (row) => Math.max(...columns().map((c) => score(row.cells[c])));
      found = found.map((row) => [worst(row), row]).sort((a, b) => b[0] - a[0]).map((pair) => pair[1]);
    }
    return found;
  }

  function cell(p) {
    const td = make("td");
    if (!p) return td;
    td.append(make("span", data.contenders[p.c].label, {class: "who"}));
    const bad = flags(p);
    const label = bad.map((j) => data.judges[j].title).join(", ");
    const button = make("button", undefined, {type: "button", class: bad.length ? "cell flagged" : "cell",
      "aria-label": `${data.contenders[p.c].label}, ${p.id}, ${fill(words.seed, p)}${label ? ": " + label : ""}`});
    if (p.thumb) {
      const image = make("img", undefined, {alt: "", "data-index": p.index, width: 132, height: 132});
      button.append(image);
      lazily.observe(image);
    } else button.append(make("span", p.problem || words.no_picture, {class: "problem"}));
    if (label) button.append(make("span", label));
    button.addEventListener("click", () => open(p));
    td.append(button);
    return td;
  }

  function draw() {
    const list = visible();
    shown = list.flatMap((row) => columns().map((c) => row.cells[c]).filter(Boolean));
    const top = make("tr");
    top.append(make("th", words.matrix, {scope: "col"}));
    for (const c of columns()) top.append(make("th", data.contenders[c].label, {scope: "col"}));
    head.replaceChildren(top);
    body.replaceChildren(...list.map((row) => {
      const line = make("tr"), name = make("th", undefined, {scope: "row"});
      name.append(make("b", row.id), ` ${fill(words.seed, row)}`);
      if (several) name.append(`, ${fill(words.strength, row)}`);
      name.append(make("small", row.prompt));
      line.append(name, ...columns().map((c) => cell(row.cells[c])));
      return line;
    }));
    const count = shown.length;
    byId("count").textContent = fill(count === 1 ? words.pictures_count_one : words.pictures_count, {count});
  }

  let current = null, boxes = true;
  function open(p) {
    current = p;
    const image = byId("large-picture");
    image.onerror = () => { image.onerror = null; image.src = p.thumb; };
    image.src = p.href || p.thumb;
    image.alt = `${data.contenders[p.c].label}: ${p.prompt}`;
    byId("large-title").textContent = `${data.contenders[p.c].label}, ${p.id}, ${fill(words.seed, p)}`;
    byId("large-prompt").textContent = p.prompt;
    const facts = [fill(words.strength, p), p.file];
    if (p.like !== null) facts.unshift(fill(words.likeness_value, {value: p.like.toFixed(2)}));
    byId("large-facts").textContent = facts.join(" · ") + (p.problem ? ` · ${p.problem}` : "");
    const outcomes = {1: "yes", 0: "no", "-1": "unknown", "-2": "not_asked"};
    const ordered = [...data.judges.keys()].sort((a, b) => p.judged[b][0] - p.judged[a][0] || a - b);
    byId("large-judged").replaceChildren(...ordered.map((j) => {
      const [outcome, value, reason, detail] = p.judged[j];
      const item = make("li", undefined, {class: outcome < 0 ? "unknown" : outcomes[outcome], title: data.judges[j].about});
      item.append(make("b", words[outcomes[outcome]]), ` ${data.judges[j].title}`);
      if (detail) item.append(` (${detail})`);
      if (value !== null) item.append(` ${value.toFixed(2)}`);
      item.append(make("small", reason));
      return item;
    }));
    drawBoxes(p);
    const same = data.pictures.filter((other) => other.id === p.id && other.seed === p.seed &&
      (other.strength === p.strength || !other.strength || !p.strength));
    byId("large-others").replaceChildren(...same.map((other) => {
      const button = make("button", undefined, {type: "button", title: data.contenders[other.c].label,
        "aria-current": String(other === p)});
      button.append(make("img", undefined, {src: other.thumb, alt: ""}), data.contenders[other.c].label);
      button.addEventListener("click", () => open(other));
      return button;
    }));
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    remember();
  }

  function drawBoxes(p) {
    const seen = new Set(), list = [];
    for (const judged of p.judged) for (const [label, left, top, right, bottom] of judged[4]) {
      const name = [label, left, top, right, bottom].join();
      if (seen.has(name) || !boxes) continue;
      seen.add(name);
      const rect = document.createElementNS(SVG, "rect");
      const set = {x: 100 * left, y: 100 * top, width: 100 * (right - left), height: 100 * (bottom - top)};
      for (const [key, value] of Object.entries(set)) rect.setAttribute(key, value);
      rect.setAttribute("class", label);
      const title = document.createElementNS(SVG, "title");
      title.textContent = label;
      rect.append(title);
      list.push(rect);
    }
    byId("large-boxes").replaceChildren(...list);
  }

  function step(by) {
    const at = shown.indexOf(current);
    if (at >= 0) open(shown[(at + by + shown.length) % shown.length]);
  }
  function across(by) {
    const buttons = [...byId("large-others").children];
    const at = buttons.findIndex((button) => button.getAttribute("aria-current") === "true");
    if (buttons.length > 1) buttons[(at + by + buttons.length) % buttons.length].click();
  }

  // The view is in the address, so that it can be sent to somebody.
  const FIELDS = ["judge", "contender", "prompt", "sort", "text"];
  function remember() {
    const state = new URLSearchParams();
    for (const name of FIELDS) if (form[name].value) state.set(name, form[name].value);
    if (form.flagged.checked) state.set("flagged", "1");
    if (dialog.open && current) state.set("picture", current.index);
    history.replaceState(null, "", `#${state}`);
  }
  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) form[name].value = state.get(name) ?? "";
    form.flagged.checked = state.has("flagged");
    draw();
    const picture = data.pictures[state.get("picture") ?? -1];
    if (picture) open(picture);
  }

  form.addEventListener("input", () => { draw(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", remember);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.addEventListener("keydown", (event) => {
    if (!dialog.open) {
      if (event.key === "?" && !/^(INPUT|SELECT)$/.test(event.target.tagName))
        document.querySelector("footer").scrollIntoView();
      return;
    }
    const act = {ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => across(-1),
      ArrowDown: () => across(1), b: () => { boxes = !boxes; drawBoxes(current); }}[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  for (const button of document.querySelectorAll(".shown"))
    button.addEventListener("click", () => open(data.pictures[button.dataset.place]));
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" :
      matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  addEventListener("hashchange", recall);
  recall();
})();
