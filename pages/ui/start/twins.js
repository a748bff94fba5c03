// Two faces through one net: photos → the same box twice → two rows of numbers → a distance.
// As on the map, one `Twins` per place lives on while Python hands it new data.

const NARROW = 720; // CSS pixels: below, the two rows become two columns
const SCALE = 3.2 / 2.3; // rows of bars: height of the difference to half the height of an embedding
const store = (window.__siamese_sprites ??= { atlases: new Map(), waiting: new Set() });
const places = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let twins = places.get(parentElement);
  if (!twins) places.set(parentElement, (twins = new Twins(parentElement)));
  twins.choose = (side, face) => setTriggerValue("chosen", { side, face });
  twins.update(data);
  return () => setTimeout(() => twins.root.isConnected || twins.watcher.disconnect());
}

class Twins {
  constructor(place) {
    this.root = place.querySelector(".twins");
    this.dialog = place.querySelector("dialog");
    for (const net of this.all(".net")) net.innerHTML = NET; // the same drawing twice, as it is the same net
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.watcher = new ResizeObserver(() => this.lay());
    this.watcher.observe(this.root);
  }

  all(selector) { return [...this.root.querySelectorAll(selector)]; }
  one(selector) { return this.root.querySelector(selector); }

  update(data) {
    const before = this.data;
    this.data = data;
    this.root.classList.toggle("waiting", !data.reading);
    for (const side of ["a", "b"]) this.drawFace(side);
    this.drawCode("a", data.a.name, ` as ${data.numbers} numbers`);
    this.drawCode("b", data.b.name, ` as ${data.numbers} numbers`);
    this.drawCode("gap", "Their difference", ", number by number; the distance sums it up");
    this.drawRuler();
    this.drawWords();
    this.lay();
    const changed = ["a", "b"].filter((side) => before?.[side].id !== data[side].id);
    if (data.reading && (changed.length || !before.reading)) this.run();
  }

  drawFace(side) {
    const { id, name, picture, pictures, image } = this.data[side];
    const box = this.one(`.face.${side}`);
    if (!box.firstChild) {
      box.innerHTML = `<button class="photo"><img alt=""><span>choose</span></button>
        <div class="step"><button aria-label="previous picture">‹</button><span><b></b> <i></i></span><button aria-label="next picture">›</button></div>`;
      box.querySelector(".photo").addEventListener("click", () => this.open(side));
      box.querySelectorAll(".step button").forEach((button, i) => button.addEventListener("click", () => {
        const { person, picture, pictures } = this.data[side];
        this.choose(side, `${person}-${((picture - 1 + (i ? 1 : pictures - 1)) % pictures) + 1}`);
      }));
    }
    box.querySelector("img").src = image;
    box.querySelector("img").alt = `${name}, picture ${picture}`;
    box.querySelector(".photo").setAttribute("aria-label", `${name}, picture ${picture}: choose another face`);
    box.querySelector("b").textContent = name;
    box.querySelector("i").textContent = `${picture}/${pictures}`;
  }

  drawCode(which, whose, what) { // bars; heights are shares of the largest number in both embeddings
    const box = this.one(`.code.${which}`);
    if (!box.firstChild) box.innerHTML = `<p><b></b><span></span></p><div class="bars" aria-hidden="true"></div>`;
    box.querySelector("b").textContent = whose;
    box.querySelector("span").textContent = what;
    const bars = box.querySelector(".bars");
    const { reading, numbers } = this.data;
    while (bars.children.length < numbers) bars.append(document.createElement("i"));
    while (bars.children.length > numbers) bars.lastChild.remove();
    if (!reading) return;
    const { a, b } = reading;
    const most = Math.max(...a.map(Math.abs), ...b.map(Math.abs)) || 1;
    const values = which === "gap" ? a.map((value, i) => Math.min(Math.abs(value - b[i]) / (most * SCALE), 1)) : reading[which].map((value) => -value / most);
    const wait = which === "gap" ? 1.15 : 0.95;
    values.forEach((value, i) => {
      bars.children[i].style.setProperty("--value", value.toFixed(4));
      bars.children[i].style.setProperty("--wait", `${(wait + (0.35 * i) / numbers).toFixed(3)}s`);
    });
  }

