// The map of embeddings. One `FaceMap` per place on the page lives as long as the place does;
// every rerun of the Python script only hands it new data, so nothing is torn down or flickers.
//
// Three spaces: world (as Python sends), fitted (the camera shows all points), screen (the
// visitor's zoom and pan on top). Points and camera are critically damped springs, which stay
// smooth when new targets arrive while they still move. A film of maps is played here, too: its
// frames are where the springs pull to.

const STIFFNESS = 11; // 1/s: 97 % of the way after half a second
const AT_REST = 0.02; // CSS pixels
const PADDING = 40; // CSS pixels around the fitted points
const ZOOM = [1, 60];
const PACE = 5; // frames of a film a second
const CROWD = 1500; // points: above, dots stand on whole pixels, which draws twice as fast
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const store = (window.__siamese_sprites ??= { atlases: new Map(), waiting: new Set() });
const maps = new WeakMap(); // place on the page → FaceMap

export default function ({ parentElement, data, setTriggerValue }) {
  let map = maps.get(parentElement);
  if (!map) maps.set(parentElement, (map = new FaceMap(parentElement)));
  map.pick = data.pickable ? (index) => setTriggerValue("picked", index) : null;
  map.group = data.selectable ? (indices) => setTriggerValue("group", indices) : null;
  map.update(data);
  // Streamlit also calls this for a run that a newer one has overtaken: look before leaving.
  return () => setTimeout(() => map.canvas.isConnected || map.close());
}

class FaceMap {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.stage = find(".stage");
    this.canvas = find(".stage > canvas");
    this.pen = this.canvas.getContext("2d");
    this.card = find(".card");
    this.face = find(".card canvas");
    this.name = find(".card b");
    this.said = find(".said");
    this.caption = find("figcaption");
    this.reset = find(".reset");
    this.buttons = [...root.querySelectorAll(".bar button")];
    this.tools = [...root.querySelectorAll(".tools button")];
    this.legend = find(".legend");
    this.figure = find(".map");
    this.player = find(".player");
    this.play = find(".play");
    this.time = find(".time");
    this.now = find(".now");

    this.count = 0;
    this.drawAs = "dots";
    this.hovered = -1; // index of a point
    this.person = -1; // label whose points stand out
    this.fade = spring(0); // how far the others have faded
    this.camera = { x: spring(0), y: spring(0), zoom: spring(0) }; // zoom: log of pixels per unit
    this.view = { x: 0, y: 0, zoom: 1 }; // the visitor's pan (pixels) and zoom
    this.pointers = new Map();
    this.size = { width: 0, height: 0, ratio: 1 };
    this.stamps = new Map(); // colour → small canvas with a disc
    this.tool = "move"; // or "lasso", "box"
    this.path = null; // what a lasso or a box has drawn so far, on the screen
    this.film = null;
    this.guests = [];
    this.portraits = new Map(); // data URI → the face, cut round
    this.linked = "";

