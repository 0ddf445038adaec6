/* What the panel of a plan holds: headline figures, search, legend, tables that match the map, notes, sources. */
"use strict";
planmap.fillPanel = (() => {
  const { make, word, pick, percent, section, frame, table, later, toggle, swatch, shown, hear, speak, language } = planmap.panel;
  const { outline } = planmap.drawings;

  function header(panel, view, options) {
    const { core } = view;
    const box = make("header", panel);
    make("h1", box, { text: core.name });
    make("p", box, { class: "quiet", text: `${core.plan_id} · ${core.created}` });
    const tools = make("p", box, { class: "tools" });
    if (!options.source) {
      const buttons = [["中文", "zh-CN"], ["English", "en"]].map(([text, lang], index) => make("button", tools, { type: "button", text, lang, on: { click: () => speak(index) } }));
      const press = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(language() === index)));
      hear(press);
      press();
    }
    make("button", tools, { type: "button", pair: core.words.print, on: { click: () => window.print() } });
    for (const [name, address] of options.links || []) make("a", tools, { class: "button", pair: name, href: address });
    const search = make("input", box, { type: "search", id: "search", autocomplete: "off" });
    const say = () => {
      search.placeholder = word("search");
      search.setAttribute("aria-label", word("search"));
      document.title = `${word("title")} · ${core.name}`;
    };
    hear(say);
    say();
    return search;
  }

  /* The shares a plan is judged by, large. */
  function headline(panel, core) {
    const box = make("dl", panel, { class: "headline" });
    for (const [label, unit, value] of core.kpis.filter((kpi) => kpi[4])) {
      const one = make("div", box);
      make("dt", one, { pair: label });
      const cell = make("dd", one);
      const write = () => (cell.textContent = shown(unit, value));
      hear(write);
      write();
    }
  }

  const line = (colour, width, dash) => (context) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(1, 10);
    context.lineTo(19, 10);
    context.stroke();
  };
  const dot = (shape, colour, r, border) => (context) => {
    context.fillStyle = colour;
    outline(context, shape, 10, 10, r);
    context.fill();
    if (!border) return;
    context.strokeStyle = border;
    context.stroke();
  };
  const SIGNS = {
    base: line("#c9b98f", 4, []),
    boundaries: line("#5d5346", 2, [6, 2, 2, 2]),
    organisations: dot("circle", "#4a4a4a", 3),
    links: line("#009E73", 3, []),
    enterprises: dot("square", "#56B4E9", 6),
    coverage: dot("square", "#756bb1", 7),
    districts(context) {
      context.fillStyle = "rgba(86, 180, 233, 0.4)";
      context.strokeStyle = "#3d3d3d";
      context.lineWidth = 1.5;
      context.fillRect(2, 3, 16, 14);
      context.strokeRect(2, 3, 16, 14);
    },
  };

  function legend(body, view) {
    const { core, layers } = view;
    const box = section(body, core.words.legend, true);
    const tiers = Object.fromEntries(core.tiers.map((tier) => [tier.key, dot(tier.shape, tier.colour, Math.min(tier.radius, 7), tier.border)]));
    const order = [...core.tiers.map((tier) => tier.key), "districts", "coverage", "enterprises", "organisations", "links", "boundaries", "base", "tiles"];
    for (const key of order) {
      const layer = layers[key];
      if (!layer) continue;
      const sign = tiers[key] || SIGNS[key];
      layer.box = toggle(box, layer.label, layer.on, (on) => layer.show(on), sign && ((parent) => swatch(parent, sign)));
      if (key === "coverage") coverageKey(box, view);
      if (key === "links") planmap.links.key(box, view);
    }
  }

  /* Which tier's coverage is shown, and what the shades mean. */
  function coverageKey(box, view) {
    const { core, layers } = view;
    const layer = layers.coverage;
    const key = make("div", box, { class: "shades" });
    const choice = make("select", key);
    core.tiers.forEach((tier, k) => make("option", choice, { value: String(k), pair: tier.label }));
    choice.value = String(layer.tier);
    const shades = make("ul", key);
    choice.addEventListener("change", () => {
      layer.tier = Number(choice.value);
      layer.show(true);
    });
    const draw = () => {
      choice.setAttribute("aria-label", word("coverage_of"));
      key.hidden = !layer.on;
      shades.replaceChildren();
      if (!layer.part) return;
      layer.part.classes.forEach(([least, colour], k) => {
        const item = make("li", shades);
        swatch(item, (context) => {
          context.fillStyle = colour;
          context.fillRect(0, 0, 20, 20);
          context.strokeStyle = "#777777";
          context.strokeRect(0.5, 0.5, 19, 19);
        });
        const above = k ? layer.part.classes[k - 1][0] : 1;
        make("span", item, { text: least > 0 ? word("from", { share: percent(least, 0) }) : word("below", { share: percent(above, 0) }) });
      });
    };
    hear(draw);
    view.canvas.on("layers", draw);
    draw();
  }

  function figures(body, core) {
    const box = section(body, core.words.figures, true);
    const list = make("tbody", make("table", frame(box, core.words.figures)));
    const add = (pairs, unit, value) => {
      const row = make("tr", list);
      const head = make("th", row, { scope: "row" });
      for (const pair of pairs) make("span", head, typeof pair === "string" ? { text: pair } : { pair });
      const cell = make("td", row, { class: "number" });
      const write = () => (cell.textContent = shown(unit, value));
      hear(write);
      write();
    };
    for (const [label, unit, value] of core.kpis) add([label], unit, value);
    for (const tier of core.tiers) add([tier.label, " · ", core.words.gap], "share", tier.gap);
  }

  function twins(body, view, get, options) {
    const { core, layers } = view;
    const d = core.districts;
    const w = core.words;
    const show = async (layer, i) => {
      if (!layer.on) await layer.show(true);
      await layer.load();
      view.go(layer.main, i);
    };
    const made = [
      later(body, w.districts, (box) =>
        table(box, w.districts, [w.name, w.street_town, w.organisations, w.workers, w.in_band, w.professionals], d.id,
          d.name.map((name, i) => [name, d.street_town[i], d.organisations[i], d.workers[i], d.in_band[i] ? w.yes : w.no, `${d.posted[i]} / ${d.needed[i]}`]),
          (i) => show(layers.districts, i))),
      ...core.tiers.map((tier) =>
        later(body, tier.label, (box) =>
          table(box, tier.label, [w.name, w.premises, w.district, w.why, w.within, w.only_here, w.open], tier.id,
            tier.name.map((name, i) => [name || tier.id[i], tier.kind[i], tier.district[i], tier.reason[i], tier.within[i], tier.only_here[i], tier.hours[i] || w.hours_unknown]),
            (i) => show(layers[tier.key], i)))),
      later(body, w.coverage, async (box) => {
        const part = await get("coverage");
        const cell = (tier, i) => (tier.few && tier.few[i] ? null : tier.share[i] === null ? w.empty_unit : Math.round(tier.share[i] * 1000) / 10);
        return table(box, w.coverage, [w.name, w.street_town, ...core.tiers.map((tier) => tier.label.map((label) => `${label} %`))], part.id,
          part.name.map((name, i) => [name || part.id[i], part.street_town[i], ...part.tiers.map((tier) => cell(tier, i))]),
          (i) => show(layers.coverage, i));
      }),
    ];
    if (options.organisations_in_view) inView(body, view, "organisations");
    else if (layers.organisations)
      made.push(later(body, w.organisations, async (box) => {
        const o = await get("organisations");
        return table(box, w.organisations, [w.name, w.district, w.workers], o.id,
          o.name.map((name, i) => [name || o.id[i], d.name[o.district[i]], o.workers[i]]), (i) => show(layers.organisations, i));
      }));
    made.push(later(body, w.links, async (box) => {
      const part = await get("links");
      return table(box, w.links, [w.units, w.how, w.walk_min, w.border_m, w.decided], part.id, planmap.links.rows(part), (i) => show(layers.links, i));
    }));
    if (options.enterprises) inView(body, view, "enterprises");
    return made;
  }

  /* What is in view, largest first: counted anew whenever the map moves. */
  function inView(body, view, key) {
    const { core, layers, canvas } = view;
    const w = core.words;
    const layer = layers[key];
    const box = section(body, layer.label, false);
    const twin = table(box, layer.label, [w.name, w.workers], [], [], (i) => {
      const { top } = layer.part;
      view.map.setView([top.lat[i], top.lon[i]], Math.max(17, view.map.getZoom()), { animate: false });
    });
    const count = make("p", box, { class: "note" });
    const draw = () => {
      const { part } = layer;
      if (!part) return;
      twin.replace(part.top.id, part.top.name.map((name, i) => [name, part.top.workers[i]]));
      count.textContent = `${planmap.panel.number(part.count)} ${word("in_view")}`;
    };
    hear(draw);
    canvas.on(key, draw);
    box.addEventListener("toggle", () => box.open && !layer.on && layer.show(true));
  }

  function notes(body, core) {
    if (!core.notes.length) return;
    const list = make("ul", section(body, core.words.notes, false), { class: "notes" });
    for (const note of core.notes) make("li", list, { text: note });
  }

  function sources(body, core) {
    const w = core.words;
    later(body, w.sources, (box) =>
      table(box, w.sources, [w.sources, w.file, w.owner], core.sources.map(() => ""), core.sources.map(([layer, file, rest]) => [layer, file, rest.join(" · ")])));
  }

  function answers(panel, view, options, search) {
    const box = make("section", panel, { class: "found" });
    const show = (item, answer) =>
      make("button", item, {
        type: "button", text: word("on_map"),
        on: {
          click() {
            view.map.setView([answer.lat, answer.lon], 16.5, { animate: false });
            L.popup().setLatLng([answer.lat, answer.lon]).setContent(planmap.panel.card(word(answer.kind), answer.name || answer.id, [])).openOn(view.map);
          },
        },
      });
    planmap.answers.attach(search, box, options.search, show);
  }

  return function fillPanel(view, options, get) {
    const panel = document.getElementById("panel");
    const search = header(panel, view, options);
    if (options.search) answers(panel, view, options, search);
    const body = make("main", panel, { id: "content", tabindex: "-1" });
    headline(body, view.core);
    legend(body, view);
    figures(body, view.core);
    const tables = twins(body, view, get, options);
    notes(body, view.core);
    sources(body, view.core);
    make("p", body, { class: "note", pair: view.core.words.internal });
    search.addEventListener("input", async () => {
      const text = search.value.trim().toLowerCase();
      for (const twin of tables) {
        const found = await twin.filter(text);
        if (search.value.trim().toLowerCase() !== text) return;
        twin.section.open = found > 0 && text !== "";
      }
    });
    window.addEventListener("beforeprint", () => tables.forEach((twin) => twin.section.open && twin.fill()));
  };
})();
