/* Starts a map: draws the parts of the plan on the shared canvas and lists the same rows in the panel. */
"use strict";
(() => {
  const { make, word } = planmap.panel;
  const POPUP = { minWidth: 290, maxWidth: 420, autoPanPaddingTopLeft: [60, 20], autoPanPaddingBottomRight: [20, 20] };
  const started = [];

  /* Data lie beside the page as a script when it was exported, and are fetched when it is served. */
  function source(options) {
    const asked = {};
    return (part) => {
      if (window.PLAN && !options.source) return Promise.resolve(window.PLAN[part]);
      asked[part] = asked[part] || planmap.waiting.read(`${options.source}${part}.json?v=${options.version}`);
      return asked[part];
    };
  }

  /* #at=zoom/latitude/longitude&on=layer,layer in the address: a link that shows what its sender saw. */
  function wished() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const at = (parts.get("at") || "").split("/").map(Number);
    return { at: at.length === 3 && at.every(isFinite) && Math.abs(at[1]) <= 85 ? at : null, on: parts.get("on") ? parts.get("on").split(",") : null };
  }

  function remember(map, layers) {
    const centre = map.getCenter();
    const on = Object.keys(layers).filter((key) => layers[key].on);
    const at = `${map.getZoom().toFixed(2)}/${centre.lat.toFixed(5)}/${centre.lng.toFixed(5)}`;
    history.replaceState(null, "", `#at=${at}&on=${on.join(",")}`);
    document.querySelectorAll("a[hreflang]").forEach((link) => (link.hash = location.hash));
  }

  // Before any map is made: Leaflet's own mark would stand in the page until somebody took it away.
  L.Control.Attribution.prototype.options.prefix = false;

  function prepare(map, core) {
    const canvas = new planmap.Canvas();
    map.options.zoomSnap = 0.25; // without tiles every zoom is sharp, so the plan can fill its frame
    map.options.maxZoom = 19;
    // No island at the lower edge lies under the credit.
    map.fitBounds(core.bounds, { animate: false, paddingBottomRight: [0, 22] });
    map.getPanes().popupPane.setAttribute("aria-live", "polite");
    L.control.scale({ imperial: false }).addTo(map);
    if (core.credit) {
      const credit = document.createElement("span");
      credit.textContent = core.credit; // Leaflet takes markup; who supplied the roads is only text
      map.attributionControl.addAttribution(credit.innerHTML);
    }
    map.getContainer().setAttribute("role", "region");
    return canvas.addTo(map);
  }

  function clicks(map, canvas) {
    const choose = (found) => {
      canvas.chosen = found;
      canvas.repaint();
    };
    const popup = (found, place) => {
      L.popup(POPUP).setLatLng(place).setContent(found[0].card(found[1])).openOn(map);
      choose(found);
    };
    map.on("click", (event) => {
      const found = canvas.pick(event.layerPoint);
      if (found) popup(found, event.latlng);
    });
    map.on("mousemove", (event) => (map.getContainer().style.cursor = canvas.pick(event.layerPoint) ? "pointer" : ""));
    map.on("popupclose", () => choose(null));
    map.on("popupopen", (event) => event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", word("close")));
    return popup;
  }

  function names(map, core, options) {
    const box = map.getContainer();
    box.setAttribute("aria-label", options.panel ? word("map") : `${word("map")} · ${core.name} ${core.plan_id}`);
    for (const [control, key] of [["in", "zoom_in"], ["out", "zoom_out"]]) {
      const button = box.querySelector(`.leaflet-control-zoom-${control}`);
      button.title = word(key);
      button.setAttribute("aria-label", word(key));
    }
    map.closePopup();
  }

  /* A sheet of paper has another shape: the same part of the map is drawn again for it, and again for the screen. */
  function onPaper(map, core) {
    const turn = (paper) => {
      const whole = L.latLngBounds(core.bounds);
      const bounds = map.getBounds().contains(whole) ? whole : map.getBounds();
      document.body.classList.toggle("paper", paper);
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(bounds, { animate: false });
    };
    window.addEventListener("beforeprint", () => turn(true));
    window.addEventListener("afterprint", () => turn(false));
  }

  async function draw(map, options) {
    const get = source(options);
    const wish = options.panel ? wished() : { at: null, on: null };
    const sent = options.organisations !== false && !options.organisations_in_view;
    get("base"); // asked for at once, beside the plan itself
    if (sent && wish.on && wish.on.includes("organisations")) get("organisations");
    const core = await get("core");
    if (!Object.keys(planmap.panel.words()).length) planmap.panel.learn(core.words, core.least);
    const canvas = prepare(map, core);
    canvas.held = true;
    const popup = clicks(map, canvas);
    const layers = planmap.layersOf(core, get, canvas, map, options);
    const ready = Object.entries(layers).map(([key, layer]) => layer.show(wish.on ? wish.on.includes(key) : layer.first));
    const go = (drawing, i) => {
      const [x1, y1, x2, y2] = drawing.bounds(i);
      const [low, high] = [planmap.geometry.latLng(x1, y2), planmap.geometry.latLng(x2, y1)];
      if (x1 === x2) map.setView(low, Math.max(map.getZoom(), 16), { animate: false });
      else map.fitBounds([low, high], { maxZoom: 16, animate: false });
      popup([drawing, i], map.getCenter());
      map.getContainer().scrollIntoView({ block: "nearest" });
    };
    const view = { map, canvas, core, layers, go };
    started.push(view);
    planmap.map = map;
    planmap.layers = layers;
    planmap.core = core;
    planmap.panel.hear(() => names(map, core, options));
    names(map, core, options);
    if (options.panel) planmap.fillPanel(view, options, get);
    onPaper(map, core);
    if (wish.at) map.setView([wish.at[1], wish.at[2]], wish.at[0], { animate: false });
    await Promise.all(ready);
    canvas.release();
    if (options.panel) {
      map.on("moveend", () => remember(map, layers));
      canvas.on("layers", () => remember(map, layers));
    }
    return view;
  }

  /* Maps beside each other show the same place. */
  function together(views) {
    let moving = false;
    for (const one of views)
      one.map.on("move", () => {
        if (moving) return;
        moving = true;
        for (const other of views) if (other !== one) other.map.setView(one.map.getCenter(), one.map.getZoom(), { animate: false });
        moving = false;
      });
  }

  let waiting = [];
  planmap.start = (map, options) => {
    waiting.push(draw(map, options));
    const mine = waiting;
    Promise.all(mine).then((views) => {
      if (mine.length !== waiting.length) return;
      if (views.length > 1) together(views);
      document.body.dataset.ready = "yes";
    }).catch((error) => {
      const words = planmap.panel.words();
      make("p", document.body, { class: "failed", role: "alert", text: words.failed ? word("failed") : "数据未能加载。 The data could not be loaded." });
      console.error(error);
    });
  };
  planmap.views = started;
  planmap.shell = { prepare, clicks, names, onPaper };
})();
