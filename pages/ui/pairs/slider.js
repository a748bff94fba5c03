// From twins to strangers: two sliders, the two histograms between them, the pairs at the place, and
// what the threshold makes of all pairs. Everything moves here, at once; Python hears of it when the
// hand rests. One `Slider` per place lives on while Python hands it new data.

const NARROW = 760, TIGHT = 560; // CSS pixels
const REST = 160; // milliseconds without a move before Python is told
const store = (window.__siamese_sprites ??= { atlases: new Map(), waiting: new Set() });
const places = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let slider = places.get(parentElement);
  if (!slider) places.set(parentElement, (slider = new Slider(parentElement.querySelector(".pairs"))));
  slider.send = (what) => setTriggerValue("moved", what);
  slider.pick = (pair) => setTriggerValue("picked", pair);
  slider.update(data);
  return () => setTimeout(() => slider.root.isConnected || slider.close());
}

class Slider {
  constructor(root) {
    this.root = root;
    this.turn = 0; // of the last message to Python; an answer to an older one is out of date
    for (const name of ["at", "threshold"]) {
      const input = this.one(`input.${name}`);
      input.addEventListener("input", () => this.move(name, +input.value * this.data.step));
      input.addEventListener("change", () => this.tell());
    }
    this.watcher = new ResizeObserver(() => this.lay());
    this.watcher.observe(root);
    this.waiting = (digest) => digest === this.data?.sprites && this.drawPairs();
    store.waiting.add(this.waiting);
  }

  close() { this.watcher.disconnect(); store.waiting.delete(this.waiting); clearTimeout(this.timer); }

  one(selector) { return this.root.querySelector(selector); }

  update(data) {
    const again = this.data?.digest === data.digest;
    this.data = data;
    if (!again) {
      this.below = ints(data.below); // (2, T): pairs of each kind closer than k steps
      this.stops = ints(data.stops); // (S, 2, shown, 2): sprites of the pairs at each stop
      this.gaps = floats(data.gaps); // (S, 2, shown): their distances
      this.around = ints(data.around); // (S, 2): pairs of each kind within the width of a stop
      this.last = this.below.length / 2 - 1; // the last step
      for (const name of ["at", "threshold"]) {
        const input = this.one(`input.${name}`);
        input.max = this.last;
        input.step = name === "at" ? Math.round(data.stop / data.step) : 1;
      }
      this.drawHills();
    }
    if (!again || (data.turn >= this.turn && this.timer === undefined)) {
      this.turn = Math.max(this.turn, data.turn);
      this.at = data.at;
      this.threshold = data.threshold;
    }
    this.draw();
  }

