// SPDX-License-Identifier: Apache-2.0
// Pictures go to the server two at a time and come back cut out; what is downloaded is what the server made.

const kAtOnce = 2;
const kColours = [["White", "#ffffff"], ["Black", "#000000"], ["Grey", "#d9d9d6"], ["Sand", "#e8dcc8"], ["Teal", "#0f766e"]];

const items = [];  // {file, url, canShow, state, result, resultUrl, width, height, ms, inferMs, isFlat, message, abort}
let current = null;
const limits = {max_body: Infinity};  // of the server
const ground = {kind: "clear", colour: "#ffffff", file: null, url: null};
const chosen = name => document.querySelector(`input[name="${name}"]:checked`).value;

// The request for a picture's result. `final`: on its ground, and as the format that is chosen.
function requestOf(item, final) {
  const query = new URLSearchParams();
  for (const id of ["refine", "decontaminate"]) if (find(id).checked) query.set(id, "true");
  if (final && chosen("format") !== "png") query.set("format", chosen("format"));
  if (final && ground.kind === "colour") query.set("background", ground.colour);
  let body = item.file;
  const headers = {};
  if (final && ground.kind === "picture" && ground.file) {
    body = new FormData();
    body.append("file", item.file);
    body.append("background", ground.file);
  } else {
    headers["Content-Type"] = "application/octet-stream";
  }
  return [`api/remove?${query}`, {method: "POST", body, headers}];
}

const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

async function messageOf(response) {
  try {
    return (await response.json()).error.message.replace("cannot read 'picture': ", "");
  } catch {
    return `the server says ${response.status} ${response.statusText}`;
  }
}

async function refuseLocally(file) {
  if (file.size > limits.max_body) throw new Error(`the file has ${sizeOf(file.size)}, the server takes ${sizeOf(limits.max_body)}`);
  if (!(await isPicture(file))) throw new Error("this is no picture, or of a kind that is not read here");
}

// Asks again where the server is busy.
async function send(item, final, signal) {
  const [url, options] = requestOf(item, final);
  for (;;) {
    let response;
    try {
      response = await fetch(url, {...options, signal});
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("the server cannot be reached");
    }
    if (response.ok) return response;
    if (response.status !== 429) throw new Error(await messageOf(response));
    await pause(Number(response.headers.get("Retry-After")) || 1);
  }
}

const sizeOf = bytes => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function inferenceOf(response) {
  const found = /infer;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") || "");
  return found ? Number(found[1]) : null;
}

async function work(item) {
  item.state = "working";
  item.abort = new AbortController();
  const {signal} = item.abort;
  try {
    await refuseLocally(item.file);
    const start = performance.now();
    const response = await send(item, false, signal);
    const blob = await response.blob();
    item.ms = performance.now() - start;
    const url = URL.createObjectURL(blob);
    const image = await loadImage(url);
    if (signal.aborted) return URL.revokeObjectURL(url);
    if (item.resultUrl) URL.revokeObjectURL(item.resultUrl);
    Object.assign(item, {state: "done", result: blob, resultUrl: url, width: image.naturalWidth, height: image.naturalHeight,
                         inferMs: inferenceOf(response), isFlat: response.headers.get("X-U2net-Flat") === "true"});
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    item.state = "failed";
    item.message = error.message;
  }
  show();
  workOn();
}

function workOn() {
  while (items.filter(item => item.state === "working").length < kAtOnce) {
    const next = current?.state === "waiting" ? current : items.find(item => item.state === "waiting");
    if (!next) return;
    work(next);
  }
}

function again(item) {
  item.abort?.abort();
  item.state = "waiting";
}

function redo(which) {
  which.forEach(again);
  show();
  workOn();
}

async function add(files) {
  const fresh = [...files].map(file => ({file, url: URL.createObjectURL(file), canShow: false, state: "waiting"}));
  if (fresh.length === 0) return;
  items.push(...fresh);
  current = fresh[0];
  show();
  workOn();
  for (const item of fresh) {
    const image = await loadImage(item.url);
    if (image) Object.assign(item, {canShow: true, width: item.width || image.naturalWidth, height: item.height || image.naturalHeight});
    show();
  }
}

function remove(item) {
  item.abort?.abort();
  for (const url of [item.url, item.resultUrl]) if (url) URL.revokeObjectURL(url);
  const at = items.indexOf(item);
  items.splice(at, 1);
  current = items[Math.min(at, items.length - 1)] || null;
  show();
  workOn();
  find(current ? "remove" : "pick").focus();
}

function factsOf(item) {
  if (item.state === "failed") return "";
  if (item.state !== "done") return `${item.file.name}: at work`;
  const facts = [item.file.name, `${item.width} \u00d7 ${item.height}`, `${Math.round(item.ms)} ms`];
  if (item.inferMs !== null) facts[2] += ` (network ${Math.round(item.inferMs)} ms)`;
  facts.push(sizeOf(item.result.size));
  return (item.isFlat ? "No subject was found. " : "") + facts.join(" \u00b7 ");
}

// The pictures as buttons; those that are there stay, with the focus.
function showStrip() {
  const strip = find("strip");
  while (strip.children.length > items.length) strip.lastChild.remove();
  items.forEach((item, i) => {
    let button = strip.children[i]?.firstChild;
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.append(document.createElement("img"));
      button.addEventListener("click", () => {
        current = items[i];
        show();
      });
      const place = document.createElement("li");
      place.append(button);
      strip.append(place);
    }
    const isAtWork = item.state === "waiting" || item.state === "working";
    button.className = isAtWork ? "is-waiting" : item.state === "failed" ? "is-failed" : "";
    button.setAttribute("aria-current", String(item === current));
    button.setAttribute("aria-label", item.file.name + (isAtWork ? ", at work" : item.state === "failed" ? ", failed" : ""));
    setPicture(button.firstChild, item.state === "failed" ? null : item.resultUrl || (item.canShow ? item.url : null), "");
  });
}

