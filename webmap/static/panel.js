/* What the panel is made of: words in two languages, cards, tables, sections.
   Every name is written with textContent: nothing in the data is ever parsed as HTML. */
"use strict";
planmap.panel = (() => {
  let language = document.documentElement.lang === "en" ? 1 : 0; // the order of every pair of texts
  let words = {};
  const written = []; // [element, pair] written again when the language changes
  const heard = []; // what else changes with it

  const pick = (pair) => (Array.isArray(pair) ? pair[language] : pair);
  const word = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), pick(words[key]));
  const number = (value, digits = 0) =>
    value.toLocaleString(language ? "en" : "zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  /* People; a count that is withheld is told as fewer than so many. */
  let least = 0;
  const people = (value) => (value === null ? word("few", { least: number(least) }) : number(value));
  const percent = (value, digits = 1) => `${number(value * 100, digits)}%`;

  function make(tag, parent, options = {}) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") element.textContent = value;
      else if (name === "pair") {
        element.textContent = pick(value);
        written.push([element, value]);
      } else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
      else element.setAttribute(name, value);
    }
    if (parent) parent.appendChild(element);
    return element;
  }

  function shown(unit, value) {
    if (value === null || !isFinite(value)) return "–";
    if (unit === "share") return percent(value);
    if (unit === "minutes") return number(value, 1);
    return number(value, Number.isInteger(value) ? 0 : 1);
  }

  function speak(index) {
    language = index;
    document.documentElement.lang = index ? "en" : "zh-CN";
    for (const [element, pair] of written) element.textContent = pick(pair);
    for (const act of heard) act();
  }

  function card(kind, title, rows) {
    const box = make("div", null, { class: "card" });
    make("p", box, { class: "kind", text: kind });
    make("h2", box, { text: title });
    const list = make("dl", box);
    for (const [label, value] of rows) {
      if (value === "" || value === null || value === undefined) continue;
      make("dt", list, { text: label });
      make("dd", list, { text: value });
    }
    return box;
  }

  function section(parent, pair, open) {
    const details = make("details", parent);
    details.open = open;
    make("summary", details, { pair });
    return details;
  }

  /* A frame that scrolls, and is reached and named for those who do not see it. */
  function frame(parent, pair) {
    const box = make("div", parent, { class: "scroll", tabindex: "0", role: "region" });
    heard.push(() => box.setAttribute("aria-label", pick(pair)));
    box.setAttribute("aria-label", pick(pair));
    return box;
  }

  const MOST_ROWS = 200;
  const text = (cell) => (Array.isArray(cell) ? cell.join(" ") : String(cell === null ? "" : cell));
  const rank = (cell) => (cell === null ? 0 : cell); // a count withheld is a small one
  const compare = (one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return typeof a === "number" && typeof b === "number" ? a - b : String(pick(a)).localeCompare(String(pick(b)), language ? "en" : "zh-CN");
  };

  /* A table twin: the same rows as on the map, reachable by keyboard, filtered by the search box, sorted by a heading.
     Long ones show their first rows that match: nobody reads a thousand lines, and a page of them is slow. */
  function table(parent, title, headings, ids, rows, go) {
    const element = make("table", frame(parent, title));
    const head = make("tr", make("thead", element));
    const body = make("tbody", element);
    const note = make("p", parent, { class: "note", role: "status" });
    let wanted = "";
    let order = null; // [column, 1 or -1]

    headings.forEach((pair, column) => {
      const cell = make("th", head, { scope: "col" });
      const sort = () => {
        order = order && order[0] === column && order[1] === 1 ? [column, -1] : [column, 1];
        [...head.children].forEach((other) => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", order[1] === 1 ? "ascending" : "descending");
        draw();
      };
      make("button", cell, { type: "button", class: "sort", pair, on: { click: sort } });
    });

    function draw() {
      const found = rows.map((cells, i) => i).filter((i) => wanted === "" || [ids[i], ...rows[i]].map(text).join(" ").toLowerCase().includes(wanted));
      if (order) found.sort((a, b) => order[1] * compare(rows[a][order[0]], rows[b][order[0]]) || a - b);
      body.replaceChildren();
      for (const i of found.slice(0, MOST_ROWS)) {
        const line = make("tr", body, { "data-id": ids[i] });
        rows[i].forEach((cell, column) => {
          const holder = make("td", line);
          const target = column === 0 && go ? make("button", holder, { type: "button", class: "go", on: { click: () => go(i) } }) : holder;
          if (cell === null || typeof cell === "number") holder.className = "number";
          target.textContent = cell === null ? people(cell) : typeof cell === "number" ? number(cell, Number.isInteger(cell) ? 0 : 1) : pick(cell);
        });
      }
      note.textContent = found.length === 0 ? word("nothing") : found.length > MOST_ROWS ? `${number(MOST_ROWS)} / ${number(found.length)} · ${word("more")}` : "";
      return found.length;
    }
    heard.push(draw);
    draw();
    return {
      section: parent,
      filter(wish) {
        wanted = wish;
        return draw();
      },
      replace(newIds, newRows) {
        [ids, rows] = [newIds, newRows];
        draw();
      },
    };
  }

  /* A table filled when it is first opened, searched or printed: most readers open few. */
  function later(parent, title, fill) {
    const details = section(parent, title, false);
    let made = null;
    const open = () => (made = made || fill(details));
    details.addEventListener("toggle", () => details.open && open());
    return {
      section: details,
      fill: open,
      async filter(wish) {
        return (await open()).filter(wish);
      },
    };
  }

  function toggle(parent, pair, on, change, draw) {
    const line = make("label", parent, { class: "toggle" });
    const box = make("input", line, { type: "checkbox" });
    box.checked = on;
    if (draw) draw(line);
    make("span", line, { pair });
    box.addEventListener("change", () => change(box.checked));
    return box;
  }

  function swatch(parent, paint) {
    const canvas = make("canvas", parent, { width: 40, height: 40, class: "swatch", "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.scale(2, 2);
    paint(context);
  }

  return {
    make, card, section, frame, table, later, toggle, swatch, shown, number, people, percent, word, pick, speak,
    hear: (act) => heard.push(act),
    language: () => language,
    learn: (learned, smallest = 0) => ([words, least] = [learned, smallest]),
    words: () => words,
  };
})();
