// SPDX-License-Identifier: Apache-2.0
// The page: draws the graph, and answers to mouse, keyboard and search.
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const graphs = Object.fromEntries(
  Object.entries(data.graphs).map(([name, graph]) => [name, unpacked(graph)]));

const state = {
  which: data.initial,
  byTime: graphs[data.initial].timed,
  open: new Set(),   // paths of open blocks, in both graphs
  selected: null,    // {kind: 'node' or 'block', index}
  view: {scale: 1, x: 0, y: 0},
};

const $ = id => document.getElementById(id);
const graph = () => graphs[state.which];

// --- data ---

function unpacked(graph) {
  graph.blocks.forEach((block, i) => {
    const layout = block.layout;
    layout.items = layout.items.map(([kind, index, x, y, w, h]) => ({kind, index, x, y, w, h}));
    layout.lines = layout.lines.map(([from, to, value, flat, label]) => {
      const points = [];
      for (let k = 0; k < flat.length; k += 2) points.push([flat[k], flat[k + 1]]);
      return {from, to, value, points, label};
    });
    block.path = i === 0 ? '' : graph.blocks[block.parent].path + '/' + block.name;
    block.children = [];
    if (i > 0) graph.blocks[block.parent].children.push(i);
  });
  graph.byName = new Map(graph.nodes.map((node, i) => [node.name, i]));
  graph.makers = new Map();
  graph.readers = new Map();
  graph.nodes.forEach((node, i) => {
    for (const [, name] of node.outputs) graph.makers.set(name, i);
    for (const [, name] of node.inputs) {
      graph.readers.set(name, [...(graph.readers.get(name) || []), i]);
    }
  });
  graph.byOrigin = new Map();
  graph.nodes.forEach((node, i) => {
    for (const origin of node.origins) {
      if (!graph.byOrigin.has(origin)) graph.byOrigin.set(origin, i);
    }
  });
  graph.timed = graph.nodes.some(node => node.ms !== undefined);
  graph.slowest = Math.max(0, ...graph.nodes.map(node => node.ms || 0));
  graph.slowestBlock = Math.max(0, ...graph.blocks.slice(1).map(block => block.ms || 0));
  return graph;
}

function openBlocks() {
  const g = graph(), open = new Set();
  g.blocks.forEach((block, i) => { if (i > 0 && state.open.has(block.path)) open.add(i); });
  return open;
}

// --- colours ---

const HEAT = [[255, 247, 236], [253, 212, 158], [252, 141, 89], [215, 48, 31], [127, 0, 0]];

function heat(share) {
  const at = Math.sqrt(Math.min(Math.max(share, 0), 1)) * (HEAT.length - 1);
  const low = Math.min(Math.floor(at), HEAT.length - 2);
  const mixed = HEAT[low].map((c, i) => Math.round(c + (HEAT[low + 1][i] - c) * (at - low)));
  return `rgb(${mixed.join(',')})`;
}

function coloursOf(node) {
  const g = graph();
  if (!state.byTime || !g.timed) {
    const family = data.families[node.family];
    return {fill: family.fill, stroke: family.stroke, light: false};
  }
  if (node.ms === undefined) return {fill: '#fff', stroke: '#8c959f', light: false};
  const share = node.ms / g.slowest;
  return {fill: heat(share), stroke: '#8c959f', light: share > 0.4};
}

// --- drawing ---

const SVG = 'http://www.w3.org/2000/svg';

function make(parent, tag, attributes = {}, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.appendChild(element);
  return element;
}

const short = number => Math.round(number * 10) / 10;
const pairs = points => points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');

let placed = null;  // of the whole network, as it is drawn

function draw() {
  const g = graph();
  placed = arrange(g, 0, openBlocks());
  const world = $('world');
  world.replaceChildren();
  const shapes = document.createElementNS(SVG, 'g');
  drawContents(world, shapes, g, placed, 0, 0);
  world.appendChild(shapes);
  mark();
  transform();
}

function drawContents(parent, shapes, g, part, left, top) {
  const items = part.items.map(item => ({...item, x: item.x + left, y: item.y + top}));
  for (const item of items) {
    if (item.kind === KIND.node) drawNode(parent, g, item);
    else if (item.kind === KIND.block && item.inner) drawOpenBlock(parent, shapes, g, item);
    else if (item.kind === KIND.block) drawClosedBlock(parent, g, item);
    else make(parent, 'circle', {class: 'port', cx: short(item.x), cy: short(item.y), r: 2});
  }
  for (const line of part.lines) drawLine(parent, shapes, g, items, line, left, top);
}