  drawRuler() {
    const box = this.one(".ruler");
    if (!box.firstChild) {
      box.innerHTML = `<svg class="hills" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true"><path class="different"/><path class="same"/></svg>
        <span class="hill same">same person</span><span class="hill different">different people</span>
        <div class="threshold"><span></span></div><div class="pin"><b></b></div><div class="line"></div>`;
      box.setAttribute("role", "img");
    }
    const { reading } = this.data;
    const reach = reading?.reach ?? 2;
    const share = (distance) => Math.min(Math.max(distance / reach, 0), 1);
    const every = reach > 1 ? 0.5 : 0.25;
    const ticks = Array.from({ length: Math.round(reach / every) + 1 }, (_, i) => i * every);
    box.querySelector(".line").innerHTML = ticks.map((tick, i) => `<span class="tick ${i === ticks.length - 1 ? "last" : ""}" style="left:${
      100 * share(tick)}%">${i ? tick : "0 · alike"}</span>`).join("");
    if (!reading) return;
    const { distance, threshold, same, different } = reading;
    for (const [name, hill] of Object.entries({ same, different })) {
      const top = Math.max(...same, ...different);
      const points = hill.map((height, i) => [((i + 0.5) / hill.length) * 1000, 100 - (96 * height) / top]);
      box.querySelector(`path.${name}`).setAttribute("d", `M0,100 ${curve([[0, 100], ...points, [1000, 100]])} L1000,100 Z`);
      const peak = 100 * ((hill.indexOf(Math.max(...hill)) + 0.5) / hill.length);
      const room = name === "same" ? ["5.6rem", "100%"] : ["0rem", "calc(100% - 7rem)"];
      box.querySelector(`.hill.${name}`).style.left = `clamp(${room[0]}, ${peak}%, ${room[1]})`;
    }
    const mark = box.querySelector(".threshold");
    mark.style.left = `${100 * share(threshold)}%`;
    mark.querySelector("span").textContent = `threshold ${threshold.toFixed(2)}`;
    mark.classList.toggle("left", distance > threshold && distance < threshold + 0.3 * reach);
    const pin = box.querySelector(".pin");
    pin.style.left = `${100 * share(distance)}%`;
    pin.classList.toggle("low", share(distance) < 0.12);
    pin.classList.toggle("high", share(distance) > 0.88);
    pin.querySelector("b").textContent = `distance ${distance.toFixed(2)}`;
    box.setAttribute("aria-label", `Ruler of distances from 0 to ${reach}: this pair at ${distance.toFixed(2)}, threshold at ${threshold.toFixed(2)}.`);
  }

