// The map of embeddings. One `FaceMap` per place on the page lives as long as the place does;
// every rerun of the Python script only hands it new data, so nothing is torn down or flickers.
//
// Points and camera are critically damped springs, which stay smooth when new targets arrive while
// they still move. Of a film, the frames are where the springs pull to.

const STIFFNESS = 11; // 1/s: 97 % of the way after half a second
const AT_REST = 0.02; // CSS pixels
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const store = (window.__siamese_sprites ??= { atlases: new Map(), waiting: new Set() });
const live = (window.__siamese_live ??= { look: null, listeners: new Set() });
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
    this.figure = find(".map");
    this.stage = find(".stage");
    this.canvas = find(".stage > canvas");
    this.caption = find("figcaption");
    this.legend = find(".legend");

    this.count = 0;
    this.hovered = -1; // index of a point
    this.person = -1; // label whose points stand out
    this.fade = spring(0); // how far the others have faded
    this.guests = [];
    this.linked = "";
    this.size = { width: 0, height: 0, ratio: 1 };

    this.film = new Film(root, () => this.follow());
    this.onLook = (look) => this.look(look);
    live.listeners.add(this.onLook);
    this.camera = new Camera(this, find(".reset"));
    this.faces = new Faces(this, root);
    this.card = new Card(this, root);
    this.drawing = new Drawing(this);
    this.hand = new Hand(this, root);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.stage);
  }

  // ---------------------------------------------------------------- data

  update(data) {
    this.film.load(data.film);
    const target = this.film.reel ? this.film.places() : new Float32Array(decode(data.points)); // (N, 2)
    const fresh = target.length !== this.count * 2;
    if (fresh) this.begin(target);
    else target.forEach((value, i) => isFinite(value) && (this.target[i] = value));
    this.labels = new Int32Array(decode(data.labels));
    this.names = data.names;
    this.palette = data.palette;
    this.tints = data.tints && new Int32Array(decode(data.tints));
    this.hollow = data.hollow && new Uint8Array(decode(data.hollow));
    this.lit = data.lit && new Uint8Array(decode(data.lit));
    this.lines = data.lines ?? [];
    this.picked = data.picked ?? -1;
    this.guests = data.guests ?? [];
    this.guests.forEach((uri) => this.faces.invite(uri));
    this.follows = data.follows ?? "";
    this.link(data.linked ?? "");
    explain(this.legend, data.legend ?? []);
    this.hand.offer(!!this.group);
    this.describe(data.caption, target);
    this.fade.target = this.hovered >= 0 || this.lit ? 1 : 0;
    this.faces.use(data.sprites);
    this.fit(fresh);
  }

  begin(target) { // other points than before: nothing glides
    this.count = target.length / 2;
    this.target = target.map((value) => (isFinite(value) ? value : 0));
    this.position = this.target.slice();
    this.velocity = new Float32Array(target.length);
    this.screen = new Float32Array(target.length);
    this.hover(-1);
  }

  describe(caption, target) { // for those who cannot see the map, and for tests
    this.caption.textContent = caption;
    this.canvas.setAttribute("aria-label", `Map of ${this.count} ${this.count === 1 ? "face" : "faces"}. Arrow keys go from face to `
      + "face, plus and minus zoom, 0 shows everything.");
    this.figure.dataset.picked = this.picked;
    this.figure.dataset.points = this.count;
    this.figure.dataset.drawing = `${target[0]} ${target[1]} ${target.at(-1)}`; // which map it is
  }

  look({ run, caption, arrays: { map } }) { // at a run that trains, see wire.js
    if (run !== this.follows || map?.length !== this.count * 2) return;
    map.forEach((value, i) => isFinite(value) && (this.target[i] = value));
    this.describe(caption, map);
    this.fit(false);
    this.wake();
  }

  follow() { // the film stands elsewhere
    this.target.set(this.film.places().subarray(0, this.target.length));
    this.wake();
  }

  fit(atOnce) {
    const { reel } = this.film; // all its frames, so that the camera stands still
    this.camera.fit(reel ? reel.frames : this.target, reel ? reel.scale : 1, atOnce);
  }

  dressed() { // other faces, or none: everything is drawn anew
    this.drawing.paint();
    if (this.hovered >= 0) this.card.show(this.hovered);
    this.wake();
  }

  link(name) { // maps of the same faces that point at each other
    if (name === this.linked) return;
    const all = (store.linked ??= new Map());
    all.get(this.linked)?.delete(this);
    if (name) all.set(name, (all.get(name) ?? new Set()).add(this));
    this.linked = name;
  }

  guest(i) { // the number of the newcomer that point i is, or -1
    const number = i - (this.count - this.guests.length);
    return number >= 0 ? number : -1;
  }

  // ---------------------------------------------------------------- time

  wake() {
    this.frame ??= requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = null;
    const passed = Math.min((now - (this.last ?? now - 16)) / 1000, 0.25);
    this.last = now;
    const rolls = this.film.roll(passed);
    const moves = this.move(STILL.matches ? 10 : passed);
    this.camera.project(this.position, this.screen);
    this.drawing.draw();
    if (this.hovered >= 0) this.card.place(this.hovered);
    if (moves || rolls) this.wake();
    else this.last = null;
  }

  move(seconds) { // true while anything is still under way
    const { position, velocity, target, camera: { unit } } = this;
    let rest = Math.max(this.camera.move(seconds), step(this.fade, seconds) * 100);
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

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    if (!width || !height) return;
    const first = !this.size.width;
    this.size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.camera.viewed();
    if (!this.count) return;
    this.drawing.paint();
    this.fit(true);
    this.camera.project(this.position, this.screen);
    this.drawing.draw(); // in the same frame: a resized canvas is blank
    if (first) this.wake();
  }

  close() {
    live.listeners.delete(this.onLook);
    cancelAnimationFrame(this.frame);
    this.resizer.disconnect();
    store.waiting.delete(this.faces.arrived);
    this.link("");
    this.hand.close();
  }

  // ---------------------------------------------------------------- pointing

  hover(index, echo = false) {
    if (index === this.hovered) return;
    if (!echo) {
      for (const other of store.linked?.get(this.linked) ?? []) {
        if (other !== this && other.count === this.count) other.hover(index, true);
      }
    }
    this.hovered = index;
    this.canvas.classList.toggle("over", index >= 0 && !!this.pick);
    this.card.show(index);
    if (index >= 0) this.person = this.labels[index];
    this.fade.target = index >= 0 || this.lit ? 1 : 0;
    this.figure.dataset.hovered = index;
    this.wake();
  }

  at(x, y, reach) { // index of the nearest point within reach, or -1
    let [best, nearest] = [-1, reach * reach];
    for (let i = 0; i < this.count; i++) {
      const away = (this.screen[2 * i] - x) ** 2 + (this.screen[2 * i + 1] - y) ** 2;
      if (away < nearest) [best, nearest] = [i, away];
    }
    return best;
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