function show() {
  document.body.classList.toggle("is-empty", !current);
  find("welcome").hidden = Boolean(current);
  find("work").hidden = !current;
  if (!current) return;
  showPicture(current);
  showStrip();
  const hasFailed = current.state === "failed";
  find("failure").hidden = !hasFailed;
  find("failure-name").textContent = hasFailed ? current.file.name : "";
  find("failure-text").textContent = hasFailed ? current.message : "";
  const facts = factsOf(current);
  if (find("facts").textContent !== facts) find("facts").textContent = facts;
  find("download").disabled = current.state !== "done";
  const done = items.filter(item => item.state === "done").length;
  find("download-all").hidden = items.length < 2;
  find("download-all").disabled = done === 0;
}

// Of the file that is downloaded, such as "cat.cutout.png".
function nameOf(item) {
  const stem = item.file.name.replace(/\.[^.]*$/, "") || "picture";
  const isCutout = ground.kind === "clear" || (ground.kind === "picture" && !ground.file);
  return `${stem}.${isCutout ? "cutout" : "result"}.${chosen("format")}`;
}

async function finalOf(item) {
  const isAsShown = chosen("format") === "png" && (ground.kind === "clear" || (ground.kind === "picture" && !ground.file));
  return isAsShown ? item.result : (await send(item, true)).blob();
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// With the button out of use meanwhile, and what fails told.
async function whileBusy(button, job) {
  button.disabled = true;
  try {
    await job();
  } catch (error) {
    find("facts").textContent = `Not downloaded: ${error.message}`;
  }
  button.disabled = false;
}

async function saveAll() {
  const done = items.filter(item => item.state === "done");
  const names = distinct(done.map(nameOf));
  const files = [];
  for (const [i, item] of done.entries()) {
    find("facts").textContent = `Packing ${i + 1} of ${done.length}`;
    files.push({name: names[i], bytes: new Uint8Array(await (await finalOf(item)).arrayBuffer())});
  }
  save(makeZip(files), "cutouts.zip");
  find("facts").textContent = `${done.length} pictures are in cutouts.zip`;
}

function changeGround() {
  ground.kind = chosen("ground");
  find("colours").hidden = ground.kind !== "colour";
  find("ground-picture").hidden = ground.kind !== "picture";
  for (const button of find("swatches").children)
    button.setAttribute("aria-pressed", String(button.dataset.colour === ground.colour));
  showGround(ground);
}

function setColour(colour) {
  ground.colour = colour;
  find("colour").value = colour;
  changeGround();
}

function setGroundPicture(file) {
  if (!file) return;
  if (ground.url) URL.revokeObjectURL(ground.url);
  Object.assign(ground, {file, url: URL.createObjectURL(file)});
  find("pick-ground").textContent = file.name;
  changeGround();
}

function makeSwatches() {
  for (const [name, colour] of kColours) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.colour = colour;
    button.style.backgroundColor = colour;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => setColour(colour));
    find("swatches").append(button);
  }
}

function listenToControls() {
  for (const id of ["pick", "add"]) find(id).addEventListener("click", () => find("choose").click());
  find("choose").addEventListener("change", event => {
    add(event.target.files);
    event.target.value = "";
  });
  find("pick-ground").addEventListener("click", () => find("choose-ground").click());
  find("choose-ground").addEventListener("change", event => setGroundPicture(event.target.files[0]));
  find("colour").addEventListener("input", event => setColour(event.target.value));
  for (const input of document.querySelectorAll('input[name="ground"]')) input.addEventListener("change", changeGround);
  for (const id of ["refine", "decontaminate"]) find(id).addEventListener("change", () => redo(items));
  find("panel").addEventListener("submit", event => event.preventDefault());
  find("retry").addEventListener("click", () => redo([current]));
  find("remove").addEventListener("click", () => remove(current));
  find("download").addEventListener("click", () => whileBusy(find("download"), async () => save(await finalOf(current), nameOf(current))));
  find("download-all").addEventListener("click", () => whileBusy(find("download-all"), saveAll));
}

function listenToDrops() {
  const isDropping = on => document.body.classList.toggle("is-dropping", on);
  document.addEventListener("dragover", event => {
    event.preventDefault();
    isDropping(event.dataTransfer.types.includes("Files"));
  });
  document.addEventListener("dragleave", event => {
    if (!event.relatedTarget) isDropping(false);
  });
  document.addEventListener("drop", event => {
    event.preventDefault();
    isDropping(false);
    add(event.dataTransfer.files);
  });
  document.addEventListener("paste", event => add(event.clipboardData.files));
}

async function tellNetwork() {
  try {
    const report = await (await fetch("api/models")).json();
    const [model] = report.models;
    Object.assign(limits, report.limits);
    find("network").textContent = `${model.name} \u00b7 ${model.width}\u00d7${model.height} \u00b7 ${model.mode}`;
  } catch {
    // It is a remark, no more.
  }
}

makeSwatches();
listenToControls();
listenToDrops();
changeGround();
showSplit();
show();
tellNetwork();
