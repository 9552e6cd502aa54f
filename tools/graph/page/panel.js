// SPDX-License-Identifier: Apache-2.0
// The panel beside the graph, and the search.
'use strict';

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

function link(text, action) {
  const made = element('a', {textContent: text, tabIndex: 0});
  made.addEventListener('click', action);
  made.addEventListener('keydown', event => { if (event.key === 'Enter') action(); });
  return made;
}

function table(rows) {
  return element('table', {}, ...rows.filter(row => row).map(([name, value, kind]) =>
    element('tr', {}, element('th', {textContent: name}),
            element('td', {className: kind || ''}, ...[value].flat()))));
}

const heading = text => element('h3', {textContent: text});
const digits = (number, count = 4) => Number(number.toPrecision(count)).toString();
const grouped = number => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const milliseconds = ms => (ms < 0.1 ? ms.toFixed(3) : ms.toFixed(2)) + ' ms';
const percent = share => (share * 100).toFixed(1) + ' %';
const gmac = macs => (macs / 1e9 >= 0.001 ? digits(macs / 1e9) + ' GMAC' : digits(macs / 1e6) + ' MMAC');

function blockLinks(block) {
  const g = graph(), links = [];
  for (; block > 0; block = g.blocks[block].parent) {
    const index = block;
    links.unshift(link(g.blocks[index].name, () => reveal('block', index)));
  }
  return links.flatMap((part, i) => (i ? [' / ', part] : [part]));
}

function timeRows(ms) {
  if (ms === undefined) return [];
  const all = graph().blocks[0].ms;
  return [['time', milliseconds(ms)], ms < all ? ['share', percent(ms / all)] : null];
}

// --- a node ---

function operandRows(operands, ends) {
  const g = graph();
  return operands.map(([slot, name, type, weight]) => {
    const others = weight === undefined ? ends(name) : [];
    const links = others.map(i => link(g.nodes[i].name === name ? g.nodes[i].type : `${g.nodes[i].type} ${g.nodes[i].name}`,
                                       () => reveal('node', i)));
    return [slot || 'value', [name, element('br'), element('span', {className: 'soft', textContent: type}),
                              ...links.flatMap(l => [element('br'), l])]];
  });
}

function weightCard(weight) {
  const [name, structured, type, elements, min, max, mean, deviation, zeros, notFinite] = weight;
  return element('div', {className: 'weight'},
    element('b', {textContent: structured || name}),
    structured ? element('div', {className: 'soft', textContent: name}) : null,
    table([
      ['shape', type], ['elements', grouped(elements)],
      ['min', digits(min, 6)], ['max', digits(max, 6)], ['mean', digits(mean, 6)], ['std', digits(deviation, 6)],
      ['zeros', `${grouped(zeros)} (${percent(elements ? zeros / elements : 0)})`],
      notFinite ? ['not finite', grouped(notFinite)] : null,
    ]));
}

function originList(node) {
  const exported = graphs.exported;
  return element('ul', {}, ...node.origins.map(name => {
    const index = exported.byName.get(name);
    const text = index === undefined ? name : `${exported.nodes[index].type}  ${name}`;
    return element('li', {}, index === undefined ? text : link(text, () => show('exported', index)));
  }));
}

// What became of an operator of the program.
function fateOf(node) {
  if (!graphs.optimized || node.family === 0) return [];
  const index = graphs.optimized.byOrigin.get(node.name);
  if (index !== undefined) {
    const made = graphs.optimized.nodes[index];
    return [heading('After the passes'), element('p', {}, 'Part of ', link(`${made.type} ${made.name}`, () => show('optimized', index)))];
  }
  const pass = data.passes.find(record => [...record.folded, ...record.removed].includes(node.name));
  if (!pass) return [];
  const how = pass.folded.includes(node.name) ? 'Made a constant' : 'Removed';
  return [heading('After the passes'), element('p', {textContent: `${how} by ${pass.pass}`})];
}

