/* The one canvas that everything shares: drawings in order, one click for all of them. */
"use strict";
planmap.Canvas = L.Renderer.extend({
  options: { padding: 0.15 },

  initialize(options) {
    L.Util.setOptions(this, options);
    L.Util.stamp(this);
    this._layers = {}; // what L.Renderer walks over; nothing of Leaflet's own lies here
    this.drawings = []; // from the bottom to the top
    this.chosen = null; // [drawing, index]
    this.held = false; // nothing is painted while the first layers are being read
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._context = this._container.getContext("2d");
  },

  _destroyContainer() {
    L.Util.cancelAnimFrame(this._frame);
    this._container.remove();
    delete this._container;
    delete this._context;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    if (!this.held) this.paint();
  },

  view() {
    const size = this._bounds.getSize();
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    return {
      k: 2 ** this._map.getZoom(), x: corner.x, y: corner.y, w: size.x, h: size.y, zoom: this._map.getZoom(),
      ratio: window.devicePixelRatio || 1, family: getComputedStyle(this._map.getContainer()).fontFamily, taken: [],
    };
  },

  paint() {
    const view = this.view();
    const canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = Math.round(view.w * view.ratio);
    canvas.height = Math.round(view.h * view.ratio);
    canvas.style.width = `${view.w}px`;
    canvas.style.height = `${view.h}px`;
    this._context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    for (const drawing of this.drawings) if (drawing.on()) drawing.paint(this._context, view);
    if (this.chosen && this.chosen[0].on()) this.chosen[0].mark(this._context, view, this.chosen[1]);
  },

  /* Paint once in the next frame, however many asked. */
  repaint() {
    if (!this._map || this.held) return;
    L.Util.cancelAnimFrame(this._frame);
    this._frame = L.Util.requestAnimFrame(() => this.paint());
  },

  /* Everything is read: paint it all, once. */
  release() {
    this.held = false;
    this.paint();
  },

  /* [drawing, index] under a layer point: the topmost first. */
  pick(point) {
    const view = this.view();
    const [px, py] = [point.x - this._bounds.min.x, point.y - this._bounds.min.y];
    for (let k = this.drawings.length - 1; k >= 0; k -= 1) {
      const drawing = this.drawings[k];
      if (!drawing.pick || !drawing.card || !drawing.on()) continue;
      const i = drawing.pick(view, px, py);
      if (i >= 0) return [drawing, i];
    }
    return null;
  },
});