function drawBox(parent, item, radius, attributes) {
  return make(parent, 'rect', {x: short(item.x - item.w / 2), y: short(item.y - item.h / 2),
                               width: short(item.w), height: short(item.h), rx: radius, ...attributes});
}

// The title and the lines under it, centred, no wider than their box.
function drawLabel(parent, item, title, lines, light) {
  let y = item.y - (13 + 12 * lines.length) / 2 + 10.5;
  [title, ...lines].forEach((text, i) => {
    const classes = (i === 0 ? 'title' : 'text') + (light ? ' light' : '');
    const element = make(parent, 'text', {class: classes, x: short(item.x), y: short(y)}, text);
    if (text.length * 5 > item.w - 6) fit(element, item.w - 6);
    y += 12;
  });
}

function fit(element, width) {
  if (element.getComputedTextLength() > width) {
    element.setAttribute('textLength', short(width));
    element.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  }
}

function drawNode(parent, g, item) {
  const node = g.nodes[item.index];
  const {fill, stroke, light} = coloursOf(node);
  const group = make(parent, 'g', {class: 'node', 'data-node': item.index});
  drawBox(group, item, node.family === 0 ? short(item.h / 2) : 3, {fill, stroke});
  drawLabel(group, item, node.label[0], node.label.slice(1), light);
  make(group, 'title', {}, `${node.type}  ${node.name}`);
}

function drawFold(parent, x, y, scale, block, opens) {
  const group = make(parent, 'g', {class: 'fold', 'data-fold': block,
                                   transform: `translate(${short(x)},${short(y)}) scale(${short(scale)})`});
  make(group, 'rect', {width: 12, height: 12, rx: 2});
  make(group, 'path', {d: opens ? 'M3,6 h6 M6,3 v6' : 'M3,6 h6'});
  make(group, 'title', {}, opens ? 'Open this block' : 'Close this block');
}

function drawClosedBlock(parent, g, item) {
  const block = g.blocks[item.index];
  const group = make(parent, 'g', {class: 'closed', 'data-block': item.index});
  const box = drawBox(group, item, 6, {});
  let light = false;
  if (state.byTime && block.ms !== undefined) {
    box.style.fill = heat(block.ms / g.slowestBlock);
    light = block.ms / g.slowestBlock > 0.4;
  }
  drawLabel(group, item, block.label[0], block.label.slice(1), light);
  make(group, 'title', {}, `${block.name}: double-click opens it`);
  drawFold(parent, item.x - item.w / 2 + 4, item.y - item.h / 2 + 4, 1, item.index, true);
}

function drawOpenBlock(parent, shapes, g, item) {
  const block = g.blocks[item.index];
  drawBox(parent, item, 6, {class: 'frame', 'data-frame': item.index});
  const left = item.x - item.w / 2, top = item.y - item.h / 2, size = nameSize(item.inner);
  const bar = make(parent, 'rect', {class: 'bar', 'data-block': item.index, x: short(left), y: short(top),
                                    width: short(item.w), height: short(1.4 * size), rx: 6});
  make(bar, 'title', {}, `${block.name}: double-click closes it`);
  drawFold(parent, left + 5, top + 4, size / 11, item.index, false);
  const name = make(parent, 'text', {class: 'name', x: short(left + 8 + 13 * size / 11), y: short(top + 1.2 * size)}, block.name);
  name.style.fontSize = size + 'px';
  drawContents(parent, shapes, g, item.inner, item.x - item.inner.width / 2, top + frameTop(item.inner));
}

function portOf(item, kind, value) {
  const port = item.inner.items.find(i => i.kind === kind && i.index === value);
  return port && [item.x - item.inner.width / 2 + port.x, item.y - item.h / 2 + frameTop(item.inner) + port.y];
}

function drawLine(parent, shapes, g, items, line, left, top) {
  const points = line.points.map(([x, y]) => [x + left, y + top]);
  const from = items[line.from], to = items[line.to], last = points.length - 1;
  const open = to.kind === KIND.block && to.inner;
  const attributes = {class: 'line', 'data-value': line.value,
                      d: `M${pairs([points[0]])} C${pairs(points.slice(1, last))} L${pairs([points[last]])}`};
  if (!open && to.kind !== KIND.exit) attributes['marker-end'] = 'url(#arrow)';
  make(parent, 'path', attributes);
  const inside = (item, border, kind) => {
    const port = portOf(item, kind, line.value);
    if (port) make(parent, 'polyline', {class: 'line', 'data-value': line.value, points: pairs(wayInside(item, border, port))});
  };
  if (from.inner) inside(from, points[0], KIND.exit);
  if (open) inside(to, points[last], KIND.entry);
  if (line.label) {
    make(shapes, 'text', {class: 'shape', x: short(line.label[0] + left), y: short(line.label[1] + top + 3)},
         g.values[line.value][1]);
  }
}

