// SPDX-License-Identifier: Apache-2.0
// The picture before and after, with the slider between them, and the ground behind.

const find = id => document.getElementById(id);

function showSplit() {
  const share = Number(find("split").value);
  find("compare").style.setProperty("--split", `${share}%`);
  document.querySelector(".tag.left").style.opacity = share < 12 ? 0 : 1;
  document.querySelector(".tag.right").style.opacity = share > 88 ? 0 : 1;
}

// `ground`: {kind: "clear" | "colour" | "picture", colour, url}.
function showGround(ground) {
  const element = find("ground");
  const hasPicture = ground.kind === "picture" && ground.url;
  element.className = ground.kind === "colour" ? "ground is-plain" : hasPicture ? "ground is-picture" : "ground";
  element.style.setProperty("--ground", ground.kind === "colour" ? ground.colour : hasPicture ? `url("${ground.url}")` : "none");
}

// A picture of the browser's own, or null where it cannot show it (HEIC, TIFF).
function loadImage(url) {
  return new Promise(resolve => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = url;
  });
}

// How files of pictures begin that some server reads; what is none of them is not worth its way.
const kBeginnings = [/^\xff\xd8\xff/, /^\x89PNG\r\n/, /^BM/, /^P[4-7]/, /^RIFF....WEBP/s, /^II[*+]\0/, /^MM\0[*+]/, /^GIF8/, /^....ftyp/s];

async function isPicture(file) {
  const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  return kBeginnings.some(beginning => beginning.test(text));
}

function setPicture(element, url, alt) {
  element.hidden = !url;
  if (url && element.getAttribute("src") !== url) element.src = url;
  if (!url) element.removeAttribute("src");
  element.alt = alt;
}

// `item` as page.js has it.
function showPicture(item) {
  const compare = find("compare");
  compare.hidden = item.state === "failed";
  compare.classList.toggle("is-waiting", !item.resultUrl && item.state !== "failed");
  compare.classList.toggle("is-stale", Boolean(item.resultUrl) && item.state !== "done");
  compare.classList.toggle("is-alone", !item.canShow && Boolean(item.resultUrl));
  if (item.width) {
    compare.style.setProperty("--ratio", item.width / item.height);
    compare.style.setProperty("--width", item.width);
  }
  setPicture(find("before"), item.canShow ? item.url : null, `${item.file.name}, as it was`);
  setPicture(find("after"), item.resultUrl, `${item.file.name}, cut out`);
}

find("split").addEventListener("input", showSplit);
