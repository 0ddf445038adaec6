/* What lies on the canvas: lines, areas, points, labels. Each paints itself and says what is under the pointer.
   A view is {k, x, y, w, h, zoom, ratio}: pixels are world * k - (x, y). */
"use strict";
planmap.drawings = (() => {
  const NEAR = 0.8; // points of a line closer than so many pixels are one

  const outside = (box, k, view) =>
    box[4 * k + 2] * view.k - view.x < 0 || box[4 * k] * view.k - view.x > view.w ||
    box[4 * k + 3] * view.k - view.y < 0 || box[4 * k + 1] * view.k - view.y > view.h;

  function trace(context, shape, k, view, close) {
    const last = shape.start[k + 1] - 1;
    let px = 0;
    let py = 0;
    for (let i = shape.start[k]; i <= last; i += 1) {
      const x = shape.x[i] * view.k - view.x;
      const y = shape.y[i] * view.k - view.y;
      if (i === shape.start[k]) context.moveTo(x, y);
      else if (i === last || Math.abs(x - px) + Math.abs(y - py) >= NEAR) context.lineTo(x, y);
      else continue;
      px = x;
      py = y;
    }
    if (close) context.closePath();
  }

  /* Roads and borders: one path for all lines of a kind. `width` gives pixels for a zoom, 0 for none. */
  class Lines {
    constructor(columns, options) {
      this.shape = planmap.geometry.parts(columns);
      Object.assign(this, { casing: null, dash: [] }, options);
    }

    paint(context, view) {
      const width = this.width(view.zoom);
      if (width <= 0) return;
      context.beginPath();
      for (let k = 0; k < this.shape.count; k += 1) if (!outside(this.shape.box, k, view)) trace(context, this.shape, k, view, this.closed);
      context.lineJoin = "round";
      context.setLineDash(this.dash);
      if (this.casing) {
        context.strokeStyle = this.casing;
        context.lineWidth = width + 1.4;
        context.stroke();
      }
      context.strokeStyle = this.colour;
      context.lineWidth = width;
      context.stroke();
      context.setLineDash([]);
    }
  }

  /* Polygons by feature; `fill` is a colour or a function of the feature, null for none. */
  class Areas {
    constructor(shape, options) {
      this.shape = shape;
      Object.assign(this, { alpha: 1 }, options);
    }

    path(context, view, feature) {
      let any = false;
      context.beginPath();
      for (let k = this.shape.feature[feature]; k < this.shape.feature[feature + 1]; k += 1) {
        if (outside(this.shape.box, k, view)) continue;
        trace(context, this.shape, k, view, true);
        any = true;
      }
      return any;
    }

    paint(context, view) {
      context.globalAlpha = this.alpha;
      for (let f = 0; f < this.shape.features; f += 1) {
        const fill = typeof this.fill === "function" ? this.fill(f) : this.fill;
        if (fill && this.path(context, view, f)) {
          context.fillStyle = fill;
          context.fill("evenodd");
        }
      }
      context.globalAlpha = 1;
    }

    pick(view, px, py) {
      const x = (px + view.x) / view.k;
      const y = (py + view.y) / view.k;
      for (let f = 0; f < this.shape.features; f += 1) if (this.holds(f, x, y)) return f;
      return -1;
    }

    holds(feature, x, y) {
      const { shape } = this;
      let inside = false;
      for (let k = shape.feature[feature]; k < shape.feature[feature + 1]; k += 1) {
        if (x < shape.box[4 * k] || x > shape.box[4 * k + 2] || y < shape.box[4 * k + 1] || y > shape.box[4 * k + 3]) continue;
        for (let i = shape.start[k], j = shape.start[k + 1] - 1; i < shape.start[k + 1]; j = i, i += 1)
          if (shape.y[i] > y !== shape.y[j] > y && x < ((shape.x[j] - shape.x[i]) * (y - shape.y[i])) / (shape.y[j] - shape.y[i]) + shape.x[i]) inside = !inside;
      }
      return inside;
    }

    bounds(feature) {
      let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let k = this.shape.feature[feature]; k < this.shape.feature[feature + 1]; k += 1) {
        const box = this.shape.box.subarray(4 * k, 4 * k + 4);
        [x1, y1, x2, y2] = [Math.min(x1, box[0]), Math.min(y1, box[1]), Math.max(x2, box[2]), Math.max(y2, box[3])];
      }
      return [x1, y1, x2, y2];
    }

    mark(context, view, feature) {
      if (!this.path(context, view, feature)) return;
      context.strokeStyle = "#111111";
      context.lineWidth = 3;
      context.stroke();
    }
  }

  /* Corners of shapes round a middle: how many, by how much they reach out in turn, where the first is (turns, 0 above). */
  const CORNERS = { star: [10, [1.3, 0.7], 0], pentagon: [5, [1.15], 0], hexagon: [6, [1.1], 0], wedge: [3, [1.35], 0.5] };

  function outline(context, shape, x, y, r) {
    context.beginPath();
    if (CORNERS[shape]) {
      const [count, out, first] = CORNERS[shape];
      for (let i = 0; i < count; i += 1) {
        const turn = 2 * Math.PI * (first + i / count);
        const reach = r * out[i % out.length];
        context.lineTo(x + reach * Math.sin(turn), y - reach * Math.cos(turn));
      }
      context.closePath();
      return;
    }
    if (shape === "cross") {
      const [a, b] = [r, r / 3];
      for (const [dx, dy] of [[-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b]])
        context.lineTo(x + dx, y + dy);
      context.closePath();
      return;
    }
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

  const EDGE = 10; // pixels outside the view at which a point may still reach into it
  const CROWD = 500; // fewer points than so many never crowd
  const MANY = 1500; // more points than so many are written into one picture's pixels instead of being asked for one by one

  /* The pixels of a stamp that are not empty: where each lies, its colour in one number, how opaque it is. */
  function inked(stamp) {
    const colours = new Uint32Array(stamp.data.buffer);
    const pixels = [];
    for (let i = 0; i < colours.length; i += 1)
      if (stamp.data[4 * i + 3]) pixels.push({ row: Math.floor(i / stamp.width), column: i % stamp.width, colour: colours[i], over: stamp.data[4 * i + 3] });
    return pixels;
  }

  /* Lay a stamp over a sheet at a place, as far as it lies within. */
  function press(sheet, colours, pixels, left, top) {
    for (let i = 0; i < pixels.length; i += 1) {
      const { row, column, colour, over } = pixels[i];
      const [x, y] = [left + column, top + row];
      if (x < 0 || y < 0 || x >= sheet.width || y >= sheet.height) continue;
      const at = y * sheet.width + x;
      if (over === 255 || colours[at] === 0) colours[at] = colour;
      else mix(sheet.data, 4 * at, colour, over / 255);
    }
  }

  function mix(data, at, colour, over) {
    const under = (data[at + 3] / 255) * (1 - over);
    const alpha = over + under;
    for (let c = 0; c < 3; c += 1) data[at + c] = (((colour >>> (8 * c)) & 255) * over + data[at + c] * under) / alpha;
    data[at + 3] = 255 * alpha;
  }

  /* How far apart places are where most of them are, in world units: cells count as often as places lie in them. */
  function spacing({ x, y }) {
    const places = [...new Map(Array.from(x, (at, i) => [`${at} ${y[i]}`, [at, y[i]]])).values()];
    const side = Math.max(2, Math.round(Math.sqrt(places.length / 8)));
    const [west, south] = [0, 1].map((axis) => places.reduce((least, at) => Math.min(least, at[axis]), Infinity));
    const [east, north] = [0, 1].map((axis) => places.reduce((most, at) => Math.max(most, at[axis]), -Infinity));
    const [wide, high] = [(east - west) / side || 1e-9, (north - south) / side || 1e-9];
    const held = new Float64Array((side + 1) * (side + 1));
    for (const [px, py] of places) held[Math.floor((px - west) / wide) * (side + 1) + Math.floor((py - south) / high)] += 1;
    const together = held.reduce((sum, count) => sum + count * count, 0);
    return Math.sqrt((wide * high * places.length) / together);
  }

  /* Points of one look, stamped from a picture made once: a hundred thousand take a tenth of a second. */
  class Points {
    constructor(place, options) {
      this.place = place;
      Object.assign(this, { border: "#ffffff", alpha: 1, ringed: null }, options);
    }

    radius(zoom) {
      return Math.max(1.5, this.size * Math.min(1.25, Math.max(0.5, 0.6 + (zoom - 11) * 0.13)));
    }

    /* Thousands of sites of a whole city would be one blot: where they crowd they are small and without a border. */
    look(view) {
      const usual = this.radius(view.zoom);
      if (!this.border || this.place.x.length < CROWD) return [usual, this.border];
      if (this.apart === undefined) this.apart = spacing(this.place);
      const r = Math.min(usual, Math.max(1.2, 0.3 * this.apart * view.k));
      return [r, r < 2 ? null : this.border];
    }

    stamp(r, ratio, ring, border = this.border) {
      const half = Math.ceil(r * 1.4) + 3;
      const picture = document.createElement("canvas");
      picture.width = picture.height = Math.ceil(2 * half * ratio);
      const context = picture.getContext("2d");
      context.scale(ratio, ratio);
      if (ring) {
        context.strokeStyle = "#111111";
        context.lineWidth = 4;
        outline(context, this.shape, half, half, r);
        context.stroke();
      }
      outline(context, this.shape, half, half, r);
      context.fillStyle = this.colour;
      context.fill();
      if (border) {
        context.strokeStyle = border;
        context.lineWidth = 1.2;
        context.stroke();
      }
      return { picture, half };
    }

    paint(context, view) {
      const { x, y } = this.place;
      const [r, border] = this.look(view);
      const plain = this.stamp(r, view.ratio, false, border);
      if (!this.ringed && x.length > MANY) {
        this.paintMany(context, view, plain);
        return;
      }
      const ring = this.ringed ? this.stamp(this.radius(view.zoom) + 1, view.ratio, true) : plain;
      context.globalAlpha = this.alpha;
      for (let i = 0; i < x.length; i += 1) {
        const px = x[i] * view.k - view.x;
        const py = y[i] * view.k - view.y;
        if (px < -EDGE || px > view.w + EDGE || py < -EDGE || py > view.h + EDGE) continue;
        const { picture, half } = this.ringed && this.ringed.has(i) ? ring : plain;
        context.drawImage(picture, Math.round(px) - half, Math.round(py) - half, 2 * half, 2 * half);
      }
      context.globalAlpha = 1;
    }

    /* Of points that share a pixel the first is enough: the others would hide it. */
    paintMany(context, view, { picture, half }) {
      const { x, y } = this.place;
      const pixels = inked(picture.getContext("2d").getImageData(0, 0, picture.width, picture.height));
      const sheet = new ImageData(Math.round(view.w * view.ratio), Math.round(view.h * view.ratio));
      const colours = new Uint32Array(sheet.data.buffer);
      const wide = Math.ceil(view.w) + 2 * EDGE + 1;
      const seen = new Uint8Array(wide * (Math.ceil(view.h) + 2 * EDGE + 1));
      for (let i = 0; i < x.length; i += 1) {
        const px = Math.round(x[i] * view.k - view.x);
        const py = Math.round(y[i] * view.k - view.y);
        if (px < -EDGE || px > view.w + EDGE || py < -EDGE || py > view.h + EDGE) continue;
        const at = (py + EDGE) * wide + px + EDGE;
        if (seen[at]) continue;
        seen[at] = 1;
        press(sheet, colours, pixels, Math.round((px - half) * view.ratio), Math.round((py - half) * view.ratio));
      }
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [sheet.width, sheet.height];
      canvas.getContext("2d").putImageData(sheet, 0, 0);
      context.globalAlpha = this.alpha;
      context.drawImage(canvas, 0, 0, view.w, view.h);
      context.globalAlpha = 1;
    }

    pick(view, px, py) {
      const { x, y } = this.place;
      const reach = (this.radius(view.zoom) + 4) / view.k;
      const wx = (px + view.x) / view.k;
      const wy = (py + view.y) / view.k;
      let best = -1;
      let nearest = reach * reach;
      for (let i = 0; i < x.length; i += 1) {
        const dx = x[i] - wx;
        const dy = y[i] - wy;
        const away = dx * dx + dy * dy;
        if (away <= nearest) {
          best = i;
          nearest = away;
        }
      }
      return best;
    }

    bounds(i) {
      return [this.place.x[i], this.place.y[i], this.place.x[i], this.place.y[i]];
    }

    mark(context, view, i) {
      context.strokeStyle = "#111111";
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc(this.place.x[i] * view.k - view.x, this.place.y[i] * view.k - view.y, this.radius(view.zoom) + 6, 0, Math.PI * 2);
      context.stroke();
    }
  }

  /* Cells that stand for many points, a square each whose area follows the count. */
  class Cells {
    constructor(cells, options) {
      this.cells = cells;
      Object.assign(this, options);
      this.most = cells.n.reduce((most, n) => Math.max(most, n), 1);
    }

    paint(context, view) {
      const side = this.cells.side * view.k;
      context.fillStyle = this.colour;
      context.globalAlpha = 0.55;
      for (let i = 0; i < this.cells.n.length; i += 1) {
        const half = Math.max(1, (side / 2) * 0.95 * Math.sqrt(this.cells.n[i] / this.most));
        context.fillRect(this.cells.x[i] * view.k - view.x - half, this.cells.y[i] * view.k - view.y - half, 2 * half, 2 * half);
      }
      context.globalAlpha = 1;
    }
  }

  function write(context, view, text, x, y, angle, font, colour) {
    context.font = font;
    const wide = context.measureText(text).width / 2 + 3;
    const high = parseFloat(font.match(/([\d.]+)px/)[1]) / 2 + 2;
    const [rx, ry] = [Math.abs(wide * Math.cos(angle)) + Math.abs(high * Math.sin(angle)), Math.abs(wide * Math.sin(angle)) + Math.abs(high * Math.cos(angle))];
    const box = [x - rx, y - ry, x + rx, y + ry];
    if (box[2] < 0 || box[0] > view.w || box[3] < 0 || box[1] > view.h) return;
    if (view.taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return;
    view.taken.push(box);
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.2;
    context.strokeStyle = "rgba(255, 255, 255, 0.88)";
    context.strokeText(text, 0, 0);
    context.fillStyle = colour;
    context.fillText(text, 0, 0);
    context.restore();
  }

  /* Names at places; whoever comes first keeps the room. */
  class Labels {
    constructor(texts, place, options) {
      Object.assign(this, { texts, place, from: 0, to: 30, shift: 0 }, options);
    }

    paint(context, view) {
      if (view.zoom < this.from || view.zoom >= this.to) return;
      const font = `${this.weight} ${this.pixels}px ${view.family}`;
      this.texts.forEach((text, i) => text && write(context, view, text, this.place.x[i] * view.k - view.x, this.place.y[i] * view.k - view.y + this.shift, 0, font, this.colour));
    }
  }

  /* Names along roads, at the middle of the part of the line that is in view. */
  class RoadLabels {
    constructor(texts, columns, options) {
      this.texts = texts;
      this.shape = planmap.geometry.parts(columns);
      Object.assign(this, options);
    }

    paint(context, view) {
      if (view.zoom < this.from) return;
      const font = `${this.weight} ${this.pixels}px ${view.family}`;
      for (let k = 0; k < this.shape.count; k += 1) {
        if (outside(this.shape.box, k, view)) continue;
        const seen = [];
        for (let i = this.shape.start[k]; i < this.shape.start[k + 1] - 1; i += 1) {
          const [ax, ay] = [this.shape.x[i] * view.k - view.x, this.shape.y[i] * view.k - view.y];
          const [bx, by] = [this.shape.x[i + 1] * view.k - view.x, this.shape.y[i + 1] * view.k - view.y];
          const [mx, my] = [(ax + bx) / 2, (ay + by) / 2];
          if (mx > 0 && mx < view.w && my > 0 && my < view.h) seen.push([mx, my, Math.atan2(by - ay, bx - ax)]);
        }
        if (!seen.length) continue;
        const [x, y, slope] = seen[Math.floor(seen.length / 2)];
        const angle = slope > Math.PI / 2 ? slope - Math.PI : slope <= -Math.PI / 2 ? slope + Math.PI : slope;
        write(context, view, this.texts[k], x, y, angle, font, this.colour);
      }
    }
  }

  return { Lines, Areas, Points, Cells, Labels, RoadLabels, outline };
})();