function nodePanel(node) {
  const g = graph();
  const weights = [...new Set(node.inputs.map(operand => operand[3]).filter(w => w !== undefined))];
  const maker = name => (g.makers.has(name) ? [g.makers.get(name)] : []);
  const readers = name => g.readers.get(name) || [];
  const tensors = node.inputs.filter(operand => operand[3] === undefined);
  return [
    element('h2', {textContent: node.type}),
    element('p', {className: 'soft', textContent: node.name}),
    table([
      node.block > 0 ? ['block', blockLinks(node.block)] : null,
      node.layer ? ['layer', node.layer] : null,
      ['kind', data.families[node.family].name],
      node.kernel ? ['kernel', node.kernel] : null,
      node.macs ? ['work', gmac(node.macs)] : null,
      ...timeRows(node.ms),
    ]),
    ...(node.attributes.length ? [heading('Attributes'), table(node.attributes)] : []),
    ...(tensors.length ? [heading('Inputs'), table(operandRows(tensors, maker))] : []),
    ...(node.outputs.length ? [heading('Outputs'), table(operandRows(node.outputs, readers))] : []),
    ...(weights.length ? [heading('Weights'), ...weights.map(w => weightCard(g.weights[w]))] : []),
    ...(node.origins.length > 1 ? [heading('Stands for'), originList(node)] : []),
    ...(state.which === 'exported' ? fateOf(node) : []),
  ];
}

// --- a block, and everything ---

function totals(block) {
  return table([
    ['operators', grouped(block.operators)],
    ['parameters', grouped(block.parameters)],
    block.macs ? ['work', gmac(block.macs)] : null,
    ...timeRows(block.ms),
  ]);
}

function blockPanel(index) {
  const g = graph(), block = g.blocks[index];
  const open = state.open.has(block.path);
  return [
    element('h2', {textContent: block.name}),
    element('p', {className: 'soft'}, ...blockLinks(index)),
    totals(block),
    element('p', {}, link(open ? 'Close this block' : 'Open this block', () => toggleBlock(index, true))),
    ...(block.children.length ? [heading('Blocks'), element('ul', {}, ...block.children.map(child =>
      element('li', {}, link(g.blocks[child].name, () => reveal('block', child)))))] : []),
    ...slowest(node => inside(g, node.block, index)),
  ];
}

function inside(g, block, outer) {
  while (block > outer) block = g.blocks[block].parent;
  return block === outer;
}

function slowest(filter) {
  const g = graph();
  if (!g.timed) return [];
  const nodes = g.nodes.map((node, i) => [node, i]).filter(([node]) => node.ms && filter(node))
    .sort((a, b) => b[0].ms - a[0].ms).slice(0, 12);
  if (!nodes.length) return [];
  return [heading('Slowest'), element('table', {}, ...nodes.map(([node, i]) => element('tr', {},
    element('td', {}, link(`${node.type} ${node.name}`, () => reveal('node', i))),
    element('td', {className: 'number', textContent: milliseconds(node.ms)}))))];
}

function passList() {
  const names = (title, list) => (list.length ? [element('div', {className: 'soft', textContent: title}),
    element('ul', {}, ...list.map(name => element('li', {textContent: name})))] : []);
  return data.passes.map(pass => element('details', {},
    element('summary', {}, element('b', {textContent: pass.pass}), pass.summary || 'found nothing to do'),
    element('p', {className: 'soft', textContent: `${pass.what}: ${pass.before} to ${pass.after} operators`}),
    ...(pass.fused.length ? [element('div', {className: 'soft', textContent: 'fused'}),
      element('ul', {}, ...pass.fused.map(([node, from]) => element('li', {textContent: `${node} from ${from.join(', ')}`})))] : []),
    ...names('made constant', pass.folded), ...names('changed', pass.changed), ...names('removed', pass.removed)));
}

function key() {
  const g = graph();
  if (state.byTime && g.timed) {
    const stops = Array.from({length: 21}, (_, i) => heat(i / 20)).join(',');
    const bar = element('div', {className: 'heat'});
    bar.style.background = `linear-gradient(to right, ${stops})`;
    return [bar, element('div', {className: 'ends'}, element('span', {textContent: '0 ms'}),
                         element('span', {textContent: milliseconds(g.slowest)}))];
  }
  const present = [...new Set(g.nodes.map(node => node.family))].sort((a, b) => a - b);
  return [element('div', {className: 'key'}, ...present.map(family => {
    const square = element('i');
    square.style.background = data.families[family].fill;
    square.style.borderColor = data.families[family].stroke;
    return element('span', {}, square, data.families[family].name);
  }))];
}

