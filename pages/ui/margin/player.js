// Plays a trajectory that the server has computed: points, forces, the margin's ring, two charts.
// One `Lab` per place lives on while Python hands it new data.

const NARROW = 560; // CSS pixels
const SAME = "#0E9F8E", DIFFERENT = "#E4672E", NEUTRAL = "#8A8F98";
const PEOPLE = ["#5B5BD6", "#C9379D", "#2E8BE4", "#B8860B", "#8E3B46", "#6C9A1F", "#7A8699", "#A66BD4"];
const SIDES = [0, 4, 3, 5, 0, 4, 3, 5]; // shape of a person's points: 0 is round; turned for the second four
const LEVELS = 6; // of thickness: lines of a level are drawn in one go
const BINS = 32;
const places = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let lab = places.get(parentElement);
  if (!lab) places.set(parentElement, (lab = new Lab(parentElement.querySelector(".lab"))));
  lab.send = (what) => setTriggerValue("moved", what);
  lab.update(data);
  return () => setTimeout(() => lab.root.isConnected || lab.close());
}

class Lab {
  constructor(root) {
    this.root = root;
    this.plane = root.querySelector(".plane");
    this.hills = root.querySelector(".hills");
    this.curves = root.querySelector(".curves");
    this.scrub = root.querySelector(".scrub");
    this.time = 0; // in steps, with a fraction between two frames
    this.chosen = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const on = (selector, event, act) => root.querySelector(selector).addEventListener(event, act);
    on(".play", "click", () => (this.playing ? this.pause() : this.play()));
    on(".step", "click", () => { this.pause(); this.go(Math.floor(this.time) + 1); });
    on(".reset", "click", () => { this.pause(); this.go(0); });
    on(".restore", "click", () => this.send({ restore: true, at: Date.now() }));
    this.scrub.addEventListener("input", () => { this.pause(); this.go(+this.scrub.value); });
    this.plane.addEventListener("pointerdown", (event) => this.press(event));
    this.plane.addEventListener("pointermove", (event) => this.drag(event));
    this.plane.addEventListener("pointerup", (event) => this.drop(event));
    this.plane.addEventListener("pointercancel", () => this.letGo());
    // A finger on a point drags the point, elsewhere it scrolls the page.
    this.plane.addEventListener("touchstart", (event) => this.held !== undefined && event.preventDefault(), { passive: false });
    this.plane.addEventListener("keydown", (event) => this.key(event));
    this.watcher = new ResizeObserver(() => this.lay());
    this.watcher.observe(root);
    this.beside = besideControls(root, this.plane, () => this.draw());
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  }

  close() { this.pause(); for (const it of [this.watcher, this.theme, this.beside]) it.disconnect(); }

  update(data) {
    const again = this.data?.id === data.id;
    this.data = data;
    this.root.querySelector(".restore").hidden = !data.moved;
    if (again) return this.draw();
    this.held = this.place = undefined;
    this.frames = data.frames;
    this.count = data.people * data.photos;
    this.positions = floats(data.positions);
    this.forces = new Int8Array(bytes(data.forces).buffer);
    for (const name of ["loss", "active", "same", "different"]) this[name] = floats(data[name]);
    this.chosen = Math.min(this.chosen, this.count - 1);
    this.measure();
    this.scrub.max = this.frames - 1;
    this.plane.setAttribute("aria-label", `${this.count} points of ${data.people} people. ${data.words} Arrow keys choose the point with the ring.`);
    this.time = 0;
    this.lay();
    if (this.still) this.pause(); else this.play();
  }

  person(i) { return Math.floor(i / this.data.photos); }

  measure() { // sizes that stay the same for the whole run
    let reach = this.data.normalised ? 1.15 : 0.6, far = 0.2;
    for (const value of this.positions) reach = Math.max(reach, Math.abs(value) * 1.12);
    for (let t = 0; t < this.frames; t += Math.max(1, this.frames >> 4)) this.pairs(t, (d) => (far = Math.max(far, d)));
    this.reach = reach;
    this.far = far * 1.04;
    this.top = Math.max(...this.loss, this.data.heap ?? 0, 1e-6) * 1.08;
  }

  at(i) { // where point i is now, between two frames
    if (this.place && this.held === i) return this.place;
    const t = Math.floor(this.time), rest = this.time - t, now = 2 * (t * this.count + i);
    const next = t + 1 < this.frames ? now + 2 * this.count : now;
    return [0, 1].map((k) => this.positions[now + k] * (1 - rest) + this.positions[next + k] * rest);
  }

  pairs(t, see) {
    const p = this.positions, base = 2 * t * this.count;
    for (let i = 0; i < this.count; i++) for (let j = i + 1; j < this.count; j++) {
      const a = base + 2 * i, b = base + 2 * j;
      see(Math.hypot(p[a] - p[b], p[a + 1] - p[b + 1]), this.person(i) === this.person(j));
    }
  }

