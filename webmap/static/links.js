/* Which basic units adjoin: a line between two middles, solid where one can cross, dashed where one cannot. */
"use strict";
planmap.links = (() => {
  const { word, pick, number, card } = planmap.panel;
  const NEAR = 6; // pixels from a line that still count as on it
  const APART = [4, 5];

  const minutes = (part, i) => (part.walk_min[i] === null ? "" : word("minutes", { minutes: number(part.walk_min[i], 1) }));
  const title = (part, i) => `${part.a[i]} – ${part.b[i]}`;
  const cardOf = (part) => (i) =>
    card(word("links"), title(part, i), [
      [word("how"), pick(part.kinds[part.how[i]].label)],
      [word("walk_min"), minutes(part, i)],
      [word("border_m"), number(part.border_m[i])],
      [word("decided"), part.by[i]],
      [word("unit_ids"), part.id[i].replace(" ", ", ")], // what a table of links to add or cut names them by
    ]);

  class Links {
    constructor(part) {
      this.part = part;
      this.shape = planmap.geometry.parts(part);
      this.card = cardOf(part);
    }

    ends(view, k) {
      const i = this.shape.start[k];
      const at = (j) => [this.shape.x[j] * view.k - view.x, this.shape.y[j] * view.k - view.y];
      return [...at(i), ...at(i + 1)];
    }

    path(context, view, k) {
      const [ax, ay, bx, by] = this.ends(view, k);
      context.moveTo(ax, ay);
      context.lineTo(bx, by);
    }

    paint(context, view) {
      context.lineWidth = view.zoom < 12 ? 1.4 : 2.4;
      for (const [kind, look] of Object.entries(this.part.kinds)) {
        context.beginPath();
        for (let k = 0; k < this.shape.count; k += 1) if (this.part.how[k] === kind) this.path(context, view, k);
        context.strokeStyle = look.colour;
        context.setLineDash(look.apart ? APART : []);
        context.stroke();
      }
      context.setLineDash([]);
    }

    pick(view, px, py) {
      let best = -1;
      let nearest = NEAR * NEAR;
      for (let k = 0; k < this.shape.count; k += 1) {
        const [ax, ay, bx, by] = this.ends(view, k);
        const [dx, dy] = [bx - ax, by - ay];
        const along = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
        const away = (ax + along * dx - px) ** 2 + (ay + along * dy - py) ** 2;
        if (away < nearest) [best, nearest] = [k, away];
      }
      return best;
    }

    bounds(k) {
      return [...this.shape.box.subarray(4 * k, 4 * k + 4)];
    }

    mark(context, view, k) {
      context.beginPath();
      this.path(context, view, k);
      context.strokeStyle = "#111111";
      context.lineWidth = 4;
      context.stroke();
    }
  }

  /* What the colours mean, for the kinds that occur. */
  function key(box, view) {
    const { make, swatch, hear } = planmap.panel;
    const layer = view.layers.links;
    const list = make("ul", make("div", box, { class: "shades" }));
    const draw = () => {
      list.parentElement.hidden = !layer.on;
      list.replaceChildren();
      if (!layer.part) return;
      for (const [kind, look] of Object.entries(layer.part.kinds)) {
        if (!layer.part.how.includes(kind)) continue;
        const item = make("li", list);
        swatch(item, (context) => {
          context.strokeStyle = look.colour;
          context.lineWidth = 3;
          context.setLineDash(look.apart ? APART : []);
          context.beginPath();
          context.moveTo(1, 10);
          context.lineTo(19, 10);
          context.stroke();
        });
        make("span", item, { text: pick(look.label) });
      }
    };
    hear(draw);
    view.canvas.on("layers", draw);
    draw();
  }

  function rows(part) {
    return part.how.map((kind, i) => [title(part, i), part.kinds[kind].label, part.walk_min[i] === null ? "" : part.walk_min[i], part.border_m[i], part.by[i]]);
  }

  return { Links, key, rows };
})();
