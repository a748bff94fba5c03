// The race of the runs, how far apart the unseen photos lie, and its loss: drawn anew at each look.

const SVG = "http://www.w3.org/2000/svg";
const height = () => Math.round(Math.min(260, Math.max(140, 0.19 * innerHeight))); // px, of a chart: a screen has room for the map, too
const live = (window.__siamese_live ??= { look: null, listeners: new Set() });
const places = new WeakMap(); // place on the page → Curves

export default function ({ parentElement, data }) {
  let curves = places.get(parentElement);
  if (!curves) places.set(parentElement, (curves = new Curves(parentElement)));
  curves.follow(data);
  return () => setTimeout(() => parentElement.isConnected || curves.close());
}

class Curves {
  constructor(root) {
    const figure = (name) => {
      const found = root.querySelector(`.${name}`);
      return { picture: found.querySelector("svg"), note: found.querySelector(".note") };
    };
    this.race = new Race(root.querySelector(".curves"));
    this.distances = figure("distances");
    this.loss = figure("loss");
    this.hear = (look) => look.run === this.run && look.race_marks && this.draw(look);
    live.listeners.add(this.hear);
    this.resizer = new ResizeObserver(() => this.look && this.draw(this.look));
    this.resizer.observe(root.querySelector(".curves"));
  }

  follow({ look, ...data }) {
    this.data = data;
    this.colours = data.colours;
    const told = read(Uint8Array.from(atob(look), (letter) => letter.charCodeAt(0)).buffer);
    this.run = told.run;
    this.draw(told);
  }

  close() {
    live.listeners.delete(this.hear);
    this.resizer.disconnect();
  }

  draw(look) {
    this.look = look;
    this.race.draw(look, this.data);
    this.drawDistances(look);
    this.drawLoss(look);
  }

  drawDistances({ arrays: { same, different }, reach, threshold, distances_words, distances_note }) {
    const { picture, note } = this.distances;
    const tall = height(), width = sheet(picture, tall, distances_words);
    const base = tall - 24, x = (distance) => (distance / reach) * (width - 10);
    for (const [counts, colour] of [[same, this.colours.same], [different, this.colours.different]]) {
      const step = reach / counts.length; // each bin is as wide as it is
      const bins = [...counts].map((share, bin) => `V${(base - share * (base - 44)).toFixed(1)} H${x((bin + 1) * step).toFixed(1)}`);
      picture.append(draw("path", { d: `M0,${base} ${bins.join(" ")} V${base} Z`, fill: colour, "fill-opacity": 0.55 }));
    }
    picture.append(draw("path", { d: `M0,${base} H${width}`, class: "axis" }));
    for (let tick = 0; tick <= 4; tick++) picture.append(text(x((tick * reach) / 4), tall - 6, trim((tick * reach) / 4), { class: "quiet", "text-anchor": tick ? (tick < 4 ? "middle" : "end") : "start" }));
    if (threshold !== null) {
      const at = Math.min(x(threshold), width - 10), right = at > 0.7 * width;
      picture.append(draw("path", { d: `M${at},26 V${base}`, stroke: this.colours.neutral, "stroke-width": 2 }),
                     text(at + (right ? -6 : 6), 34, `threshold ${threshold.toFixed(2)}`, { class: "quiet", "text-anchor": right ? "end" : "start" }));
    }
    legend(picture, width, [["same person", this.colours.same], ["two people", this.colours.different]]);
    note.textContent = distances_note;
  }

  drawLoss({ arrays: { steps, loss }, collapse, loss_words, loss_note }) {
    const { picture, note } = this.loss;
    note.textContent = loss_note;
    picture.style.display = loss.length ? "" : "none";
    if (!loss.length) return;
    const tall = height() - 24, width = sheet(picture, tall, loss_words); // as low as the race beside it
    const base = tall - 24, top = 1.1 * Math.max(collapse, quantile(loss, 0.98), 1e-9), left = 40;
    const x = (step) => left + ((step - steps[0]) / Math.max(1, steps.at(-1) - steps[0])) * (width - left - 10);
    const y = (value) => base - Math.min(1, value / top) * (base - 10);
    const path = [...loss].map((value, i) => `${i ? "L" : "M"}${x(steps[i]).toFixed(1)},${y(value).toFixed(1)}`).join("");
    picture.append(
      draw("path", { d: `M${left},${base} H${width}`, class: "axis" }),
      draw("path", { d: `M${left},${y(collapse)} H${width - 10}`, stroke: this.colours.different, "stroke-dasharray": "5 4" }),
      text(width - 10, y(collapse) - 6, "loss of a collapsed net", { class: "quiet", "text-anchor": "end" }),
      draw("path", { d: path, fill: "none", stroke: this.colours.accent, "stroke-width": 2.5, "stroke-linejoin": "round" }),
      text(left - 6, y(0) + 4, "0", { class: "quiet", "text-anchor": "end" }),
      text(left - 6, 14, trim(top), { class: "quiet", "text-anchor": "end" }),
      text(left, tall - 6, `step ${steps[0].toLocaleString("en")}`, { class: "quiet" }),
      text(width - 10, tall - 6, steps.at(-1).toLocaleString("en"), { class: "quiet", "text-anchor": "end" }),
    );
  }
}

// ------------------------------------------------------------------ small things

function sheet(picture, height, words) { // an empty one; returns its width
  const width = Math.max(150, picture.clientWidth || picture.parentElement.clientWidth);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.style.height = `${height}px`;
  picture.setAttribute("aria-label", words);
  picture.replaceChildren();
  return width;
}

function draw(kind, attributes) {
  const node = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function text(x, y, words, attributes = {}) {
  const node = draw("text", { x, y, ...attributes });
  node.textContent = words;
  return node;
}

function legend(picture, width, entries) {
  let x = 0;
  for (const [words, colour] of entries) {
    picture.append(draw("circle", { cx: x + 6, cy: 8, r: 5, fill: colour }), text(x + 16, 12, words));
    x += 30 + 6.8 * words.length;
  }
}

const trim = (value) => String(Number(value.toPrecision(3)));

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}