  // -- time --
  play() {
    if (this.time >= this.frames - 1) this.time = 0;
    this.playing = true;
    this.label();
    let before;
    const tick = (now) => {
      if (!this.playing || !this.root.isConnected) return;
      if (before !== undefined) this.time = Math.min(this.time + (Math.min(now - before, 100) / 1000) * this.data.speed, this.frames - 1);
      before = now;
      this.draw();
      if (this.time >= this.frames - 1) return this.pause();
      this.ticking = requestAnimationFrame(tick);
    };
    cancelAnimationFrame(this.ticking);
    this.ticking = requestAnimationFrame(tick);
  }

  pause() { this.playing = false; cancelAnimationFrame(this.ticking); this.label(); }

  go(time) { this.time = Math.max(0, Math.min(time, this.frames - 1)); this.draw(); this.label(); }

  label() {
    const word = this.playing ? "❚❚ Pause" : this.time >= this.frames - 1 ? "▶ Again" : "▶ Play";
    this.root.querySelector(".play").textContent = word;
  }

  // -- hands --
  spot(event) {
    const box = this.plane.getBoundingClientRect(), scale = box.width / 2 / this.reach;
    return [(event.clientX - box.left - box.width / 2) / scale, (box.height / 2 - event.clientY + box.top) / scale, scale];
  }

  near(event) {
    const [x, y, scale] = this.spot(event);
    let best, least = (event.pointerType === "touch" ? 22 : 14) / scale;
    for (let i = 0; i < this.count; i++) {
      const [px, py] = this.at(i), d = Math.hypot(px - x, py - y);
      if (d < least) [best, least] = [i, d];
    }
    return best;
  }

  press(event) {
    const point = this.near(event);
    if (point === undefined) return;
    this.pause();
    this.chosen = this.held = point;
    this.from = [event.clientX, event.clientY];
    this.plane.setPointerCapture(event.pointerId);
    this.plane.classList.add("drag");
    this.draw();
  }