    this.listen();
  }

  // ---------------------------------------------------------------- data

  update(data) {
    this.shoot(data.film);
    const target = this.film ? this.between(this.film.at) : new Float32Array(decode(data.points)); // (N, 2)
    const fresh = target.length !== this.count * 2;
    if (fresh) {
      this.count = target.length / 2;
      this.target = target.map((value) => (isFinite(value) ? value : 0));
      this.position = this.target.slice();
      this.velocity = new Float32Array(target.length);
      this.screen = new Float32Array(target.length);
      this.hover(-1);
    } else {
      target.forEach((value, i) => isFinite(value) && (this.target[i] = value));
    }
    this.labels = new Int32Array(decode(data.labels));
    this.names = data.names;
    this.palette = data.palette;
    this.tints = data.tints && new Int32Array(decode(data.tints));
    this.hollow = data.hollow && new Uint8Array(decode(data.hollow));
    this.lit = data.lit && new Uint8Array(decode(data.lit));
    this.lines = data.lines ?? [];
    this.picked = data.picked ?? -1;
    this.guests = data.guests ?? [];
    this.guests.forEach((uri) => this.portrait(uri));
    this.caption.textContent = data.caption;
    this.canvas.setAttribute("aria-label", `Map of ${this.count} faces. Arrow keys go from face to `
      + "face, plus and minus zoom, 0 shows everything.");
    this.digest = data.sprites;
    this.link(data.linked ?? "");
    this.explain(data.legend ?? []);
    this.tools[0].parentElement.hidden = !this.group;
    if (!this.group) this.use("move");
    this.figure.dataset.picked = this.picked;
    this.figure.dataset.points = this.count;
    this.figure.dataset.drawing = `${target[0]} ${target[1]} ${target.at(-1)}`; // which map it is
    this.dress();
    this.paint();
    this.fit(fresh);
    this.fade.target = this.hovered >= 0 || this.lit ? 1 : 0;
    this.hovered >= 0 && this.showCard();
    this.wake();
  }

  link(name) { // maps of the same faces that point at each other
    if (name === this.linked) return;
    const all = (store.linked ??= new Map());
    all.get(this.linked)?.delete(this);
    if (name) all.set(name, (all.get(name) ?? new Set()).add(this));
    this.linked = name;
  }

  explain(legend) { // entries {text, colour, hollow} or {low, high, colours}
    this.legend.hidden = !legend.length;
    this.legend.replaceChildren(...legend.map((entry) => {
      const line = document.createElement("span");
      const sign = document.createElement("i");
      if (entry.colours) {
        sign.className = "scale";
        sign.style.background = `linear-gradient(90deg, ${entry.colours.join(", ")})`;
        line.append(entry.low, sign, entry.high);
      } else {
        sign.style.borderColor = entry.colour;
        sign.style.background = entry.hollow ? "transparent" : entry.colour;
        line.append(sign, entry.text);
      }
      return line;
    }));
  }

  portrait(uri) { // the face of a newcomer, cut round
    if (this.portraits.has(uri)) return;
    this.portraits.set(uri, null);
    const image = new Image();
    image.onload = () => {
      const cut = document.createElement("canvas");
      cut.width = cut.height = 144;
      const pen = cut.getContext("2d");
      pen.arc(72, 72, 71, 0, 2 * Math.PI);
      pen.clip();
      pen.drawImage(image, 0, 0, 144, 144);
      this.portraits.set(uri, cut);
      this.wake();
    };
    image.src = uri;
  }

  guest(i) { // the number of the newcomer that point i is, or -1
    const number = i - (this.count - this.guests.length);
    return number >= 0 ? number : -1;
  }

  // ---------------------------------------------------------------- film

  shoot(film) { // take in a film, or put the one away that there was
    this.player.hidden = !film;
    if (!film) return void (this.film = null);
    if (this.film?.id !== film.id) {
      this.film = { ...film, frames: new Int16Array(decode(film.frames)), at: 0 };
      this.playing = !STILL.matches && film.words.length > 1;
      this.time.max = film.words.length - 1;
    }
    this.show();
  }

  between(at) { // places (N, 2) between two frames
    const { frames, words, scale } = this.film;
    const size = frames.length / words.length;
    const first = Math.min(Math.floor(at), words.length - 1);
    const second = Math.min(first + 1, words.length - 1);
    const share = at - first;
    const places = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const a = frames[first * size + i], b = frames[second * size + i];
      places[i] = (a + (b - a) * share) * scale;
    }
    return places;
  }

  show() { // what the player says
    const { at, words } = this.film;
    const frame = Math.round(at);
    if (document.activeElement !== this.time || this.playing) this.time.value = at;
    this.now.textContent = words[frame];
    this.time.setAttribute("aria-valuetext", words[frame]);
    this.play.textContent = this.playing ? "Pause" : at >= words.length - 1 ? "Again" : "Play";
    this.figure.dataset.frame = frame;
  }

  seek(at) {
    this.film.at = clamp(at, 0, this.film.words.length - 1);
    this.target.set(this.between(this.film.at).subarray(0, this.target.length));
    this.show();
    this.wake();
  }

  roll(seconds) { // true while the film runs
    if (!this.film || !this.playing) return false;
    const last = this.film.words.length - 1;
    if (this.film.at + seconds * PACE >= last) this.playing = false;
    this.seek(this.film.at + seconds * PACE);
    return this.playing;
  }

  dress() { // faces can be drawn once their atlas is here
    this.atlas = store.atlases.get(this.digest);
    for (const button of this.buttons) {
      const faces = button.dataset.as === "faces";
      button.disabled = faces && !this.atlas;
      button.setAttribute("aria-pressed", String((this.drawAs === "faces" && !!this.atlas) === faces));
    }
  }

  paint() { // one colour per person, by the golden angle; lighter at night
    const style = getComputedStyle(this.stage);
    this.paper = style.backgroundColor;
    const dark = luminance(style.color) > 0.5;
    const looks = `${dark} ${this.paper} ${this.size.ratio} ${this.showsFaces}`;
    if (this.looks !== looks) this.stamps.clear();
    this.looks = looks;
    this.ink = style.color;
    this.grey = dark ? "#6b6b7d" : "#b4b1bd";
    this.accent = style.getPropertyValue("--st-primary-color") || "#5B5BD6";
    this.colour = (label) => {
      const tone = dark ? [0.74, 0.64, 0.83][label % 3] : [0.62, 0.5, 0.72][label % 3];
      return `oklch(${tone} 0.15 ${(label * 137.508 + 275) % 360})`;
    };
  }

  fit(atOnce) { // the camera's targets, so that all points are in the picture
    const { width, height } = this.size;
    if (!width || !this.count) return;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    const { film } = this; // of a film, all frames, so that the camera stands still
    const places = film ? film.frames : this.target, scaled = film ? film.scale : 1;
    for (let i = 0; i < places.length; i += 2) {
      left = Math.min(left, places[i] * scaled);
      right = Math.max(right, places[i] * scaled);
      low = Math.min(low, places[i + 1] * scaled);
      high = Math.max(high, places[i + 1] * scaled);
    }
    const scale = Math.min((width - 2 * PADDING) / Math.max(right - left, 1e-6),
                           (height - 2 * PADDING) / Math.max(high - low, 1e-6));
    const goals = { x: (left + right) / 2, y: (low + high) / 2, zoom: Math.log(Math.max(scale, 1e-6)) };
    for (const [name, goal] of Object.entries(goals)) {
      this.camera[name].target = goal;
      if (atOnce) Object.assign(this.camera[name], { value: goal, velocity: 0 });
    }
  }

  // ---------------------------------------------------------------- time

  wake() {
    this.frame ??= requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = null;
    const seconds = STILL.matches ? 10 : Math.min((now - (this.last ?? now - 16)) / 1000, 0.25);
    const rolls = this.roll(Math.min((now - (this.last ?? now - 16)) / 1000, 0.25));
    this.last = now;
    const moving = this.move(seconds) || rolls;
    this.project();
    this.draw();
    if (this.hovered >= 0) this.placeCard();
    if (moving) this.wake();
    else this.last = null;
  }

  move(seconds) { // true while anything is still under way
    const { x, y, zoom } = this.camera;
    const unit = Math.exp(zoom.target) * this.view.zoom; // pixels per world unit
    let rest = Math.max(step(x, seconds) * unit, step(y, seconds) * unit, step(zoom, seconds) * 400,
                        step(this.fade, seconds) * 100);
    const { position, velocity, target } = this;
    const decay = Math.exp(-STIFFNESS * seconds);
    for (let i = 0; i < position.length; i++) {
      const away = position[i] - target[i];
      const push = (velocity[i] + STIFFNESS * away) * seconds;
      velocity[i] = (velocity[i] - STIFFNESS * push) * decay;
      position[i] = target[i] + (away + push) * decay;
      rest = Math.max(rest, (Math.abs(away) + Math.abs(velocity[i]) * 0.05) * unit);
    }
    return rest > AT_REST;
  }

  project() { // world → screen, for all points
    const { width, height } = this.size;
    const unit = Math.exp(this.camera.zoom.value) * this.view.zoom;
    const left = width / 2 + this.view.x - this.camera.x.value * unit;
    const top = height / 2 + this.view.y + this.camera.y.value * unit;
    for (let i = 0; i < this.position.length; i += 2) {
      this.screen[i] = left + this.position[i] * unit;
      this.screen[i + 1] = top - this.position[i + 1] * unit; // y grows upwards in the world
    }
  }

  // ---------------------------------------------------------------- drawing

  get diameter() { // of one point: smaller in a crowd, larger when near
    const { width, height } = this.size;
    const room = Math.sqrt((width * height) / Math.max(this.count, 1));
    const near = this.view.zoom ** 0.6;
    return this.showsFaces ? clamp(room * 0.62, 15, 40) * Math.min(near, 4)
                           : clamp(room * 0.26, 4.5, 11) * Math.min(near, 2.5);
  }

  get showsFaces() {
    return this.drawAs === "faces" && !!this.atlas;
  }

  draw() {
    const { pen, size: { width, height, ratio } } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = 1 - 0.86 * this.fade.value;
    this.drawPoints((i) => !this.stands(i));
    pen.globalAlpha = 1;
    this.drawLines();
    if (this.person >= 0 || this.lit) this.drawPoints((i) => this.stands(i));
    for (let k = 0; k < this.guests.length; k++) this.drawGuest(k);
    if (this.picked >= 0) this.drawRing(this.picked);
    if (this.hovered >= 0) this.drawPoint(this.hovered, this.diameter * 1.35);
    if (this.path) this.drawPath();
  }

  stands(i) { // does this point stand out?
    return this.lit && this.hovered < 0 ? !!this.lit[i] : this.labels[i] === this.person;
  }

  drawPoints(wanted) {
    const { screen, size: { width, height } } = this;
    const diameter = this.diameter;
    const count = this.count - this.guests.length; // newcomers are drawn on top
    for (let i = 0; i < count; i++) {
      const x = screen[2 * i], y = screen[2 * i + 1];
      const outside = x < -diameter || y < -diameter || x > width + diameter || y > height + diameter;
      if (!outside && wanted(i)) this.drawPoint(i, diameter);
    }
  }

  drawPoint(i, diameter) {
    const { pen, screen, atlas } = this;
    const guest = this.guest(i);
    if (guest >= 0) return void this.drawGuest(guest, 1.35);
    const x = screen[2 * i], y = screen[2 * i + 1];
    const faces = this.showsFaces && i < atlas.count;
    const stamp = this.stamp(i, faces ? diameter * 1.16 + 2 : diameter + 2);
    const { ratio } = this.size;
    const outer = stamp.width / ratio; // as it was drawn: nothing to scale
    const snap = this.count > CROWD ? (value) => Math.round(value * ratio) / ratio : (value) => value;
    pen.drawImage(stamp, snap(x - outer / 2), snap(y - outer / 2), outer, outer);
    if (!faces) return;
    const { round, side, columns } = this.mip(diameter);
    pen.drawImage(round, (i % columns) * side, Math.floor(i / columns) * side, side, side,
                  x - diameter / 2, y - diameter / 2, diameter, diameter);
  }

  drawGuest(number, larger = 1) { // always as a face, on a disc of its own
    const { pen, screen } = this;
    const i = this.count - this.guests.length + number;
    const x = screen[2 * i], y = screen[2 * i + 1];
    const diameter = Math.max(34, this.diameter * 1.4) * larger;
    pen.beginPath();
    pen.arc(x, y, diameter / 2 + 4, 0, 2 * Math.PI);
    pen.fillStyle = this.accent;
    pen.fill();
    const face = this.portraits.get(this.guests[number]);
    if (face) pen.drawImage(face, x - diameter / 2, y - diameter / 2, diameter, diameter);
  }

  drawLines() { // from a picked point to its neighbours in the space
    const { pen, screen } = this;
    pen.lineWidth = 2;
    for (const [i, j, colour] of this.lines) {
      pen.strokeStyle = colour;
      pen.beginPath();
      pen.moveTo(screen[2 * i], screen[2 * i + 1]);
      pen.lineTo(screen[2 * j], screen[2 * j + 1]);
      pen.stroke();
    }
  }

  drawRing(i) {
    const { pen, screen } = this;
    pen.beginPath();
    pen.arc(screen[2 * i], screen[2 * i + 1], this.diameter * 0.68 + 5, 0, 2 * Math.PI);
    pen.lineWidth = 3;
    pen.strokeStyle = this.ink;
    pen.stroke();
  }

  drawPath() {
    const { pen } = this;
    pen.beginPath();
    this.corners().forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.globalAlpha = 0.16;
    pen.fillStyle = this.accent;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.strokeStyle = this.accent;
    pen.stroke();
  }

  corners() { // of the path: a lasso as it was drawn, a box by its two ends
    const [a, b] = [this.path[0], this.path.at(-1)];
    return this.tool === "box" ? [a, [b[0], a[1]], b, [a[0], b[1]]] : this.path;
  }

  within() { // indices of the points inside the path, by the even-odd rule
    const corners = this.corners();
    const found = [];
    for (let i = 0; i < this.count; i++) {
      const x = this.screen[2 * i], y = this.screen[2 * i + 1];
      let inside = false;
      for (let k = 0, before = corners.length - 1; k < corners.length; before = k++) {
        const [x1, y1] = corners[k], [x2, y2] = corners[before];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
      }
      if (inside) found.push(i);
    }
    return found;
  }

  use(tool) {
    this.tool = tool;
    for (const button of this.tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.canvas.classList.toggle("draws", tool !== "move");
    this.viewed();
  }

  stamp(i, diameter) { // a disc with a thin edge of paper, drawn once per colour and size
    const pixels = Math.ceil(diameter * this.size.ratio);
    const tint = this.tints ? this.tints[i] : this.labels[i];
    const colour = !this.tints ? this.colour(tint) : tint >= 0 ? this.palette[tint] : this.grey;
    const hollow = this.hollow?.[i] ? 1 : 0;
    const key = `${colour} ${hollow} ${pixels}`;
    let stamp = this.stamps.get(key);
    if (stamp) return stamp;
    if (this.stamps.size > 2000) this.stamps.clear();
    stamp = document.createElement("canvas");
    stamp.width = stamp.height = pixels;
    const pen = stamp.getContext("2d");
    const disc = (colour, radius) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(pixels / 2, pixels / 2, radius, 0, 2 * Math.PI);
      pen.fill();
    };
    disc(this.paper, pixels / 2);
    disc(colour, pixels / 2 - this.size.ratio);
    if (hollow) disc(this.paper, (pixels / 2 - this.size.ratio) * (this.showsFaces ? 0.93 : 0.55));
    this.stamps.set(key, stamp);
    return stamp;
  }

  mip(diameter) { // the atlas halved until it fits what is drawn: sharper, and faster
    const { atlas } = this;
    atlas.levels ??= [{ round: atlas.round, side: atlas.side, columns: atlas.columns }];
    let level = 0;
    while (atlas.levels[level].side >= 2 * diameter * this.size.ratio && atlas.levels[level].side % 2 === 0) {
      const { round, side, columns } = atlas.levels[level++];
      if (atlas.levels[level]) continue;
      const half = document.createElement("canvas");
      half.width = round.width / 2;
      half.height = round.height / 2;
      half.getContext("2d").drawImage(round, 0, 0, half.width, half.height);
      atlas.levels.push({ round: half, side: side / 2, columns });
    }
    return atlas.levels[level];
  }

  // ---------------------------------------------------------------- the card with the large face

  hover(index, echo = false) {
    if (index === this.hovered) return;
    if (!echo) {
      for (const other of store.linked?.get(this.linked) ?? []) {
        if (other !== this && other.count === this.count) other.hover(index, true);
      }
    }
    this.hovered = index;
    this.canvas.classList.toggle("over", index >= 0 && !!this.pick);
    this.card.hidden = index < 0;
    if (index >= 0) this.showCard();
    if (index >= 0) this.person = this.labels[index];
    this.fade.target = index >= 0 || this.lit ? 1 : 0;
    this.figure.dataset.hovered = index;
    this.wake();
  }

  showCard() {
    const index = this.hovered;
    this.name.textContent = this.names[index];
    const guest = this.portraits.get(this.guests[this.guest(index)]);
    this.card.classList.toggle("bare", !guest && (!this.atlas || index >= this.atlas.count));
    if (guest) {
      this.face.width = this.face.height = 120 * this.size.ratio;
      this.face.getContext("2d").drawImage(guest, 0, 0, this.face.width, this.face.height);
    } else if (this.atlas && index < this.atlas.count) {
      const { image, side, columns } = this.atlas;
      this.face.width = this.face.height = 120 * this.size.ratio;
      const pen = this.face.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(image, (index % columns) * side, Math.floor(index / columns) * side, side, side,
                    0, 0, this.face.width, this.face.height);
    }
    this.placeCard();
  }

  placeCard() { // beside its point, inside the stage
    const { offsetWidth: w, offsetHeight: h } = this.card;
    const { width, height } = this.size;
    const x = this.screen[2 * this.hovered], y = this.screen[2 * this.hovered + 1];
    const gap = this.diameter / 2 + 12;
    const left = x + gap + w < width ? x + gap : x - gap - w;
    this.card.style.transform = `translate(${clamp(left, 6, width - w - 6)}px, ${clamp(y - h / 2, 6, height - h - 6)}px)`;
  }

  at(x, y, reach) { // index of the nearest point within reach, or -1
    let [best, nearest] = [-1, reach * reach];
    for (let i = 0; i < this.count; i++) {
      const away = (this.screen[2 * i] - x) ** 2 + (this.screen[2 * i + 1] - y) ** 2;
      if (away < nearest) [best, nearest] = [i, away];
    }
    return best;
  }

  // ---------------------------------------------------------------- zoom and pan

  zoomBy(factor, x, y) { // the point under (x, y) stays where it is
    const { view, size } = this;
    const zoom = clamp(view.zoom * factor, ...ZOOM);
    const ratio = zoom / view.zoom;
    view.x = (x - size.width / 2) * (1 - ratio) + view.x * ratio;
    view.y = (y - size.height / 2) * (1 - ratio) + view.y * ratio;
    view.zoom = zoom;
    this.viewed();
  }

  panBy(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.viewed();
  }

  viewed() { // at the first zoom level nothing is out of the picture: no need to pan
    const { view, size } = this;
    const slack = (length) => (view.zoom - 1) * length / 2 + 0.35 * length * Math.min(1, view.zoom - 1);
    view.x = clamp(view.x, -slack(size.width), slack(size.width));
    view.y = clamp(view.y, -slack(size.height), slack(size.height));
    this.reset.hidden = view.zoom === 1;
    this.canvas.style.touchAction = view.zoom === 1 && this.tool === "move" ? "pan-y" : "none"; // a finger scrolls the page past
    this.wake();
  }

  showAll() {
    Object.assign(this.view, { x: 0, y: 0, zoom: 1 });
    this.viewed();
  }

  // ---------------------------------------------------------------- events

  listen() {
    const { canvas, pointers } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const on = (name, act, options) => canvas.addEventListener(name, act, options);

    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.stage);
    this.onSprites = (digest) => digest === this.digest && (this.dress(), this.hovered >= 0 && this.showCard(), this.wake());
    store.waiting.add(this.onSprites);

    let scrolled = 0; // when the page was last scrolled: a wheel that passes over is no zoom
    this.onScroll = (event) => { if (!event.composedPath().includes(canvas)) scrolled = event.timeStamp; };
    window.addEventListener("wheel", this.onScroll, { passive: true });
    on("wheel", (event) => {
      const out = event.deltaY > 0 && this.view.zoom === 1;
      if (!event.ctrlKey && (out || event.timeStamp - scrolled < 400)) return void (scrolled = event.timeStamp);
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 20 : 1;
      this.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), ...place(event));
    }, { passive: false });

    let travelled = 0;
    on("pointerdown", (event) => {
      pointers.set(event.pointerId, place(event));
      canvas.setPointerCapture(event.pointerId);
      travelled = 0;
      const draws = this.tool !== "move" || (event.shiftKey && this.group);
      this.path = draws && pointers.size === 1 ? [place(event)] : null;
    });
    on("pointermove", (event) => {
      const [x, y] = place(event);
      const before = pointers.get(event.pointerId);
      if (!before) return void this.hover(this.at(x, y, Math.max(14, this.diameter / 2 + 4)));
      travelled += Math.hypot(x - before[0], y - before[1]);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        this.path = null; // two fingers zoom
        const spread = Math.hypot(x - other[0], y - other[1]) / (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1);
        this.zoomBy(spread, (x + other[0]) / 2, (y + other[1]) / 2);
        this.panBy((x - before[0]) / 2, (y - before[1]) / 2);
      } else if (this.path) {
        this.path.push([x, y]);
        this.wake();
      } else {
        if (travelled > 4) canvas.classList.add("held");
        this.panBy(x - before[0], y - before[1]);
      }
      pointers.set(event.pointerId, [x, y]);
    });
    on("pointerup", (event) => {
      const tapped = pointers.delete(event.pointerId) && travelled < 6;
      canvas.classList.remove("held");
      if (this.path && !tapped) this.group?.(this.within());
      this.path = null;
      this.wake();
      if (!tapped) return;
      this.hover(this.at(...place(event), event.pointerType === "mouse" ? 14 : 26));
      if (this.hovered >= 0) this.pick?.(this.hovered);
    });
    on("pointercancel", (event) => { pointers.delete(event.pointerId); this.path = null; canvas.classList.remove("held"); });
    on("pointerleave", (event) => event.pointerType === "mouse" && !pointers.size && this.hover(-1));
    on("dblclick", () => this.showAll());
    this.reset.addEventListener("click", () => this.showAll());
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        this.drawAs = button.dataset.as;
        this.dress();
        this.paint();
        this.wake();
      });
    }
    for (const button of this.tools) button.addEventListener("click", () => this.use(button.dataset.tool));
    this.play.addEventListener("click", () => {
      if (!this.playing && this.film.at >= this.film.words.length - 1) this.seek(0);
      this.playing = !this.playing;
      this.show();
      this.wake();
    });
    this.time.addEventListener("input", () => {
      this.playing = false;
      this.seek(Number(this.time.value));
    });
    on("keydown", (event) => this.key(event));
    on("blur", () => this.hover(-1));
  }

  key(event) {
    const { width, height } = this.size;
    const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (arrows[event.key]) {
      this.hover(this.towards(...arrows[event.key]));
      this.said.textContent = this.names[this.hovered] ?? "";
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1.4, width / 2, height / 2);
    else if (event.key === "-") this.zoomBy(1 / 1.4, width / 2, height / 2);
    else if (event.key === "0") this.showAll();
    else if (event.key === "Escape") this.hover(-1);
    else if (event.key === "Enter" && this.hovered >= 0) this.pick?.(this.hovered);
    else return;
    event.preventDefault();
  }

  towards(dx, dy) { // the nearest point in a direction, sideways steps counting double
    const { screen, size, hovered } = this;
    if (hovered < 0) return this.at(size.width / 2, size.height / 2, Infinity);
    let [best, nearest] = [hovered, Infinity];
    for (let i = 0; i < this.count; i++) {
      const x = screen[2 * i] - screen[2 * hovered], y = screen[2 * i + 1] - screen[2 * hovered + 1];
      const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (i !== hovered && ahead > 1 && ahead + 2 * aside < nearest) [best, nearest] = [i, ahead + 2 * aside];
    }
    return best;
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    if (!width || !height) return;
    const first = !this.size.width;
    this.size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.viewed();
    if (!this.count) return;
    this.paint();
    this.fit(true);
    this.project();
    this.draw(); // in the same frame: a resized canvas is blank
    if (first) this.wake();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.resizer.disconnect();
    store.waiting.delete(this.onSprites);
    this.link("");
    window.removeEventListener("wheel", this.onScroll);
  }
}

// ------------------------------------------------------------------ small things

const spring = (value) => ({ value, target: value, velocity: 0 });
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

function step(spring, seconds) { // returns how far it still is
  const decay = Math.exp(-STIFFNESS * seconds);
  const away = spring.value - spring.target;
  const push = (spring.velocity + STIFFNESS * away) * seconds;
  spring.velocity = (spring.velocity - STIFFNESS * push) * decay;
  spring.value = spring.target + (away + push) * decay;
  return Math.abs(away) + Math.abs(spring.velocity) * 0.05;
}

function decode(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

function luminance(colour) {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
