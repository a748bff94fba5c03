// How a look is read, of all who draw one. What it holds: see wire.py.

function read(buffer) { // [length of the JSON, 4 bytes][JSON][float32, …]
  const length = new DataView(buffer).getUint32(0, true);
  const look = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  for (const [name, count] of Object.entries(look.arrays)) {
    look.arrays[name] = new Float32Array(buffer, at, count);
    at += 4 * count;
  }
  return look;
}