// --- what is selected ---

function mark() {
  const g = graph();
  document.querySelectorAll('.selected, .near').forEach(e => e.classList.remove('selected', 'near'));
  if (!state.selected) return;
  const {kind, index} = state.selected;
  if (kind === 'block') {
    document.querySelectorAll(`.closed[data-block="${index}"], [data-frame="${index}"]`)
      .forEach(e => e.classList.add('selected'));
    return;
  }
  const node = g.nodes[index];
  const element = document.querySelector(`[data-node="${index}"]`);
  if (element) element.classList.add('selected');
  const names = new Set([...node.inputs, ...node.outputs].map(operand => operand[1]));
  document.querySelectorAll('.line').forEach(line => {
    if (names.has(g.values[line.dataset.value][0])) line.classList.add('near');
  });
}

function select(kind, index) {
  state.selected = index === null ? null : {kind, index};
  mark();
  showPanel();
}

// Opens what lies around it, selects it and moves it to the middle.
function reveal(kind, index) {
  const g = graph();
  let block = kind === 'node' ? g.nodes[index].block : g.blocks[index].parent;
  for (; block > 0; block = g.blocks[block].parent) state.open.add(g.blocks[block].path);
  state.selected = {kind, index};
  draw();
  showPanel();
  const element = document.querySelector(
    kind === 'node' ? `[data-node="${index}"]` : `.closed[data-block="${index}"], [data-frame="${index}"]`);
  if (element) centre(element.getBBox());
}

function show(which, selection) {
  if (which === state.which || !graphs[which]) return;
  const before = state.selected && graph()[state.selected.kind + 's'][state.selected.index];
  const kind = state.selected && state.selected.kind;
  const old = graph();
  state.which = which;
  const g = graph();
  state.selected = null;
  if (selection !== undefined) {
    reveal('node', selection);
  } else if (before && kind === 'node') {
    const same = counterpart(old, before, g);
    if (same !== undefined) reveal('node', same);
  } else if (before) {
    const same = g.blocks.findIndex(block => block.path === before.path);
    if (same > 0) reveal('block', same);
  }
  if (!state.selected) {
    draw();
    fitAll();
    showPanel();
  }
  showButtons();
}

// The node of the other graph that stands for this one.
function counterpart(from, node, to) {
  if (node.family === 0) return to.byName.get(node.name);
  if (from === graphs.exported) return to.byOrigin.get(node.name);
  return to.byName.get(node.origins[node.origins.length - 1]);
}

// --- blocks ---

// Keeps the place under the mouse, or the block, where it is.
function toggleBlock(index, where) {
  const path = graph().blocks[index].path;
  const before = boxOf(index);
  if (state.open.has(path)) {
    state.open.delete(path);
  } else {
    state.open.add(path);
  }
  draw();
  const after = boxOf(index);
  if (before && after) {
    state.view.x += (before.x + before.width / 2 - after.x - after.width / 2) * state.view.scale;
    state.view.y += (before.y - after.y) * state.view.scale;
    state.view.x = Math.max(state.view.x, 12 - after.x * state.view.scale);
    transform();
  }
  if (where) select('block', index);
}

function boxOf(block) {
  const element = document.querySelector(`.closed[data-block="${block}"] > rect, [data-frame="${block}"]`);
  return element && element.getBBox();
}

function openMore() {
  const g = graph(), closed = [];
  g.blocks.forEach((block, i) => {
    if (i > 0 && !state.open.has(block.path) &&
        (block.parent === 0 || state.open.has(g.blocks[block.parent].path))) closed.push(block.path);
  });
  closed.forEach(path => state.open.add(path));
  draw();
  fitAll();
}

// --- moving and zooming ---

function transform() {
  const {scale, x, y} = state.view;
  $('world').setAttribute('transform', `translate(${x},${y}) scale(${scale})`);
}

function zoom(factor, x, y) {
  const box = $('canvas').getBoundingClientRect();
  const px = x === undefined ? box.width / 2 : x - box.left;
  const py = y === undefined ? box.height / 2 : y - box.top;
  const scale = Math.min(Math.max(state.view.scale * factor, 0.01), 6);
  const real = scale / state.view.scale;
  state.view = {scale, x: px - (px - state.view.x) * real, y: py - (py - state.view.y) * real};
  transform();
}

