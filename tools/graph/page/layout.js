// SPDX-License-Identifier: Apache-2.0
// Places the blocks of a graph, each laid out by Graphviz with closed blocks inside, in one picture
// in which any of them may be open: around an open block the layout is stretched, which keeps every
// order and every distance that was there.
'use strict';

const FRAME = {side: 14, bottom: 14, inset: 7};

// The name of an open block is as large as the block.
const nameSize = inner => Math.min(Math.max(0.03 * Math.max(inner.width, inner.height), 11), 90);
const frameTop = inner => 1.25 * nameSize(inner) + 14;
const KIND = {node: 0, block: 1, entry: 2, exit: 3};

// A growing function that makes the interval of each constraint {low, high, need} at least as long as
// it needs, evenly.
function stretched(constraints) {
  const marks = [...new Set(constraints.flatMap(c => [c.low, c.high]))].sort((a, b) => a - b);
  const density = marks.slice(1).map(() => 1);
  const order = [...constraints].sort((a, b) => (a.high - a.low) - (b.high - b.low));
  for (const {low, high, need} of order) {
    let length = 0;
    marks.slice(1).forEach((mark, i) => {
      if (marks[i] >= low && mark <= high) length += density[i] * (mark - marks[i]);
    });
    if (length <= 0 || length >= need) continue;
    marks.slice(1).forEach((mark, i) => {
      if (marks[i] >= low && mark <= high) density[i] *= need / length;
    });
  }
  const places = [marks[0]];
  density.forEach((d, i) => places.push(places[i] + d * (marks[i + 1] - marks[i])));
  return x => {
    if (!marks.length || x <= marks[0]) return x;
    for (let i = 1; i < marks.length; ++i) {
      if (x <= marks[i]) return places[i - 1] + (x - marks[i - 1]) * density[i - 1];
    }
    return places[marks.length - 1] + x - marks[marks.length - 1];
  };
}

// The layout of a block with the blocks of `open` (a set of numbers) open inside of it: items with
// their places, lines with theirs, relative to its own upper left corner.
function arrange(graph, block, open) {
  const layout = graph.blocks[block].layout;
  const inner = layout.items.map(item =>
    item.kind === KIND.block && open.has(item.index) ? arrange(graph, item.index, open) : null);
  const across = [], down = [];
  layout.items.forEach((item, i) => {
    if (!inner[i]) return;
    const width = inner[i].width + 2 * FRAME.side;
    const height = inner[i].height + frameTop(inner[i]) + FRAME.bottom;
    across.push({low: item.x - item.w / 2, high: item.x + item.w / 2, need: Math.max(width, item.w)});
    down.push({low: item.y - item.h / 2, high: item.y + item.h / 2, need: height});
  });
  const mapX = stretched(across), mapY = stretched(down);
  const items = layout.items.map((item, i) => {
    if (!inner[i]) return {...item, x: mapX(item.x), y: mapY(item.y), inner: null};
    const middle = (map, at, half) => (map(at - half) + map(at + half)) / 2;
    return {...item, inner: inner[i],
            x: middle(mapX, item.x, item.w / 2), y: middle(mapY, item.y, item.h / 2),
            w: Math.max(inner[i].width + 2 * FRAME.side, item.w),
            h: inner[i].height + frameTop(inner[i]) + FRAME.bottom};
  });
  const lines = layout.lines.map(line => placedLine(line, layout.items, items, mapX, mapY));
  return {block, items, lines, width: mapX(layout.width), height: mapY(layout.height)};
}

