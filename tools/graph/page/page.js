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