  move(name, value) {
    this[name] = value;
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), REST);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const now = `${this.at} ${this.threshold}`;
    if (now === this.told) return;
    this.told = now;
    this.turn += 1;
    this.root.dataset.told = this.turn;
    this.send({ at: this.at, threshold: this.threshold, turn: this.turn });
  }

  share(distance) { return Math.min(Math.max(distance / this.data.reach, 0), 1); }

  draw() {
    const { reach, step, digits, eer } = this.data;
    for (const name of ["at", "threshold"]) {
      const value = this[name], place = `${100 * this.share(value)}%`;
      const input = this.one(`input.${name}`), said = this.one(`output.${name}`);
      input.value = Math.round(value / step);
      this.one(`.mark.${name}`).style.left = place;
      said.textContent = name === "at" ? `${value.toFixed(digits)} apart` : `threshold ${value.toFixed(digits + 1)}`;
      const half = name === "at" ? 3.1 : 4.6, room = name === "at" ? 4.4 : 0; // rem, beside the words at the ends
      said.style.left = `clamp(${half + (room && room - 0.2)}rem, ${place}, calc(100% - ${half + room + (room && 0.9)}rem))`;
      input.setAttribute("aria-valuetext", said.textContent);
    }
    this.one("input.threshold").style.setProperty("--cut", `${100 * this.share(this.threshold)}%`);
    const cut = 1000 * this.share(this.threshold);
    this.one("#closer rect").setAttribute("width", cut);
    this.one("#farther rect").setAttribute("x", cut);
    const equal = this.one(".mark.eer");
    equal.style.left = `${100 * this.share(eer)}%`;
    equal.hidden = Math.abs(this.share(eer) - this.share(this.threshold)) < 0.06; // no room for both
    this.drawPairs();
    this.drawVerdicts();
    const { same, different, far, frr } = this.counts();
    this.one(".plot").setAttribute("aria-label", `Two histograms of distances from 0 to ${reach.toFixed(digits)}: ${this.below[this.last]} pairs of one person and ${
      this.below[2 * this.last + 1]} of two. Below the threshold of ${this.threshold.toFixed(digits)} lie ${same} of one person and ${different} of two: FAR ${percent(far)}, FRR ${percent(frr)}.`);
  }

  drawHills() {
    for (const name of ["same", "different"]) {
      const heights = this.data.hills[name], wide = 1000 / heights.length;
      const path = heights.map((height, i) => `L${(i * wide).toFixed(2)},${(100 - 94 * height).toFixed(2)} L${((i + 1) * wide).toFixed(2)},${(100 - 94 * height).toFixed(2)}`).join(" ");
      for (const hill of this.root.querySelectorAll(`path.${name}`)) hill.setAttribute("d", `M0,100 ${path} L1000,100 Z`);
    }
    const { ticks } = this.data;
    this.one(".axis").innerHTML = ticks.map((tick, i) => `<span class="${i ? (this.share(tick) > 0.97 ? "last" : "") : "first"}" style="left:${100 * this.share(tick)}%">${tick}</span>`).join("");
  }

  drawPairs() {
    const { shown, names, width, digits } = this.data;
    const stop = Math.min(Math.max(Math.round(this.at / this.data.stop), 0), this.around.length / 2 - 1);
    ["same", "different"].forEach((kind, k) => {
      const strip = this.one(`.strip.${kind}`), row = strip.querySelector(".row");
      const around = this.around[2 * stop + k];
      strip.querySelector("small").textContent = `${around.toLocaleString("en")} ${around === 1 ? "pair" : "pairs"} within ${width.toFixed(digits)} of here`;
      while (row.children.length < shown + 1) row.append(row.children.length ? this.card() : Object.assign(document.createElement("p"), { className: "none" }));
      let any = false;
      for (let n = 0; n < shown; n++) {
        const card = row.children[n + 1], place = (2 * stop + k) * shown + n;
        const [a, b] = [this.stops[2 * place], this.stops[2 * place + 1]];
        card.hidden = a < 0;
        if (card.hidden) continue;
        any = true;
        const gap = this.gaps[place], accepted = gap < this.threshold, right = accepted === (kind === "same");
        card.className = `pair ${accepted ? "accepted" : "rejected"} ${right ? "right" : "wrong"}`;
        card.pair = [a, b];
        const [left, second] = card.querySelectorAll("canvas");
        this.paint(left, a);
        this.paint(second, b);
        card.querySelector("span").textContent = gap.toFixed(digits);
        card.querySelector("b").textContent = `${right ? "✓" : "✗"} ${accepted ? "accepted" : "rejected"}`;
        card.setAttribute("aria-label", `${names[a]} and ${names[b]}, ${kind === "same" ? "one person" : "two people"}, ${gap.toFixed(digits)} apart: ${right ? "rightly" : "wrongly"} ${accepted ? "accepted" : "rejected"}. Look closely.`);
        card.title = `${names[a]} and ${names[b]}`;
      }
      row.firstChild.hidden = any;
      row.firstChild.style.display = any ? "none" : "";
      row.firstChild.textContent = kind === "same" ? "No pair of one person lies here." : "No pair of two people lies here.";
    });
  }

  card() {
    const card = document.createElement("button");
    card.type = "button";
    card.innerHTML = `<div class="faces"><canvas width="112" height="112"></canvas><canvas width="112" height="112"></canvas></div><p><span></span><b></b></p>`;
    card.addEventListener("click", () => this.pick({ pair: card.pair, digest: this.data.digest, again: Date.now() }));
    return card;
  }

  paint(canvas, index) {
    const atlas = store.atlases.get(this.data.sprites);
    const face = atlas ? `${this.data.sprites} ${index}` : "";
    if (canvas.face === face) return;
    canvas.face = face;
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!atlas) return; // it is drawn when the faces have arrived
    const { image, side, columns } = atlas;
    pen.drawImage(image, (index % columns) * side, Math.floor(index / columns) * side, side, side, 0, 0, canvas.width, canvas.height);
  }

  counts() {
    const k = Math.min(Math.max(Math.round(this.threshold / this.data.step), 0), this.last), rows = this.last + 1;
    const [same, different] = [this.below[k], this.below[rows + k]];
    const [allSame, allDifferent] = [this.below[this.last], this.below[rows + this.last]];
    return { same, different, allSame, allDifferent, far: different / allDifferent, frr: 1 - same / allSame };
  }

  drawVerdicts() {
    const { same, different, allSame, allDifferent, far, frr } = this.counts();
    const cells = [same, different, allSame - same, allDifferent - different];
    this.root.querySelectorAll("tbody td b").forEach((cell, i) => (cell.textContent = cells[i].toLocaleString("en")));
    const accepted = same + different;
    const rates = [
      ["FAR", far, "strangers accepted"],
      ["FRR", frr, "right ones rejected"],
      ["Precision", accepted ? same / accepted : 1, "accepted that are right"],
      ["Recall", 1 - frr, "right ones accepted"],
      ["Accuracy", (same + allDifferent - different) / (allSame + allDifferent), "right verdicts"],
    ];
    this.one("dl").innerHTML = rates.map(([name, rate, about]) => `<div><dt>${name}</dt><dd>${percent(rate)}<small>${about}</small></dd></div>`).join("");
  }

  lay() {
    const { width } = this.root.getBoundingClientRect();
    this.root.classList.toggle("narrow", width > 0 && width < NARROW);
    this.root.classList.toggle("tight", width > 0 && width < TIGHT);
  }
}

function percent(rate) {
  if (rate === 0) return "0 %";
  if (rate === 1) return "100 %";
  const shown = 100 * rate;
  if (shown < 0.1 || shown > 99.9) return `${shown.toFixed(2)} %`;
  return `${shown < 9.95 || shown > 90.05 ? shown.toFixed(1) : shown.toFixed(0)} %`; // as `share` in text.py
}

function bytes(text) { return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer; }
function ints(text) { return new Int32Array(bytes(text)); }
function floats(text) { return new Float32Array(bytes(text)); }