  drawWords() { // the reading as paragraphs; the first is the headline, in the colour of its side
    const { told, side } = this.data;
    this.one(".told").replaceChildren(...told.map((words, i) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = words;
      if (!i && side) paragraph.className = side;
      return paragraph;
    }));
  }

  lay() { // wires between the boxes, wherever the layout has put them
    const { width } = this.root.getBoundingClientRect();
    if (!width) return;
    const narrow = width < NARROW;
    this.root.classList.toggle("narrow", narrow);
    const home = this.root.getBoundingClientRect();
    const box = (selector) => {
      const { left, top, width, height } = this.one(selector).getBoundingClientRect();
      return { left: left - home.left, top: top - home.top, right: left - home.left + width, bottom: top - home.top + height, x: left - home.left + width / 2, y: top - home.top + height / 2 };
    };
    const wires = [];
    for (const side of ["a", "b"]) {
      const photo = box(`.face.${side} .photo`), step = box(`.face.${side} .step`), net = box(`.net.${side} svg`), code = box(`.code.${side}`), bars = box(`.code.${side} .bars`);
      const [start, end] = narrow ? [[net.x, step.bottom + 4], [net.x, net.top - 4]] : [[photo.right + 10, photo.y], [net.left - 8, net.y]];
      const [out, into] = narrow ? [[net.x, net.bottom + 4], [net.x, code.top - 4]] : [[net.right + 8, net.y], [bars.left - 12, bars.y]];
      wires.push([start, end, 0], [out, into, 0.55]);
    }
    const [neta, netb, shared] = [box(".net.a svg"), box(".net.b svg"), box(".shared span")];
    const ties = narrow ? [[[neta.right + 8, neta.y], [netb.left - 8, netb.y]]]
                        : [[[neta.x, neta.bottom + 8], [neta.x, shared.top - 2]], [[neta.x, shared.bottom + 4], [neta.x, netb.top - 8]]];
    this.one(".wires").innerHTML = ties.map(([from, to]) => `<path class="tie" d="${join(from, to, !narrow)}"/>`).join("") + wires.map(([from, to, after]) => {
      const path = join(from, to, narrow);
      const length = Math.hypot(to[0] - from[0], to[1] - from[1]) * 1.1;
      return `<path d="${path}"/><path d="${arrow(from, to, narrow)}"/><path class="pulse" d="${path}" style="--length:${length};--after:${after}s"/>`;
    }).join("");
  }

  run() { // a pulse goes through the picture, from the photos to the ruler
    this.root.classList.remove("run");
    void this.root.offsetWidth; // so that the animation starts again
    this.root.classList.add("run");
  }

  open(side) { // everybody, on one sheet
    const { people, sprites, [side]: current } = this.data;
    const sheet = document.createElement("div");
    const section = (title, note, buttons) => {
      if (!buttons.length) return;
      sheet.insertAdjacentHTML("beforeend", `<h3>${title} <i>${note}</i></h3><div class="grid"></div>`);
      sheet.lastChild.append(...buttons);
    };
    const button = (face, name, index, here) => {
      const made = document.createElement("button");
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 96;
      paint(canvas, sprites, index);
      made.append(canvas, name);
      if (here) made.setAttribute("aria-current", "true");
      made.addEventListener("click", () => { this.dialog.close(); this.choose(side, face); });
      return made;
    };
    const persons = (unseen) => people.map((person, i) => ({ ...person, i })).filter((person) => person.unseen === unseen)
      .map(({ person, name, i }) => button(`${person}-${current.picture}`, name, i, person === current.person));
    sheet.innerHTML = `<header><h2>Choose a face</h2><button aria-label="Close">×</button></header>`;
    sheet.querySelector("header button").addEventListener("click", () => this.dialog.close());
    section("New to this net", "– it has never seen a picture of them", persons(true));
    section("Used to train it", "– it knows them, so their distances flatter it", persons(false));
    this.dialog.replaceChildren(sheet);
    this.dialog.showModal();
  }
}

// A funnel of layers: many pixels in, few numbers out.
const NET = `<svg viewBox="0 0 186 116"><rect class="hull" x="1" y="1" width="184" height="114" rx="16"/>${
  [[16, 84, 28], [52, 66, 23], [83, 50, 18], [109, 36, 14], [131, 24, 11], [157, 44, 9]]
    .map(([x, height, width], i) => `<rect class="layer" style="--after:${(0.35 + 0.09 * i).toFixed(2)}s" x="${x}" y="${58 - height / 2}" width="${width}" height="${height}" rx="4"/>`)
    .join("")}</svg>`;

function join([x1, y1], [x2, y2], down) { // a curve that leaves and arrives straight
  const dx = down ? 0 : (x2 - x1) / 2, dy = down ? (y2 - y1) / 2 : 0;
  return `M${x1},${y1} C${x1 + dx},${y1 + dy} ${x2 - dx},${y2 - dy} ${x2},${y2}`;
}

function arrow(_, [x, y], down) {
  return down ? `M${x - 5},${y - 6} L${x},${y} L${x + 5},${y - 6}` : `M${x - 6},${y - 5} L${x},${y} L${x - 6},${y + 5}`;
}

function curve(points) { // through all points, rounded (Catmull and Rom's spline as Bézier curves)
  const at = (i) => points[Math.min(Math.max(i, 0), points.length - 1)];
  return points.slice(1).map(([x, y], j) => {
    const [[x0, y0], [x1, y1], [x3, y3]] = [at(j - 1), at(j), at(j + 2)];
    return `C${x1 + (x - x0) / 6},${Math.min(y1 + (y - y0) / 6, 100)} ${x - (x3 - x1) / 6},${Math.min(y - (y3 - y1) / 6, 100)} ${x},${y}`;
  }).join(" ");
}

function paint(canvas, digest, index) { // a face from the atlas, now or when it arrives
  const atlas = store.atlases.get(digest);
  if (!atlas) {
    const wait = (came) => came === digest && (store.waiting.delete(wait), paint(canvas, digest, index));
    return void store.waiting.add(wait);
  }
  const { image, side, columns } = atlas;
  canvas.getContext("2d").drawImage(image, (index % columns) * side, Math.floor(index / columns) * side, side, side, 0, 0, canvas.width, canvas.height);
}