  drag(event) {
    if (this.held === undefined || !this.from) return void this.plane.classList.toggle("over", this.near(event) !== undefined);
    if (!this.place && Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) < 5) return;
    const [x, y] = this.spot(event).map((value) => Math.max(-this.reach, Math.min(value, this.reach)));
    const length = this.data.normalised ? Math.hypot(x, y) || 1 : 1;
    this.place = [x / length, y / length];
    this.draw();
  }

  drop() {
    if (this.held === undefined) return;
    this.plane.classList.remove("drag");
    this.from = undefined;
    if (!this.place) return this.letGo();
    this.send({ id: this.data.id, frame: Math.floor(this.time), point: this.held, x: this.place[0], y: this.place[1] }); // and wait for the new run
  }

  letGo() {
    this.held = this.place = this.from = undefined;
    this.plane.classList.remove("drag");
    this.draw();
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === " ") this.playing ? this.pause() : this.play();
    else if (step) this.chosen = (this.chosen + step + this.count) % this.count;
    else return;
    event.preventDefault();
    this.draw();
  }

  // -- pictures --
  lay() {
    if (!this.data) return;
    this.root.classList.toggle("narrow", this.root.clientWidth < NARROW);
    this.draw();
  }

  draw() {
    if (!this.positions) return;
    const style = getComputedStyle(this.root), read = (name) => style.getPropertyValue(name).trim();
    this.ink = { text: read("--st-text-color"), back: read("--st-background-color"), border: read("--st-border-color"), accent: read("--st-primary-color"), different: read("--different-ink"), font: read("--st-font") || "sans-serif" };
    const t = Math.floor(this.time);
    this.drawPlane(t);
    this.drawHills(t);
    this.drawCurves(t);
    this.drawBeside(t);
    this.scrub.value = t;
    this.root.querySelector("output").textContent = `${t} / ${this.frames - 1}`;
    this.root.dataset.frame = t;
    this.root.dataset.drawn = +(this.root.dataset.drawn ?? 0) + 1;
  }

  drawBeside(t) { // the plane once more, small, and what it has come to
    const small = this.root.querySelector(".beside"), canvas = small.querySelector("canvas");
    if (small.hidden || !this.plane.width) return;
    canvas.width = canvas.height = 2 * canvas.clientWidth;
    canvas.getContext("2d").drawImage(this.plane, 0, 0, canvas.width, canvas.height);
    const words = { same: `same person ${this.same[t].toFixed(2)} apart`, different: `strangers ${this.different[t].toFixed(2)}`, loss: `loss ${this.loss[t].toFixed(3)}` };
    small.querySelector("p").replaceChildren(...Object.entries(words).map(([kind, told]) => Object.assign(document.createElement("span"), { className: kind, textContent: told })));
  }

  drawPlane(t) {
    const { pen, width, height } = fitted(this.plane), scale = width / 2 / this.reach;
    const all = Array.from({ length: this.count }, (_, i) => this.at(i));
    const seen = all.map(([x, y]) => [width / 2 + x * scale, height / 2 - y * scale]);
    if (this.data.normalised) circle(pen, width / 2, height / 2, scale), stroke(pen, this.ink.border, 2);
    this.drawRing(pen, all, seen, scale);
    this.drawForces(pen, t, seen);
    const order = seen.map((_, i) => i).sort((a, b) => (a === this.chosen) - (b === this.chosen)); // it lies on top
    for (const i of order) {
      const [x, y] = seen[i], who = this.person(i), chosen = i === this.chosen;
      shape(pen, x, y, chosen ? 8.5 : 6.5, SIDES[who], who >= 4);
      pen.fillStyle = PEOPLE[who];
      pen.fill();
      stroke(pen, chosen ? this.ink.text : this.ink.back, chosen ? 2.2 : 1.4);
    }
  }

  drawRing(pen, all, seen, scale) { // inside: where its own person should be; beyond the outer line: strangers
    const { kind: loss, margin, flipped } = this.data, me = this.chosen;
    let inner = 0, outer = margin;
    if (loss === "triplet") {
      for (let i = 0; i < this.count; i++) if (i !== me && (this.person(i) === this.person(me)) !== flipped)
        inner = Math.max(inner, Math.hypot(all[i][0] - all[me][0], all[i][1] - all[me][1]));
      outer = inner + margin;
    } else if (loss === "circle") [inner, outer] = [Math.sqrt(2 * margin), Math.sqrt(Math.max(2 - 2 * margin, 0))];
    const [x, y] = seen[me];
    pen.beginPath();
    pen.arc(x, y, Math.max(inner, outer) * scale, 0, 7);
    pen.arc(x, y, Math.min(inner, outer) * scale, 7, 0, true);
    pen.globalAlpha = 0.13;
    pen.fillStyle = this.ink.accent;
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    if (inner) circle(pen, x, y, inner * scale), stroke(pen, flipped ? DIFFERENT : SAME, 1.3);
    pen.setLineDash([6, 5]);
    circle(pen, x, y, outer * scale);
    stroke(pen, this.ink.accent, 1.8);
    pen.setLineDash([]);
  }

  drawForces(pen, t, seen) {
    const lines = Array.from({ length: 2 * LEVELS }, () => []), pairs = (this.count * (this.count - 1)) / 2;
    let k = t * pairs;
    for (let i = 0; i < this.count; i++) for (let j = i + 1; j < this.count; j++, k++) {
      const force = this.forces[k];
      if (force) lines[Math.min(LEVELS - 1, Math.floor((Math.abs(force) / 128) * LEVELS)) + (force > 0 ? LEVELS : 0)].push(i, j);
    }
    pen.lineCap = "round";
    lines.forEach((ends, n) => {
      if (!ends.length) return;
      const level = (n % LEVELS) + 1;
      pen.beginPath();
      for (let e = 0; e < ends.length; e += 2) pen.moveTo(...seen[ends[e]]), pen.lineTo(...seen[ends[e + 1]]);
      pen.globalAlpha = 0.12 + (0.6 * level) / LEVELS;
      stroke(pen, n < LEVELS ? DIFFERENT : SAME, 0.3 + (3 * level) / LEVELS);
    });
    pen.globalAlpha = 1;
  }

  drawHills(t) {
    const { pen, width, height } = fitted(this.hills), floor = height - 22, x = (d) => 4 + (d / this.far) * (width - 8);
    const counts = { true: new Float32Array(BINS), false: new Float32Array(BINS) };
    let widest = 0, nearest = Infinity;
    this.pairs(t, (d, same) => {
      counts[same][Math.min(BINS - 1, Math.floor((d / this.far) * BINS))]++;
      if (same) widest = Math.max(widest, d); else nearest = Math.min(nearest, d);
    });
    for (const [same, colour] of [[false, DIFFERENT], [true, SAME]]) {
      const most = Math.max(...counts[same]) || 1;
      pen.beginPath();
      pen.moveTo(x(0), floor);
      counts[same].forEach((n, b) => {
        const y = floor - (n / most) * (floor - 26);
        pen.lineTo(x((b / BINS) * this.far), y);
        pen.lineTo(x(((b + 1) / BINS) * this.far), y);
      });
      pen.lineTo(x(this.far), floor);
      pen.globalAlpha = 0.5;
      pen.fillStyle = colour;
      pen.fill();
      pen.globalAlpha = 1;
    }
    pen.beginPath();
    pen.moveTo(x(0), floor);
    pen.lineTo(x(this.far), floor);
    stroke(pen, this.ink.text, 1.2);
    const gap = this.different[t] - this.same[t], left = x(Math.min(this.same[t], this.different[t])), right = x(Math.max(this.same[t], this.different[t]));
    for (const [at, colour] of [[this.same[t], SAME], [this.different[t], DIFFERENT]]) {
      pen.beginPath();
      pen.moveTo(x(at), 17);
      pen.lineTo(x(at), floor);
      stroke(pen, colour, 1.6);
    }
    pen.beginPath();
    pen.moveTo(left, 20);
    pen.lineTo(right, 20);
    stroke(pen, this.ink.accent, 2);
    this.word(pen, `gap of the means ${signed(gap)}`, (left + right) / 2, 10, this.ink.text, "center", width);
    const ticks = this.far > 2.4 ? 1 : 0.5;
    for (let d = 0; d <= this.far; d += ticks) this.word(pen, `${d}`, x(d), floor + 12, this.ink.text, "center", width, 0.74);
    this.hills.setAttribute("aria-label", `Step ${t}: within a person distances of ${this.same[t].toFixed(2)} on average, at most ${widest.toFixed(2)}; between people ${this.different[t].toFixed(2)}, at least ${nearest.toFixed(2)}.`);
  }

  drawCurves(t) {
    const { pen, width, height } = fitted(this.curves), floor = height - 20, roof = 20, last = Math.max(this.frames - 1, 1);
    const x = (step) => 4 + (step / last) * (width - 8), line = (values, top, colour, thick) => {
      pen.beginPath();
      values.forEach((value, step) => pen.lineTo(x(step), floor - (value / top) * (floor - roof)));
      stroke(pen, colour, thick);
    };
    const { heap } = this.data, grey = NEUTRAL;
    if (heap) {
      const y = floor - (heap / this.top) * (floor - roof);
      pen.setLineDash([5, 4]);
      pen.beginPath();
      pen.moveTo(x(0), y);
      pen.lineTo(x(last), y);
      stroke(pen, DIFFERENT, 1.3);
      pen.setLineDash([]);
      this.word(pen, "if all fell on one heap", width - 5, y > floor - 16 ? y - 9 : y + 10, this.ink.different, "right", width);
    }
    pen.beginPath();
    pen.moveTo(x(0), floor);
    pen.lineTo(x(last), floor);
    stroke(pen, this.ink.text, 1.2);
    line(this.active, 1, grey, 1.4);
    line(this.loss, this.top, this.ink.accent, 2.4);
    pen.beginPath();
    pen.moveTo(x(this.time), roof - 6);
    pen.lineTo(x(this.time), floor);
    stroke(pen, this.ink.text, 1);
    for (const [value, colour] of [[this.active[t], grey], [this.loss[t] / this.top, this.ink.accent]]) {
      circle(pen, x(this.time), floor - value * (floor - roof), 4);
      pen.fillStyle = colour;
      pen.fill();
    }
    const told = `loss ${this.loss[t].toFixed(this.top > 20 ? 1 : 3)} · ${Math.round(100 * this.active[t])} % active`;
    this.word(pen, told, x(this.time), 8, this.ink.text, "center", width);
    this.word(pen, "step 0", 4, floor + 11, this.ink.text, "left", width, 0.74);
    this.word(pen, `${last}`, width - 4, floor + 11, this.ink.text, "right", width, 0.74);
    this.curves.setAttribute("aria-label", `Step ${t} of ${last}: ${told}.`);
  }

  word(pen, text, x, y, colour, align, width, alpha = 1) {
    pen.font = `12px ${this.ink.font}`;
    const half = pen.measureText(text).width / 2 + 3;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillText(text, align === "center" ? Math.max(half, Math.min(x, width - half)) : x, y);
    pen.globalAlpha = 1;
  }
}

function fitted(canvas) { // as many pixels as the screen has, coordinates in CSS pixels
  const ratio = Math.min(window.devicePixelRatio || 1, 2), width = canvas.clientWidth || 1, height = canvas.clientHeight || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

function circle(pen, x, y, radius) { pen.beginPath(); pen.arc(x, y, radius, 0, 7); }
function stroke(pen, colour, width) { pen.strokeStyle = colour; pen.lineWidth = width; pen.stroke(); }
function signed(value) { return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`; }

function shape(pen, x, y, radius, sides, turned) { // round, or a polygon of about the same area
  if (!sides) return void circle(pen, x, y, turned ? radius * 0.8 : radius);
  pen.beginPath();
  for (let k = 0; k < sides; k++) {
    const angle = (2 * Math.PI * k) / sides + (sides === 4 ? Math.PI / 4 : -Math.PI / 2) + (turned ? Math.PI / sides : 0), r = radius * (sides === 3 ? 1.35 : 1.2);
    pen.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  pen.closePath();
}

function bytes(base64) { return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)); }
function floats(base64) { return new Float32Array(bytes(base64).buffer); }
