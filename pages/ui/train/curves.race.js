// The race: a line for each run, how often it errs against its steps or seconds.

const GRID = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002];
const DASHES = ["none", "8 4", "2 4", "12 4 2 4"]; // beside colours, for those who see few of them
const ROOM = 420; // px, from which on names stand at the ends of the lines
const LETTER = 6.7; // px
const LINE = 16; // px between two names

class Race {
  constructor(all) {
    this.all = all;
    this.picture = all.querySelector(".race svg");
  }

  part(name) {
    return this.all.querySelector(name);
  }

  draw(look, { others, line, axis, pixels, notes, colours }) {
    const mine = { ...look.arrays, race_marks: look.race_marks, name: look.run, line };
    const lines = [...others, mine].map((one) => ({ ...one, colour: colours.lines[one.line % colours.lines.length],
      dash: DASHES[one.line % DASHES.length], end: one.race_rates.at(-1), is_mine: one === mine }));
    const scales = this.sheet(lines, axis, pixels);
    this.drawGrid(scales, axis, pixels, colours);
    for (const one of lines) this.drawLine(scales, one, axis);
    this.drawNames(scales, lines, axis);
    this.write(look, notes);
  }

  write({ trend, errors_note, pace, share }, notes) {
    this.part(".trend").textContent = trend;
    this.part(".words .note").textContent = [...notes, errors_note].filter(Boolean).join(" ");
    this.part(".pace").textContent = share ? `${pace}. ${share}` : pace;
  }

  sheet(lines, axis, pixels) { // an empty one, and its scales
    const words = lines.map((one) => `${one.name}: ${percent(one.end)} at step ${Math.round(one.race_steps.at(-1))}` +
      one.race_marks.map(({ says }) => `, ${says}`).join(""));
    const tall = height(), width = sheet(this.picture, tall, `Equal error rates by ${axis}. ${words.join(". ")}. Raw pixels: ${percent(pixels)}.`);
    const named = width >= ROOM, longest = Math.max(...lines.map(({ name }) => name.length + 8));
    const left = 44, right = named ? Math.min(0.4 * width, LETTER * longest + 22) : 26, base = tall - 26;
    const rates = lines.flatMap((one) => [...one.race_rates]);
    const top = Math.max(0.5, pixels, ...rates), floor = Math.max(GRID.at(-1), Math.min(0.1, ...rates) / 1.15);
    const last = Math.max(1, ...lines.map((one) => one[`race_${axis}`].at(-1)));
    const decades = Math.log(top / floor);
    return {
      width, named, left, base, last, top, floor, right: width - right,
      x: (value) => left + (value / last) * (width - right - left),
      y: (rate) => base - (Math.log(Math.max(rate, floor) / floor) / decades) * (base - 10),
    };
  }

  drawGrid({ x, y, left, right, base, last, top, floor }, axis, pixels, colours) {
    for (const rate of GRID.filter((one) => one >= floor && one <= top)) {
      this.picture.append(draw("path", { d: `M${left},${y(rate)} H${right}`, class: "axis faint" }),
                          text(left - 6, y(rate) + 4, `${trim(100 * rate)} %`, { class: "quiet", "text-anchor": "end" }));
    }
    this.picture.append(draw("path", { d: `M${left},${base} H${right}`, class: "axis" }));
    const stride = nice(last / 4);
    for (let at = 0; at <= last; at += stride) {
      const word = `${at.toLocaleString("en")}${axis === "seconds" ? " s" : at ? "" : " steps"}`;
      this.picture.append(text(x(at), base + 20, word, { class: "quiet", "text-anchor": at ? "middle" : "start" }));
    }
    this.picture.append(draw("path", { d: `M${left},${y(pixels)} H${right}`, stroke: colours.neutral, "stroke-width": 1.5, "stroke-dasharray": "3 3" }),
                        text(right, y(pixels) - 5, "raw pixels", { class: "quiet", "text-anchor": "end" }));
  }

  drawLine({ x, y }, one, axis) {
    const points = [...one.race_rates].map((rate, i) => [x(one[`race_${axis}`][i]), y(rate)]);
    const d = points.map(([across, down], i) => `${i ? "L" : "M"}${across.toFixed(1)},${down.toFixed(1)}`).join("");
    const [across, down] = points.at(-1);
    this.picture.append(
      draw("path", { d, class: "run", fill: "none", stroke: one.colour, "stroke-dasharray": one.dash, "stroke-width": one.is_mine ? 3 : 2, "stroke-linejoin": "round" }),
      draw("circle", { cx: across, cy: down, r: one.is_mine ? 4.5 : 3.5, fill: one.colour }),
    );
    for (const { step, says } of one.race_marks) this.drawMark(between(one.race_steps, points, step), one, says);
  }

  drawMark([across, down], { name, colour }, says) { // a setting was moved here
    const mark = draw("g", { class: "mark", transform: `translate(${across.toFixed(1)},${down.toFixed(1)})` });
    mark.append(draw("circle", { r: 11, fill: "transparent" }), draw("path", { d: "M0,-6 L6,0 L0,6 L-6,0 Z", fill: colour }));
    const tell = () => { this.part(".hint").textContent = `${name}, ${says}`; };
    for (const kind of ["pointerenter", "click"]) mark.addEventListener(kind, tell);
    this.picture.append(mark);
  }

  drawNames({ x, y, named, right, width, base }, lines, axis) {
    const key = this.part(".key");
    key.replaceChildren();
    const rows = apart(lines.map((one) => y(one.end)), base);
    const room = Math.floor((width - right - 16) / LETTER) - 8;
    lines.forEach((one, i) => {
      const name = named ? `${short(one.name, room)}, ${percent(one.end)}` : String(i + 1);
      const at = x(one[`race_${axis}`].at(-1)) + 10;
      this.picture.append(text(at, rows[i] + 4, name, { class: one.is_mine ? "end mine" : "end" }));
      if (!named) key.append(entry(i + 1, one));
    });
  }
}

function entry(number, { name, end, colour, dash }) { // a row of the key
  const row = document.createElement("span"), sample = draw("svg", { viewBox: "0 0 26 8", "aria-hidden": true });
  sample.append(draw("path", { d: "M0,4 H26", stroke: colour, "stroke-width": 3, "stroke-dasharray": dash }));
  row.append(sample, `${number} ${name}, ${percent(end)}`);
  return row;
}

function between(steps, points, step) { // the point of a line at a step
  const after = steps.findIndex((one) => one >= step);
  if (after < 1) return points[after < 0 ? points.length - 1 : 0];
  const part = (step - steps[after - 1]) / (steps[after] - steps[after - 1]);
  return points[after].map((value, i) => points[after - 1][i] + part * (value - points[after - 1][i]));
}

function apart(heights, base) { // as near to these as lets no two names touch, none below the axis
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const rows = [...heights];
  let free = 0;
  for (const i of order) free = (rows[i] = Math.max(rows[i], free)) + LINE;
  let most = base;
  for (const i of order.reverse()) most = (rows[i] = Math.min(rows[i], most)) - LINE;
  return rows;
}

function nice(value) { // 1, 2 or 5 times a power of ten, no less than 1
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * ([1, 2, 5].find((times) => times * power >= value) ?? 10);
}

const short = (name, room) => (name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name);
const percent = (rate) => `${(100 * rate).toFixed(1)} %`;