function overview() {
  const g = graph();
  const which = state.which === 'exported' ? 'The program as exported' : `As mode ${data.mode} runs it`;
  return [
    element('h2', {textContent: which}),
    element('p', {className: 'soft', textContent: data.about}),
    totals(g.blocks[0]),
    heading('Colours'), ...key(),
    ...slowest(() => true),
    ...(data.passes.length ? [heading('What the passes do'), ...passList()] : []),
    heading('Help'),
    element('p', {className: 'soft', textContent:
      'Drag to move, turn the wheel to zoom. Click an operator or a block for what is known of it; ' +
      'double-click a block, or click its + or - sign, to open or close it.'}),
  ];
}

function showPanel() {
  const panel = $('panel');
  const {kind, index} = state.selected || {};
  panel.replaceChildren(...(kind === 'node' ? nodePanel(graph().nodes[index])
    : kind === 'block' ? blockPanel(index) : overview()));
  panel.scrollTop = 0;
}

// --- search ---

const MAX_RESULTS = 60;

function textOf(g, node) {
  const weights = node.inputs.filter(operand => operand[3] !== undefined).map(operand => g.weights[operand[3]][1]);
  const origins = g === graphs.exported ? [] : node.origins.map(name => graphs.exported.byName.get(name));
  const parts = origins.filter(i => i !== undefined).map(i => textOf(graphs.exported, graphs.exported.nodes[i]));
  return [node.name, node.type, node.kernel || '', g.blocks[node.block].path, node.layer || '', ...parts,
          ...node.inputs.map(operand => operand[1]), ...node.outputs.map(operand => operand[1]), ...weights,
          ...node.attributes.map(pair => pair.join('='))].join('\n').toLowerCase();
}

// Every word has to be in it; a whole name or type comes first.
function found(query) {
  const g = graph();
  const words = query.toLowerCase().split(/\s+/).filter(word => word);
  if (!words.length) return [];
  const rank = (...names) => (names.some(name => name.toLowerCase() === words.join(' ')) ? 0 : names.some(name => name.toLowerCase().includes(words[0])) ? 1 : 2);
  const hits = [];
  g.blocks.forEach((block, i) => {
    if (i > 0 && words.every(word => block.path.toLowerCase().includes(word))) {
      hits.push({kind: 'block', index: i, rank: rank(block.name), title: block.name, about: 'block ' + block.path.slice(1)});
    }
  });
  g.nodes.forEach((node, i) => {
    node.text = node.text || textOf(g, node);
    if (words.every(word => node.text.includes(word))) {
      hits.push({kind: 'node', index: i, rank: rank(node.name, node.type), title: `${node.type} ${node.name}`, about: g.blocks[node.block].path.slice(1)});
    }
  });
  return hits.sort((a, b) => a.rank - b.rank);
}

function hideResults() { $('results').hidden = true; }

function showResults() {
  const hits = found($('search').value), list = $('results');
  list.hidden = !$('search').value.trim();
  list.replaceChildren(...hits.slice(0, MAX_RESULTS).map((hit, i) => {
    const row = element('li', {className: i === 0 ? 'first' : ''}, hit.title + ' ', element('small', {textContent: hit.about}));
    row.addEventListener('mousedown', event => event.preventDefault());
    row.addEventListener('click', () => { hideResults(); reveal(hit.kind, hit.index); });
    return row;
  }));
  if (hits.length > MAX_RESULTS) list.append(element('li', {className: 'none', textContent: `${hits.length - MAX_RESULTS} more`}));
  if (!hits.length) list.append(element('li', {className: 'none', textContent: 'Nothing found'}));
}

function listenToSearch() {
  const input = $('search');
  input.addEventListener('input', showResults);
  input.addEventListener('focus', () => { if (input.value.trim()) showResults(); });
  input.addEventListener('blur', hideResults);
  input.addEventListener('keydown', event => {
    const first = found(input.value)[0];
    if (event.key === 'Enter' && first) {
      hideResults();
      reveal(first.kind, first.index);
    }
  });
}
