/* Draws window.PLAN, the rows that look misplaced, on a Leaflet map and lists them in tables.
   Every name is written with textContent or drawn on a canvas: nothing in the data is ever parsed as HTML. */
"use strict";
const checkmap = (() => {
  const data = window.PLAN;
  const MOST_ROWS = 200;
  let language = 0; // 0 Chinese, 1 English: the order of every pair of texts
  const translated = [];
  const word = (key) => data.words[key][language];
  const pick = (pair) => pair[language];
  const number = (value) => value.toLocaleString(language ? "en" : "zh-CN");

  function make(tag, parent, options = {}) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") element.textContent = value;
      else if (name === "pair") {
        element.textContent = pick(value);
        translated.push([element, value]);
      } else if (name === "click") element.addEventListener("click", value);
      else element.setAttribute(name, value);
    }
    if (parent) parent.appendChild(element);
    return element;
  }

  function drawShape(context, shape, x, y, r) {
    context.beginPath();
    if (shape === "square") context.rect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === "triangle") {
      context.moveTo(x, y - r * 1.2);
      context.lineTo(x + r * 1.15, y + r);
      context.lineTo(x - r * 1.15, y + r);
      context.closePath();
    } else if (shape === "diamond") {
      context.moveTo(x, y - r * 1.3);
      context.lineTo(x + r * 1.3, y);
      context.lineTo(x, y + r * 1.3);
      context.lineTo(x - r * 1.3, y);
      context.closePath();
    } else context.arc(x, y, r, 0, Math.PI * 2);
  }

  const Shape = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      drawShape(renderer._ctx, this.options.shape, this._point.x, this._point.y, this._radius);
      renderer._fillStroke(renderer._ctx, this);
    },
  });

  function card(reason, i) {
    const box = make("div", null, { class: "card" });
    make("p", box, { class: "kind", text: pick(reason.label) });
    make("h2", box, { text: reason.name[i] });
    const list = make("dl", box);
    for (const [key, value] of [["layer", pick(reason.layer[i])], ["row", reason.row[i]], ["said", reason.said[i]], ["fix", pick(reason.fix)]]) {
      if (value === "") continue;
      make("dt", list, { text: word(key) });
      make("dd", list, { text: value });
    }
    return box;
  }

  function section(parent, pair, open, count) {
    const details = make("details", parent);
    details.open = open;
    const summary = make("summary", details);
    make("span", summary, { pair });
    if (count !== undefined) make("span", summary, { text: ` (${number(count)})` });
    return details;
  }

  function toggle(parent, map, pair, group, draw) {
    const line = make("label", parent, { class: "toggle" });
    const box = make("input", line, { type: "checkbox" });
    box.checked = true;
    if (draw) draw(line);
    make("span", line, { pair });
    box.addEventListener("change", () => (box.checked ? group.addTo(map) : map.removeLayer(group)));
    return box;
  }

  function swatch(parent, reason) {
    const canvas = make("canvas", parent, { width: 20, height: 20, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.fillStyle = reason.colour;
    drawShape(context, reason.shape, 10, 10, 6);
    context.fill();
  }

  function table(parent, reason, go) {
    const frame = make("div", parent, { class: "scroll", tabindex: "0", role: "region" });
    const element = make("table", frame);
    const head = make("tr", make("thead", element));
    for (const key of ["name", "row", "said", "layer"]) make("th", head, { pair: data.words[key], scope: "col" });
    const body = make("tbody", element);
    const note = make("p", parent, { class: "note", role: "status" });
    let wanted = "";
    function draw() {
      body.replaceChildren();
      const found = reason.name.map((name, i) => i).filter((i) => [reason.name[i], reason.row[i], reason.said[i]].join(" ").toLowerCase().includes(wanted));
      for (const i of found.slice(0, MOST_ROWS)) {
        const line = make("tr", body);
        make("button", make("td", line), { type: "button", class: "go", text: reason.name[i] || reason.row[i], click: () => go(i) });
        for (const text of [reason.row[i], reason.said[i], pick(reason.layer[i])]) make("td", line, { text });
      }
      note.textContent = found.length === 0 ? word("nothing") : found.length > MOST_ROWS ? `${number(MOST_ROWS)} / ${number(found.length)} · ${word("more")}` : "";
      return found.length;
    }
    return { draw, section: parent, filter: (text) => ((wanted = text), draw()) };
  }

  function start(map) {
    const canvas = L.canvas({ padding: 0.3, tolerance: 4 });
    map.options.zoomSnap = 0.25;
    map.fitBounds(data.bounds);
    map.getPanes().popupPane.setAttribute("aria-live", "polite");
    L.control.scale({ imperial: false }).addTo(map);
    map.attributionControl.setPrefix(false);
    if (data.basemap.roads.length) map.attributionControl.addAttribution("© OpenStreetMap contributors");
    const panel = document.getElementById("panel");
    const mapBox = map.getContainer();
    mapBox.setAttribute("role", "region");

    const header = make("header", panel);
    make("h1", header, { pair: data.words.title });
    make("p", header, { text: data.name });
    const tools = make("p", header, { class: "tools" });
    const chinese = make("button", tools, { type: "button", text: "中文", lang: "zh-CN", click: () => speak(0) });
    const english = make("button", tools, { type: "button", text: "English", lang: "en", click: () => speak(1) });
    const search = make("input", header, { type: "search", id: "search" });

    const base = L.layerGroup();
    for (const rings of data.basemap.water) L.polygon(rings, { renderer: canvas, interactive: false, stroke: false, fillColor: "#c9dfee", fillOpacity: 1 }).addTo(base);
    const weights = { major: 2.4, minor: 1.5, street: 0.6 };
    for (const [kind, lines] of data.basemap.roads)
      L.polyline(lines, { renderer: canvas, interactive: false, color: "#b9b4a7", weight: weights[kind] || 1, smoothFactor: 1.5 }).addTo(base);
    base.addTo(map);
    const towns = L.layerGroup(
      data.towns.rings.map((rings, i) =>
        L.polygon(rings, { renderer: canvas, color: "#444444", weight: 1.4, dashArray: "6 4", fillColor: "#56B4E9", fillOpacity: 0.06 }).bindPopup(() => {
          const box = make("div", null, { class: "card" });
          make("h2", box, { text: data.towns.name[i] });
          return box;
        })
      )
    ).addTo(map);
    const drawn = data.reasons.map((reason) => {
      const shapes = reason.lat.map((lat, i) =>
        new Shape([lat, reason.lon[i]], { renderer: canvas, radius: 6, shape: reason.shape, color: "#ffffff", weight: 1.2, fillColor: reason.colour, fillOpacity: 1 }).bindPopup(() => card(reason, i), { minWidth: 260, maxWidth: 420 })
      );
      return { shapes, group: L.layerGroup(shapes).addTo(map) };
    });
    map.on("layeradd", (event) => {
      if (event.layer === towns) towns.eachLayer((shape) => shape.bringToBack());
      if (event.layer === base) base.eachLayer((shape) => shape.bringToBack());
    });

    const body = make("main", panel);
    const legend = section(body, data.words.legend, true);
    if (data.basemap.roads.length) toggle(legend, map, data.words.roads, base);
    toggle(legend, map, data.words.street_towns, towns);
    data.reasons.forEach((reason, k) => (drawn[k].box = toggle(legend, map, reason.label, drawn[k].group, (line) => swatch(line, reason))));
    if (!data.reasons.length) make("p", body, { pair: data.words.none });
    if (data.notes.length) {
      const list = make("ul", section(body, data.words.notes, true));
      for (const text of data.notes) make("li", list, { text });
    }
    const twins = data.reasons.map((reason, k) =>
      table(section(body, reason.label, true, reason.count), reason, (i) => {
        if (!map.hasLayer(drawn[k].group)) drawn[k].box.click();
        map.setView(drawn[k].shapes[i].getLatLng(), Math.max(map.getZoom(), 15));
        drawn[k].shapes[i].openPopup();
        mapBox.scrollIntoView({ block: "nearest" });
      })
    );
    make("p", body, { class: "note", pair: data.words.internal });
    search.addEventListener("input", () => twins.forEach((twin) => (twin.section.open = twin.filter(search.value.trim().toLowerCase()) > 0)));

    function speak(index) {
      language = index;
      document.documentElement.lang = index ? "en" : "zh-CN";
      chinese.setAttribute("aria-pressed", String(index === 0));
      english.setAttribute("aria-pressed", String(index === 1));
      for (const [element, pair] of translated) element.textContent = pick(pair);
      search.placeholder = word("search");
      search.setAttribute("aria-label", word("search"));
      mapBox.setAttribute("aria-label", word("map"));
      panel.querySelectorAll(".scroll").forEach((frame) => frame.setAttribute("aria-label", frame.closest("details").querySelector("summary").textContent));
      document.title = `${word("title")} · ${data.name}`;
      for (const [control, key] of [["in", "zoom_in"], ["out", "zoom_out"]]) {
        const button = mapBox.querySelector(`.leaflet-control-zoom-${control}`);
        button.title = word(key);
        button.setAttribute("aria-label", word(key));
      }
      twins.forEach((twin) => twin.draw());
      map.closePopup();
    }
    map.on("popupopen", (event) => event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", word("close")));
    speak(0);
    document.body.dataset.ready = "yes";
    checkmap.map = map;
    checkmap.drawn = drawn;
  }

  return { start };
})();
