/* Draws window.PLAN on a Leaflet map and lists the same rows in tables.
   Every name is written with textContent or drawn on a canvas: nothing in the data is ever parsed as HTML. */
"use strict";
const planmap = (() => {
  const plan = window.PLAN;
  let language = 0; // 0 Chinese, 1 English: the order of every pair of texts
  const translated = []; // [element, pair] written again when the language changes

  const word = (key) => plan.words[key][language];
  const pick = (pair) => pair[language];
  const number = (value, digits = 0) =>
    value.toLocaleString(language ? "en" : "zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  function make(tag, parent, options = {}) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "text") element.textContent = value;
      else if (name === "pair") {
        element.textContent = pick(value);
        translated.push([element, value]);
      } else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
      else element.setAttribute(name, value);
    }
    if (parent) parent.appendChild(element);
    return element;
  }

  function shown(unit, value) {
    if (value === null || !isFinite(value)) return "–";
    if (unit === "share") return number(value * 100, 1) + "%";
    if (unit === "minutes") return number(value, 1);
    return number(value, Number.isInteger(value) ? 0 : 1);
  }

  /* Markers of four shapes on the one canvas that everything shares. */
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

  const POPUP = { minWidth: 290, maxWidth: 420, autoPanPaddingTopLeft: [60, 20], autoPanPaddingBottomRight: [20, 20] };

  function card(kind, title, rows) {
    const box = make("div", null, { class: "card" });
    make("p", box, { class: "kind", text: kind });
    make("h2", box, { text: title });
    const list = make("dl", box);
    for (const [label, value] of rows) {
      if (value === "" || value === null) continue;
      make("dt", list, { text: label });
      make("dd", list, { text: value });
    }
    return box;
  }

  function districtCard(i) {
    const d = plan.districts;
    return card(word("district"), d.name[i], [
      [word("street_town"), d.street_town[i]],
      [word("organisations"), number(d.organisations[i])],
      [word("workers"), number(d.workers[i])],
      [word("in_band"), word(d.in_band[i] ? "yes" : "no")],
      [word("units"), number(d.units[i])],
      [word("professionals"), `${d.posted[i]} / ${d.needed[i]}`],
    ]);
  }

  function siteCard(tier, i) {
    return card(pick(tier.label), tier.name[i] || tier.id[i], [
      [word("premises"), pick(tier.kind[i])],
      [word("district"), tier.district[i]],
      [word("parent"), tier.parent[i]],
      [word("why"), pick(tier.reason[i]) + (tier.by[i] ? ` (${tier.by[i]})` : "")],
      [word("within"), number(tier.within[i])],
      [word("only_here"), number(tier.only_here[i])],
    ]);
  }

  function drawBase(map, canvas) {
    const base = L.layerGroup();
    for (const rings of plan.basemap.water)
      L.polygon(rings, { renderer: canvas, interactive: false, stroke: false, fillColor: "#c9dfee", fillOpacity: 1 }).addTo(base);
    const weights = { major: 2.4, minor: 1.5, street: 0.6 };
    for (const [kind, lines] of plan.basemap.roads)
      L.polyline(lines, { renderer: canvas, interactive: false, color: "#b9b4a7", weight: weights[kind] || 1, smoothFactor: 1.5 }).addTo(base);
    return base.addTo(map);
  }

  function drawDistricts(map, canvas) {
    const d = plan.districts;
    const shapes = d.rings.map((rings, i) =>
      L.polygon(rings, { renderer: canvas, color: "#333333", weight: 1.4, fillColor: d.fill[i], fillOpacity: 0.35 })
        .bindPopup(() => districtCard(i), POPUP)
    );
    return { group: L.layerGroup(shapes).addTo(map), shapes };
  }

  function organisationCard(i) {
    const o = plan.organisations;
    return card(word("organisation"), o.name[i] || o.id[i], [
      [word("district"), plan.districts.name[o.district[i]]],
      [word("workers"), number(o.workers[i])],
    ]);
  }

  function drawOrganisations(map, canvas) {
    const o = plan.organisations;
    const dots = o.lat.map((lat, i) =>
      L.circleMarker([lat, o.lon[i]], { renderer: canvas, radius: 2, stroke: false, fillColor: "#555555", fillOpacity: 0.6 })
        .bindPopup(() => organisationCard(i), POPUP)
    );
    return { group: L.layerGroup(dots), shapes: dots };
  }

  function drawTier(map, canvas, tier) {
    const shapes = tier.lat.map((lat, i) =>
      new Shape([lat, tier.lon[i]], {
        renderer: canvas, radius: tier.radius, shape: tier.shape, color: "#ffffff", weight: 1.2,
        fillColor: tier.colour, fillOpacity: 1,
      }).bindPopup(() => siteCard(tier, i), POPUP)
    );
    return { group: L.layerGroup(shapes).addTo(map), shapes };
  }

  function swatch(parent, tier) {
    const canvas = make("canvas", parent, { width: 20, height: 20, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.fillStyle = tier.colour;
    drawShape(context, tier.shape, 10, 10, Math.min(tier.radius, 7));
    context.fill();
  }

  function toggle(parent, map, pair, group, on, draw) {
    const line = make("label", parent, { class: "toggle" });
    const box = make("input", line, { type: "checkbox" });
    box.checked = on;
    if (draw) draw(line);
    make("span", line, { pair });
    box.addEventListener("change", () => (box.checked ? group.addTo(map) : map.removeLayer(group)));
    return box;
  }

  const MOST_ROWS = 200;

  /* A table twin: the same rows as on the map, reachable by keyboard, filtered by the search box.
     Long ones show their first rows that match: nobody reads a thousand lines, and a page of them is slow. */
  function table(parent, headings, ids, rows, go) {
    const frame = make("div", parent, { class: "scroll", tabindex: "0", role: "region" });
    const element = make("table", frame);
    const head = make("tr", make("thead", element));
    for (const pair of headings) make("th", head, { pair, scope: "col" });
    const body = make("tbody", element);
    const note = make("p", parent, { class: "note", role: "status" });
    let wanted = "";

    function draw() {
      body.replaceChildren();
      const words = (cell) => (Array.isArray(cell) ? cell.join(" ") : String(cell));
      const found = rows.map((cells, i) => i).filter((i) => wanted === "" || [ids[i], ...rows[i]].map(words).join(" ").toLowerCase().includes(wanted));
      for (const i of found.slice(0, MOST_ROWS)) {
        const line = make("tr", body, { "data-id": ids[i] });
        rows[i].forEach((cell, column) => {
          const holder = make("td", line);
          const target = column === 0 && go ? make("button", holder, { type: "button", class: "go", on: { click: () => go(i) } }) : holder;
          if (typeof cell === "number") holder.className = "number";
          target.textContent = Array.isArray(cell) ? pick(cell) : typeof cell === "number" ? number(cell) : cell;
        });
      }
      note.textContent = found.length === 0 ? word("nothing") : found.length > MOST_ROWS ? `${number(MOST_ROWS)} / ${number(found.length)} · ${word("more")}` : "";
      return found.length;
    }
    return {
      draw,
      section: parent,
      filter(text) {
        wanted = text;
        return draw();
      },
    };
  }

  function section(parent, pair, open) {
    const details = make("details", parent);
    details.open = open;
    make("summary", details, { pair });
    return details;
  }

  function start(map) {
    const canvas = L.canvas({ padding: 0.3, tolerance: 4 });
    map.options.zoomSnap = 0.25; // without tiles every zoom is sharp, so the plan can fill its frame
    map.fitBounds(plan.bounds);
    map.getPanes().popupPane.setAttribute("aria-live", "polite");
    L.control.scale({ imperial: false }).addTo(map);
    map.attributionControl.setPrefix(false);
    map.attributionControl.addAttribution("© OpenStreetMap contributors");
    const panel = document.getElementById("panel");
    const mapBox = map.getContainer();
    mapBox.setAttribute("role", "region");

    const header = make("header", panel);
    make("h1", header, { text: plan.name });
    make("p", header, { text: `${plan.plan_id} · ${plan.created}` });
    const tools = make("p", header, { class: "tools" });
    const chinese = make("button", tools, { type: "button", text: "中文", lang: "zh-CN" });
    const english = make("button", tools, { type: "button", text: "English", lang: "en" });
    make("button", tools, { type: "button", pair: plan.words.print, on: { click: () => window.print() } });
    const search = make("input", header, { type: "search", id: "search" });

    const base = drawBase(map, canvas);
    const districts = drawDistricts(map, canvas);
    const organisations = drawOrganisations(map, canvas);
    const tiers = plan.tiers.map((tier) => drawTier(map, canvas, tier));

    const body = make("main", panel);
    const layers = section(body, plan.words.legend, true);
    toggle(layers, map, plan.words.roads, base, true);
    districts.box = toggle(layers, map, plan.words.districts, districts.group, true);
    organisations.box = toggle(layers, map, plan.words.organisations, organisations.group, false);
    plan.tiers.forEach((tier, k) => (tiers[k].box = toggle(layers, map, tier.label, tiers[k].group, true, (line) => swatch(line, tier))));
    // Points lie above areas whatever is switched on and off.
    map.on("layeradd", (event) => {
      if (event.layer === districts.group) districts.group.eachLayer((shape) => shape.bringToBack());
      if (event.layer === base) base.eachLayer((shape) => shape.bringToBack());
    });

    const figures = section(body, plan.words.figures, true);
    const list = make("table", make("div", figures, { class: "scroll", tabindex: "0", role: "region" }));
    const values = plan.kpis.map(([label, unit, value]) => {
      const line = make("tr", list);
      make("th", line, { pair: label, scope: "row" });
      return [make("td", line, { class: "number" }), unit, value];
    });
    for (const tier of plan.tiers) {
      const line = make("tr", list);
      const cell = make("th", line, { scope: "row" });
      make("span", cell, { pair: tier.label });
      make("span", cell, { text: " · " });
      make("span", cell, { pair: plan.words.gap });
      values.push([make("td", line, { class: "number" }), "share", tier.gap]);
    }

    const go = (shape) => {
      const centre = shape.getBounds ? shape.getBounds().getCenter() : shape.getLatLng();
      if (shape.getBounds) map.fitBounds(shape.getBounds(), { maxZoom: 16 });
      else map.setView(centre, Math.max(map.getZoom(), 16));
      shape.openPopup(centre);
      mapBox.scrollIntoView({ block: "nearest" });
    };
    const d = plan.districts;
    const o = plan.organisations;
    const w = plan.words;
    const show = (layer, i) => {
      if (!map.hasLayer(layer.group)) layer.box.click();
      go(layer.shapes[i]);
    };
    const twins = [
      table(
        section(body, w.districts, false),
        [w.name, w.street_town, w.organisations, w.workers, w.in_band, w.professionals],
        d.id,
        d.name.map((name, i) => [name, d.street_town[i], d.organisations[i], d.workers[i], d.in_band[i] ? w.yes : w.no, `${d.posted[i]} / ${d.needed[i]}`]),
        (i) => show(districts, i)
      ),
      ...plan.tiers.map((tier, k) =>
        table(
          section(body, tier.label, false),
          [w.name, w.premises, w.district, w.why, w.within, w.only_here],
          tier.id,
          tier.name.map((name, i) => [name || tier.id[i], tier.kind[i], tier.district[i], tier.reason[i], tier.within[i], tier.only_here[i]]),
          (i) => show(tiers[k], i)
        )
      ),
      table(
        section(body, w.organisations, false),
        [w.name, w.district, w.workers],
        o.id,
        o.name.map((name, i) => [name || o.id[i], d.name[o.district[i]], o.workers[i]]),
        (i) => show(organisations, i)
      ),
    ];
    const sources = table(
      section(body, w.sources, false), [w.sources, w.file, w.owner], plan.sources.map(() => ""),
      plan.sources.map(([layer, file, rest]) => [layer, file, rest.join(" · ")])
    );
    make("p", body, { class: "note", pair: w.internal });

    search.addEventListener("input", () => {
      const text = search.value.trim().toLowerCase();
      twins.forEach((twin) => {
        twin.section.open = twin.filter(text) > 0 && text !== "";
      });
    });

    function speak(index) {
      language = index;
      document.documentElement.lang = index ? "en" : "zh-CN";
      chinese.setAttribute("aria-pressed", String(index === 0));
      english.setAttribute("aria-pressed", String(index === 1));
      for (const [element, pair] of translated) element.textContent = pick(pair);
      for (const [cell, unit, value] of values) cell.textContent = shown(unit, value);
      search.placeholder = word("search");
      search.setAttribute("aria-label", word("search"));
      mapBox.setAttribute("aria-label", word("map"));
      panel.querySelectorAll(".scroll").forEach((frame) => frame.setAttribute("aria-label", frame.closest("details").querySelector("summary").textContent));
      document.title = `${word("title")} · ${plan.name}`;
      for (const [control, key] of [["in", "zoom_in"], ["out", "zoom_out"]]) {
        const button = mapBox.querySelector(`.leaflet-control-zoom-${control}`);
        button.title = word(key);
        button.setAttribute("aria-label", word(key));
      }
      for (const twin of [...twins, sources]) twin.draw();
      map.closePopup();
    }
    map.on("popupopen", (event) => event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", word("close")));
    // A sheet of paper has another shape: the same part of the map is drawn again for it, and again for the screen.
    const onPaper = (paper) => {
      const whole = L.latLngBounds(plan.bounds);
      const bounds = map.getBounds().contains(whole) ? whole : map.getBounds();
      document.body.classList.toggle("paper", paper);
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(bounds, { animate: false });
    };
    window.addEventListener("beforeprint", () => onPaper(true));
    window.addEventListener("afterprint", () => onPaper(false));
    chinese.addEventListener("click", () => speak(0));
    english.addEventListener("click", () => speak(1));
    speak(0);
    document.body.dataset.ready = "yes";
    planmap.map = map;
    planmap.layers = { base, districts, organisations, tiers };
  }

  return { start };
})();