function fitAll(readable = false) {
  const box = $('canvas').getBoundingClientRect();
  let scale = Math.min((box.width - 40) / placed.width, (box.height - 40) / placed.height, 1.6);
  if (readable) scale = Math.max(scale, 0.8);
  const x = Math.max((box.width - placed.width * scale) / 2, readable ? 20 : -Infinity);
  const y = Math.max((box.height - placed.height * scale) / 2, readable ? 20 : -Infinity);
  state.view = {scale, x, y};
  transform();
}

function centre(box) {
  const canvas = $('canvas').getBoundingClientRect();
  if (state.view.scale < 0.6) state.view.scale = 1;
  const {scale} = state.view;
  state.view.x = canvas.width / 2 - (box.x + box.width / 2) * scale;
  state.view.y = canvas.height / 2 - (box.y + Math.min(box.height / 2, canvas.height / 2 / scale - 30)) * scale;
  transform();
}

// --- events ---

function targetOf(event) {
  const of = name => event.target.closest && event.target.closest(`[data-${name}]`);
  const fold = of('fold'), node = of('node'), block = of('block');
  if (fold) return {kind: 'fold', index: +fold.dataset.fold};
  if (node) return {kind: 'node', index: +node.dataset.node};
  if (block) return {kind: 'block', index: +block.dataset.block};
  return null;
}

// One pointer drags, two zoom.
function listenToCanvas() {
  const canvas = $('canvas'), pointers = new Map();
  let moved = 0;
  canvas.addEventListener('pointerdown', event => {
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, event);
  });
  canvas.addEventListener('pointermove', event => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved > 3 && !canvas.hasPointerCapture(event.pointerId)) {
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add('dragging');
    }
    if (pointers.size === 2) {
      const other = [...pointers.values()].find(p => p.pointerId !== event.pointerId);
      const distance = p => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
      zoom(distance(event) / distance(before), other.clientX, other.clientY);
    } else {
      state.view.x += dx;
      state.view.y += dy;
      transform();
    }
    pointers.set(event.pointerId, event);
  });
  const end = event => {
    pointers.delete(event.pointerId);
    canvas.classList.remove('dragging');
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('wheel', event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), event.clientX, event.clientY);
  }, {passive: false});
  canvas.addEventListener('click', event => {
    if (moved > 3) return;
    const target = targetOf(event);
    if (!target) select(null, null);
    else if (target.kind === 'fold') toggleBlock(target.index, true);
    else select(target.kind, target.index);
  });
  canvas.addEventListener('dblclick', event => {
    const target = targetOf(event);
    if (target && target.kind === 'block') toggleBlock(target.index, true);
  });
}

function listenToKeys() {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      hideResults();
      $('search').blur();
      select(null, null);
      return;
    }
    if (event.target === $('search')) return;
    const actions = {'/': () => $('search').focus(), '+': () => zoom(1.25), '=': () => zoom(1.25), '-': () => zoom(0.8), '0': () => fitAll()};
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
}

function showButtons() {
  const pressed = (id, on) => $(id).setAttribute('aria-pressed', on);
  $('which').hidden = Object.keys(graphs).length < 2;
  for (const which of Object.keys(graphs)) pressed('show-' + which, state.which === which);
  $('colours').hidden = !Object.values(graphs).some(g => g.timed);
  $('colour-time').disabled = !graph().timed;
  pressed('colour-time', state.byTime && graph().timed);
  pressed('colour-kind', !(state.byTime && graph().timed));
  const flat = graph().blocks.length < 2;
  for (const id of ['close-all', 'open-level', 'open-all']) $(id).disabled = flat;
}

function colour(byTime) {
  state.byTime = byTime;
  draw();
  showButtons();
  showPanel();
}

function listenToButtons() {
  const on = (id, action) => $(id).addEventListener('click', action);
  on('show-exported', () => show('exported'));
  on('show-optimized', () => show('optimized'));
  on('colour-kind', () => colour(false));
  on('colour-time', () => colour(true));
  on('close-all', () => { state.open.clear(); draw(); fitAll(true); });
  on('open-level', openMore);
  on('open-all', () => { graph().blocks.forEach(block => state.open.add(block.path)); draw(); fitAll(); });
  on('zoom-in', () => zoom(1.25));
  on('zoom-out', () => zoom(0.8));
  on('fit', () => fitAll());
}

function start() {
  document.title = data.title;
  $('title').textContent = data.title;
  listenToCanvas();
  listenToKeys();
  listenToButtons();
  listenToSearch();
  // Few operators: nothing needs to be closed.
  if (graph().nodes.length <= 60) graph().blocks.forEach(block => state.open.add(block.path));
  draw();
  fitAll(true);
  showButtons();
  showPanel();
}

start();
