/* Columns of differences back to coordinates, and coordinates to the world's pixels at zoom 0 (Web Mercator). */
"use strict";
const planmap = {};
planmap.geometry = (() => {
  const STEPS = 100000; // steps of a degree, as in webmap/columns.py
  const WORLD = 256;

  function sums(column, project) {
    const out = new Float64Array(column.length);
    let sum = 0;
    for (let i = 0; i < out.length; i += 1) {
      sum += column[i];
      out[i] = project(sum / STEPS);
    }
    return out;
  }

  const east = (longitude) => ((longitude + 180) / 360) * WORLD;
  const south = (latitude) => {
    const sine = Math.sin((latitude * Math.PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
  };

  /* Where each part begins, one more than there are parts. */
  function starts(counts) {
    const out = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i += 1) out[i + 1] = out[i] + counts[i];
    return out;
  }

  function points(columns) {
    return { x: sums(columns.x, east), y: sums(columns.y, south) };
  }

  /* Lines, or rings of areas: all points, where each part begins, the box around each part. */
  function parts(columns) {
    const { x, y } = points(columns);
    const start = starts(columns.n);
    const box = new Float64Array(4 * columns.n.length);
    for (let k = 0; k < columns.n.length; k += 1) {
      let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = start[k]; i < start[k + 1]; i += 1) {
        if (x[i] < x1) x1 = x[i];
        if (x[i] > x2) x2 = x[i];
        if (y[i] < y1) y1 = y[i];
        if (y[i] > y2) y2 = y[i];
      }
      box.set([x1, y1, x2, y2], 4 * k);
    }
    return { x, y, start, box, count: columns.n.length };
  }

  function areas(columns) {
    return { ...parts(columns), feature: starts(columns.f), features: columns.f.length };
  }

  const latLng = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0);

  return { points, parts, areas, latLng, east, south };
})();
