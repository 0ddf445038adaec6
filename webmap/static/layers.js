/* The layers of a plan: what each draws, what a click on it says, when its data are fetched. */
"use strict";
planmap.layersOf = (() => {
  const { word, pick, number, people, percent, card } = planmap.panel;
  const { Lines, Areas, Points, Cells, Labels, RoadLabels } = planmap.drawings;
  const INK = "#3d3d3d";

  const cards = {
    district: (core) => (i) => {
      const d = core.districts;
      return card(word("district"), d.name[i], [
        [word("street_town"), d.street_town[i]],
        [word("organisations"), number(d.organisations[i])],
        [word("workers"), people(d.workers[i])],
        [word("in_band"), word(d.in_band[i] ? "yes" : "no")],
        [word("units"), number(d.units[i])],
        [word("professionals"), `${d.posted[i]} / ${d.needed[i]}`],
      ]);
    },
    site: (tier, only) => (i) =>
      card(pick(tier.label), tier.name[i] || tier.id[i], [
        ["●", only && only.has(i) ? word("only_in_this") : ""],
        [word("premises"), pick(tier.kind[i])],
        [word("district"), tier.district[i]],
        [word("parent"), tier.parent[i]],
        [word("open"), pick(tier.hours[i]) || word("hours_unknown")],
        [word("why"), pick(tier.reason[i]) + (tier.by[i] ? ` (${tier.by[i]})` : "")],
        [word("said"), tier.said[i]],
        [word("within"), people(tier.within[i])],
        [word("only_here"), people(tier.only_here[i])],
      ]),
    organisation: (core, part) => (i) =>
      card(word("organisation"), part.name[i] || part.id[i], [
        [word("district"), core.districts.name[part.district[i]]],
        [word("industry_federation"), part.industry[i]],
        [word("workers"), number(part.workers[i])],
      ]),
    unit: (core, part) => (i) =>
      card(word("unit"), part.name[i] || part.id[i], [
        [word("street_town"), part.street_town[i]],
        ...part.tiers.map((tier, k) => [pick(core.tiers[k].label), tier.few && tier.few[i] ? people(null) : tier.share[i] === null ? word("empty_unit") : percent(tier.share[i])]),
      ]),
    union: (part) => (i) => card(word("organisation"), part.name[i] || part.id[i], [[word("workers"), number(part.workers[i])]]),
    enterprise: (part) => (i) => card(word("enterprise"), part.name[i] || part.id[i], [[word("workers"), number(part.workers[i])]]),
  };

  const step = (...pairs) => (zoom) => pairs.reduce((width, [from, value]) => (zoom >= from ? value : width), 0);
  const ROADS = {
    street: { colour: "#ffffff", casing: "#dcd7cb", width: step([13.5, 0.8], [14.5, 1.6], [16, 3.5]) },
    minor: { colour: "#ffffff", casing: "#cfc8b8", width: step([10.5, 0.7], [12, 1.3], [13.5, 2.4], [15, 4], [16.5, 6]) },
    major: { colour: "#fff6df", casing: "#c9b98f", width: step([0, 0.9], [10.5, 1.4], [12, 2.2], [13.5, 3.4], [15, 5.5], [16.5, 8]) },
  };

  function baseDrawings(part) {
    const drawn = [["water", new Areas(planmap.geometry.areas(part.water), { fill: "#bcd9ea" })]];
    for (const kind of ["street", "minor", "major"]) if (part.roads[kind]) drawn.push(["roads", new Lines(part.roads[kind], ROADS[kind])]);
    if (part.road_lines)
      drawn.push(["names", new RoadLabels(part.road_names, part.road_lines, { from: 13.25, pixels: 11, weight: 400, colour: "#6b5f45" })]);
    return drawn;
  }

  function borderDrawings(part) {
    const labels = (layer, options) => new Labels(part[layer].name, planmap.geometry.points(part[layer].label), options);
    return [
      ["borders", new Lines(part.street_towns.shape, { closed: true, colour: "#7d7468", dash: [6, 4], width: step([9.5, 0.8], [11.5, 1.4]) })],
      ["borders", new Lines(part.boroughs.shape, { closed: true, colour: "#5d5346", dash: [10, 3, 2, 3], width: step([0, 1.6], [11, 2.4]) })],
      ["names", labels("street_towns", { from: 10.75, to: 15.5, pixels: 13, weight: 600, colour: "#5b4f40" })],
      ["names", labels("boroughs", { from: 0, to: 12, pixels: 15, weight: 700, colour: "#4a3f31" })],
    ];
  }

  /* From the bottom to the top. */
  const ORDER = ["fills", "coverage", "water", "roads", "cells", "lines", "borders", "links", "names", "dots", "sites"];

  class Layer {
    constructor(canvas, label, first, build) {
      Object.assign(this, { canvas, label, first, build, on: false, drawings: [], box: null });
    }

    load() {
      this.loading = this.loading || Promise.resolve(this.build()).then((made) => {
        for (const [place, drawing, above] of made) this.add(place, drawing, above);
        return this;
      });
      return this.loading;
    }

    add(place, drawing, above = 0) {
      drawing.rank = ORDER.indexOf(place) + above / 100; // parts arrive in any order
      drawing.on = () => this.on;
      this.drawings.push(drawing);
      this.canvas.drawings.push(drawing);
      this.canvas.drawings.sort((a, b) => a.rank - b.rank);
    }

    get main() {
      return this.drawings.find((drawing) => drawing.card);
    }

    async show(on) {
      this.on = on;
      if (this.box) this.box.checked = on;
      if (on) await this.load();
      this.canvas.repaint();
      this.canvas.fire("layers");
    }
  }

  function coverageLayer(core, get, canvas) {
    const layer = new Layer(canvas, core.words.coverage, false, async () => {
      const part = await get("coverage");
      layer.part = part;
      const colour = (share) => (share === null ? null : part.classes.find(([least]) => share >= least)[1]);
      const shape = planmap.geometry.areas(part.shape);
      const fills = new Areas(shape, { alpha: 0.85, fill: (i) => colour(part.tiers[layer.tier].share[i]), card: cards.unit(core, part) });
      return [["coverage", fills], ["coverage", new Lines(part.shape, { closed: true, colour: "#ffffff", width: step([11, 0.6], [13, 1]) })]];
    });
    layer.tier = Math.max(0, core.tiers.findIndex((tier) => tier.key === core.station)); // whose coverage is shown first
    return layer;
  }

  /* What the server counts where there is too much to draw, and names where one can tell it apart. */
  function layerInView(canvas, map, { label, address, event, colour, look, card: cardOf }) {
    const layer = new Layer(canvas, label, false, () => {
      let asked = 0;
      const fetchView = async () => {
        if (!layer.on) return;
        const mine = (asked += 1);
        const b = map.getBounds();
        const box = `${b.getWest()},${b.getSouth()},${b.getEast()},${b.getNorth()}`;
        const part = await planmap.waiting.read(`${address}?box=${box}&width=${map.getSize().x}`);
        if (mine !== asked) return; // the map has moved on
        layer.part = part;
        canvas.drawings = canvas.drawings.filter((drawing) => !layer.drawings.includes(drawing));
        layer.drawings = [];
        if (part.cells) layer.add("cells", new Cells({ ...planmap.geometry.points(part.cells), n: part.cells.n, side: part.cells.side }, { colour }));
        else layer.add("dots", new Points(planmap.geometry.points(part), { shape: "circle", colour: "#4a4a4a", ...look, card: cardOf(part) }));
        canvas.repaint();
        canvas.fire(event);
      };
      map.on("moveend", fetchView);
      layer.refresh = fetchView;
      return fetchView().then(() => []);
    });
    const show = layer.show.bind(layer);
    layer.show = async (on) => {
      await show(on);
      if (on && layer.refresh) await layer.refresh();
    };
    return layer;
  }

  function tileLayers(map, options) {
    return (options.tiles || []).map((tile) => L.tileLayer(tile.url, { maxZoom: tile.max_zoom, attribution: tile.attribution }));
  }

  planmap.Layer = Layer;
  planmap.baseDrawings = baseDrawings;

  return function layersOf(core, get, canvas, map, options) {
    const d = core.districts;
    const layers = {};
    const tiles = tileLayers(map, options);
    if (tiles.length) {
      layers.tiles = new Layer(canvas, core.words.tiles, true, () => []);
      const show = layers.tiles.show.bind(layers.tiles);
      layers.tiles.show = async (on) => {
        tiles.forEach((tile) => (on ? tile.addTo(map) : tile.remove()));
        await show(on);
      };
    }
    layers.base = new Layer(canvas, core.words.roads, !tiles.length, async () => baseDrawings(await get("base")));
    layers.boundaries = new Layer(canvas, core.words.boundaries, true, async () => borderDrawings(await get("base")));
    layers.coverage = coverageLayer(core, get, canvas);
    layers.districts = new Layer(canvas, core.words.districts, true, () => {
      const shape = planmap.geometry.areas(d.shape);
      const fills = new Areas(shape, { alpha: 0.26, fill: (i) => (layers.coverage.on ? null : d.fill[i]), card: cards.district(core) });
      return [
        ["fills", fills],
        ["lines", new Lines(d.shape, { closed: true, colour: INK, width: step([0, 0.8], [11, 1.3], [13, 1.8]) })],
        ["names", new Labels(d.name, planmap.geometry.points(d.label), { from: 12.75, pixels: 12, weight: 400, colour: "#1d3f5c", shift: 14 })],
      ];
    });
    layers.links = new Layer(canvas, core.words.links, false, async () => {
      const [part, units] = await Promise.all([get("links"), get("coverage")]);
      layers.links.part = part;
      const outline = new Lines(units.shape, { closed: true, colour: "#7a7a7a", width: step([0, 0.5], [12, 1]) });
      return [["links", outline], ["links", new planmap.links.Links(part), 1]];
    });
    if (options.enterprises) {
      const wish = { label: core.words.enterprises, address: options.enterprises, event: "enterprises", colour: "#56B4E9", look: { size: 4 }, card: cards.enterprise };
      layers.enterprises = layerInView(canvas, map, wish);
    }
    if (options.organisations_in_view) {
      const wish = { label: core.words.organisations, address: options.organisations_in_view, event: "organisations", colour: "#4a4a4a", look: { size: 3, border: null, alpha: 0.7 }, card: cards.union };
      layers.organisations = layerInView(canvas, map, wish);
    } else if (options.organisations !== false)
      layers.organisations = new Layer(canvas, core.words.organisations, false, async () => {
        const part = await get("organisations");
        layers.organisations.part = part;
        return [["dots", new Points(planmap.geometry.points(part), { shape: "circle", size: 3, colour: "#4a4a4a", border: null, alpha: 0.7, card: cards.organisation(core, part) })]];
      });
    core.tiers.forEach((tier, k) => {
      layers[tier.key] = new Layer(canvas, tier.label, true, () => {
        const ringed = options.only ? new Set(tier.id.map((id, i) => (options.only.includes(id) ? i : -1)).filter((i) => i >= 0)) : null;
        const place = planmap.geometry.points(tier);
        const look = { shape: tier.shape, size: tier.radius, colour: tier.colour, border: tier.border, ringed, card: cards.site(tier, ringed) };
        const names = new Labels(tier.name, place, { from: 15.5, pixels: 11, weight: 400, colour: "#222222", shift: -15 });
        // On shared premises the smaller marker lies on the larger one, so that both are seen.
        return [["sites", new Points(place, look), 30 - tier.radius + k / 100], ["names", names, k]];
      });
    });
    return layers;
  };
})();
