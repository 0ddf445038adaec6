/* The rows that look misplaced, on the map and in tables: the plan's map with other layers. */
"use strict";
const checkmap = {};
checkmap.start = (() => {
  const { make, word, pick, card, section, table, toggle, swatch, hear, speak, language, number } = planmap.panel;
  const { Areas, Lines, Points, outline } = planmap.drawings;

  function rowCard(reason) {
    return (i) => card(pick(reason.label), reason.name[i], [
      [word("layer"), pick(reason.layer[i])],
      [word("row"), reason.row[i]],
      [word("said"), reason.said[i]],
      [word("fix"), pick(reason.fix)],
    ]);
  }

  function townLayer(data, canvas) {
    return new planmap.Layer(canvas, data.words.street_towns, true, () => [
      ["fills", new Areas(planmap.geometry.areas(data.towns.shape), { alpha: 0.06, fill: "#56B4E9", card: (i) => card(word("street_towns"), data.towns.name[i], []) })],
      ["borders", new Lines(data.towns.shape, { closed: true, colour: "#444444", dash: [6, 4], width: () => 1.4 })],
    ]);
  }

  function reasonLayer(reason, canvas) {
    const look = { shape: reason.shape, size: 6, colour: reason.colour, card: rowCard(reason) };
    return new planmap.Layer(canvas, reason.label, true, () => [["sites", new Points(planmap.geometry.points(reason), look)]]);
  }

  function header(panel, data) {
    const box = make("header", panel);
    make("h1", box, { pair: data.words.title });
    make("p", box, { class: "quiet", text: data.name });
    const tools = make("p", box, { class: "tools" });
    const buttons = [["中文", "zh-CN"], ["English", "en"]].map(([text, lang], index) => make("button", tools, { type: "button", text, lang, on: { click: () => speak(index) } }));
    const search = make("input", box, { type: "search", id: "search", autocomplete: "off" });
    const say = () => {
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(language() === index)));
      search.placeholder = word("search");
      search.setAttribute("aria-label", word("search"));
      document.title = `${word("title")} · ${data.name}`;
    };
    hear(say);
    say();
    return search;
  }

  function counted(parent, reason) {
    const details = section(parent, reason.label, true);
    const summary = details.querySelector("summary");
    const say = () => (summary.textContent = `${pick(reason.label)} (${number(reason.count)})`);
    hear(say);
    say();
    return details;
  }

  function fill(data, map, layers, go) {
    const panel = document.getElementById("panel");
    const search = header(panel, data);
    const body = make("main", panel);
    const legend = section(body, data.words.legend, true);
    for (const layer of [layers.base, layers.towns]) toggle(legend, layer.label, true, (on) => layer.show(on));
    data.reasons.forEach((reason, k) => {
      const sign = (context) => {
        context.fillStyle = reason.colour;
        outline(context, reason.shape, 10, 10, 6);
        context.fill();
      };
      layers.reasons[k].box = toggle(legend, reason.label, true, (on) => layers.reasons[k].show(on), (line) => swatch(line, sign));
    });
    if (!data.reasons.length) make("p", body, { pair: data.words.none });
    if (data.notes.length) {
      const list = make("ul", section(body, data.words.notes, true), { class: "notes" });
      for (const text of data.notes) make("li", list, { text });
    }
    const w = data.words;
    if (data.sources.length) {
      const list = make("ul", section(body, w.sources, false), { class: "notes" });
      for (const [layer, file, rest] of data.sources) {
        const line = make("li", list);
        make("span", line, { pair: layer });
        make("span", line, { text: ` ${[file, ...rest].join(" · ")}` });
      }
    }
    const twins = data.reasons.map((reason, k) =>
      table(counted(body, reason), reason.label, [w.name, w.row, w.said, w.layer], reason.row,
        reason.name.map((name, i) => [name || reason.row[i], reason.row[i], reason.said[i], reason.layer[i]]), (i) => go(layers.reasons[k], i))
    );
    make("p", body, { class: "note", pair: w.internal });
    search.addEventListener("input", () => twins.forEach((twin) => (twin.section.open = twin.filter(search.value.trim().toLowerCase()) > 0)));
  }

  return async function start(map) {
    const data = window.PLAN;
    planmap.panel.learn(data.words);
    const canvas = planmap.shell.prepare(map, data);
    const popup = planmap.shell.clicks(map, canvas);
    const layers = {
      base: new planmap.Layer(canvas, data.words.roads, true, () => planmap.baseDrawings(data.basemap)),
      towns: townLayer(data, canvas),
      reasons: data.reasons.map((reason) => reasonLayer(reason, canvas)),
    };
    const go = async (layer, i) => {
      if (!layer.on) await layer.show(true);
      const [x, y] = layer.main.bounds(i);
      map.setView(planmap.geometry.latLng(x, y), Math.max(map.getZoom(), 15), { animate: false });
      popup([layer.main, i], map.getCenter());
      map.getContainer().scrollIntoView({ block: "nearest" });
    };
    fill(data, map, layers, go);
    const say = () => planmap.shell.names(map, data, { panel: true });
    hear(say);
    say();
    planmap.shell.onPaper(map, data);
    await Promise.all([layers.base, layers.towns, ...layers.reasons].map((layer) => layer.show(true)));
    canvas.paint();
    checkmap.drawn = layers.reasons;
    document.body.dataset.ready = "yes";
  };
})();
