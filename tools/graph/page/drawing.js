// SPDX-License-Identifier: Apache-2.0
// Draws what the layout has placed: nodes, blocks, lines and their labels.

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
