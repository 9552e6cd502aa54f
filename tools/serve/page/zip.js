// SPDX-License-Identifier: Apache-2.0
"use strict";
// A zip of files that are compressed already: method "stored", names in UTF-8.

const crcTable = new Uint32Array(256).map((_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

// Little-endian numbers: [bytes, value] each.
function record(...numbers) {
  const out = new Uint8Array(numbers.reduce((size, [bytes]) => size + bytes, 0));
  let at = 0;
  for (const [bytes, value] of numbers) {
    for (let i = 0; i < bytes; ++i) out[at++] = Math.floor(value / 2 ** (8 * i)) % 256;
  }
  return out;
}

function dosTime(date) {
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [[2, time], [2, day]];
}

// `files`: [{name, bytes}], with different names.
function makeZip(files) {
  const parts = [], directory = [];
  let offset = 0, directorySize = 0;
  const time = dosTime(new Date());
  for (const {name, bytes} of files) {
    const label = new TextEncoder().encode(name);
    const about = [[2, 20], [2, 0x800], [2, 0], ...time, [4, crc32(bytes)], [4, bytes.length],
                   [4, bytes.length], [2, label.length], [2, 0]];
    const local = record([4, 0x04034b50], ...about);
    const entry = record([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    parts.push(local, label, bytes);
    directory.push(entry, label);
    offset += local.length + label.length + bytes.length;
    directorySize += entry.length + label.length;
  }
  const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length],
                     [4, directorySize], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], {type: "application/zip"});
}

// "a.png", "a 2.png", ...
function distinct(names) {
  const taken = new Set();
  return names.map(name => {
    const dot = name.lastIndexOf(".");
    let free = name;
    for (let n = 2; taken.has(free); ++n) free = `${name.slice(0, dot)} ${n}${name.slice(dot)}`;
    taken.add(free);
    return free;
  });
}