// Ends of a line stay where they touch their item.
function placedLine(line, before, after, mapX, mapY) {
  const points = line.points.map(([x, y]) => [mapX(x), mapY(y)]);
  const attach = (index, item, neighbour) => {
    const [x, y] = line.points[index];
    const from = before[item], to = after[item];
    const wanted = to.inner ? onBorder(to, mapX(x), mapY(y)) : [to.x + x - from.x, to.y + y - from.y];
    const move = [wanted[0] - points[index][0], wanted[1] - points[index][1]];
    for (const i of [index, neighbour]) {
      if (i !== null) points[i] = [points[i][0] + move[0], points[i][1] + move[1]];
    }
  };
  const last = points.length - 1;  // the tip of the arrow; before it ends the spline
  attach(0, line.from, 1);
  const tip = [points[last][0], points[last][1]];
  attach(last, line.to, null);
  for (const i of [last - 1, last - 2]) {
    points[i] = [points[i][0] + points[last][0] - tip[0], points[i][1] + points[last][1] - tip[1]];
  }
  const label = line.label ? beside(line.label, line.points, points) : null;
  return {from: line.from, to: line.to, value: line.value, points, label};
}

// Of a cubic curve's n-th piece.
function pointOn(points, piece, t) {
  const at = (k, axis) => points[3 * piece + k][axis], u = 1 - t;
  return [0, 1].map(axis => u * u * u * at(0, axis) + 3 * u * u * t * at(1, axis) +
                            3 * u * t * t * at(2, axis) + t * t * t * at(3, axis));
}

// A label stays as near to its line as it was.
function beside(label, before, after) {
  let nearest = null;
  for (let piece = 0; 3 * piece + 4 < before.length; ++piece) {
    for (let t = 0; t <= 1; t += 0.125) {
      const [x, y] = pointOn(before, piece, t);
      const distance = Math.hypot(label[0] - x, label[1] - y);
      if (!nearest || distance < nearest.distance) nearest = {distance, piece, t, x, y};
    }
  }
  const [x, y] = pointOn(after, nearest.piece, nearest.t);
  return [x + label[0] - nearest.x, y + label[1] - nearest.y];
}

function onBorder(item, x, y) {
  const left = item.x - item.w / 2, right = item.x + item.w / 2;
  const top = item.y - item.h / 2, bottom = item.y + item.h / 2;
  const cx = Math.min(Math.max(x, left), right), cy = Math.min(Math.max(y, top), bottom);
  const gaps = [[cy - top, [cx, top]], [bottom - cy, [cx, bottom]], [cx - left, [left, cy]], [right - cx, [right, cy]]];
  return gaps.reduce((a, b) => (b[0] < a[0] ? b : a))[1];
}

// The corners of the way from the border of an open block to a port inside of it, in the margin,
// the shorter way round.
function wayInside(item, border, port) {
  const left = item.x - item.w / 2 + FRAME.inset, right = item.x + item.w / 2 - FRAME.inset;
  const top = item.y - item.h / 2 + frameTop(item.inner) - 6, bottom = item.y + item.h / 2 - FRAME.inset;
  const width = right - left, height = bottom - top, length = 2 * (width + height);
  const place = ([px, py]) => {
    const x = Math.min(Math.max(px, left), right), y = Math.min(Math.max(py, top), bottom);
    const sides = [[top - py, x - left], [px - right, width + y - top],
                   [py - bottom, width + height + right - x], [left - px, 2 * width + height + bottom - y]];
    return sides.reduce((a, b) => (b[0] > a[0] ? b : a))[1];
  };
  const at = p => {
    p = ((p % length) + length) % length;
    if (p <= width) return [left + p, top];
    if (p <= width + height) return [right, top + p - width];
    if (p <= 2 * width + height) return [right - (p - width - height), bottom];
    return [left, bottom - (p - 2 * width - height)];
  };
  const from = place(border), to = place(port);
  const ahead = (to - from + length) % length;
  const sign = ahead <= length / 2 ? 1 : -1;
  const distance = sign > 0 ? ahead : length - ahead;
  const corners = [0, width, width + height, 2 * width + height]
    .map(corner => (sign * (corner - from) + 2 * length) % length)
    .filter(step => step > 0 && step < distance).sort((a, b) => a - b);
  return [border, at(from), ...corners.map(step => at(from + sign * step)), at(to), port];
}
