// How the map looks: points as dots or faces, newcomers, lines, rings, and what a hand has drawn.

const CROWD = 1500; // points: above, dots stand on whole pixels, which draws twice as fast

class Drawing {
  constructor(map) {
    this.map = map;
    this.pen = map.canvas.getContext("2d");
    this.stamps = new Map(); // colour → small canvas with a disc
  }

  paint() { // one colour per person, by the golden angle; lighter at night
    const { stage, faces, size } = this.map;
    const style = getComputedStyle(stage);
    this.paper = style.backgroundColor;
    const dark = luminance(style.color) > 0.5;
    const looks = `${dark} ${this.paper} ${size.ratio} ${faces.shown}`;
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

  get diameter() { // of one point: smaller in a crowd, larger when near
    const { count, camera, faces, size: { width, height } } = this.map;
    const room = Math.sqrt((width * height) / Math.max(count, 1));
    const near = camera.view.zoom ** 0.6;
    return faces.shown ? clamp(room * 0.62, 15, 40) * Math.min(near, 4)
                       : clamp(room * 0.26, 4.5, 11) * Math.min(near, 2.5);
  }

  draw() {
    const { pen, map, map: { size: { width, height, ratio } } } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = 1 - 0.86 * map.fade.value;
    this.drawPoints((i) => !this.stands(i));
    pen.globalAlpha = 1;
    this.drawLines();
    if (map.person >= 0 || map.lit) this.drawPoints((i) => this.stands(i));
    for (let k = 0; k < map.guests.length; k++) this.drawGuest(k);
    if (map.picked >= 0) this.drawRing(map.picked);
    if (map.hovered >= 0) this.drawPoint(map.hovered, this.diameter * 1.35);
    if (map.hand.path) this.drawPath(map.hand.corners());
  }

  stands(i) { // does this point stand out?
    const { lit, hovered, labels, person } = this.map;
    return lit && hovered < 0 ? !!lit[i] : labels[i] === person;
  }

  drawPoints(wanted) {
    const { screen, guests, size: { width, height } } = this.map;
    const diameter = this.diameter;
    const count = this.map.count - guests.length; // newcomers are drawn on top
    for (let i = 0; i < count; i++) {
      const x = screen[2 * i], y = screen[2 * i + 1];
      const outside = x < -diameter || y < -diameter || x > width + diameter || y > height + diameter;
      if (!outside && wanted(i)) this.drawPoint(i, diameter);
    }
  }

  drawPoint(i, diameter) {
    const { pen, map, map: { screen, faces, size: { ratio } } } = this;
    const guest = map.guest(i);
    if (guest >= 0) return void this.drawGuest(guest, 1.35);
    const x = screen[2 * i], y = screen[2 * i + 1];
    const wears = faces.shown && i < faces.atlas.count;
    const stamp = this.stamp(i, wears ? diameter * 1.16 + 2 : diameter + 2);
    const outer = stamp.width / ratio; // as it was drawn: nothing to scale
    const snap = map.count > CROWD ? (value) => Math.round(value * ratio) / ratio : (value) => value;
    pen.drawImage(stamp, snap(x - outer / 2), snap(y - outer / 2), outer, outer);
    if (!wears) return;
    const { round, side, columns } = faces.mip(diameter);
    pen.drawImage(round, (i % columns) * side, Math.floor(i / columns) * side, side, side,
                  x - diameter / 2, y - diameter / 2, diameter, diameter);
  }

  drawGuest(number, larger = 1) { // always as a face, on a disc of its own
    const { pen, map: { count, guests, screen, faces } } = this;
    const i = count - guests.length + number;
    const x = screen[2 * i], y = screen[2 * i + 1];
    const diameter = Math.max(34, this.diameter * 1.4) * larger;
    pen.beginPath();
    pen.arc(x, y, diameter / 2 + 4, 0, 2 * Math.PI);
    pen.fillStyle = this.accent;
    pen.fill();
    const face = faces.portraits.get(guests[number]);
    if (face) pen.drawImage(face, x - diameter / 2, y - diameter / 2, diameter, diameter);
  }

  drawLines() { // from a picked point to its neighbours in the space
    const { pen, map: { lines, screen } } = this;
    pen.lineWidth = 2;
    for (const [i, j, colour] of lines) {
      pen.strokeStyle = colour;
      pen.beginPath();
      pen.moveTo(screen[2 * i], screen[2 * i + 1]);
      pen.lineTo(screen[2 * j], screen[2 * j + 1]);
      pen.stroke();
    }
  }

  drawRing(i) {
    const { pen, map: { screen } } = this;
    pen.beginPath();
    pen.arc(screen[2 * i], screen[2 * i + 1], this.diameter * 0.68 + 5, 0, 2 * Math.PI);
    pen.lineWidth = 3;
    pen.strokeStyle = this.ink;
    pen.stroke();
  }

  drawPath(corners) {
    const { pen } = this;
    pen.beginPath();
    corners.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.globalAlpha = 0.16;
    pen.fillStyle = this.accent;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.strokeStyle = this.accent;
    pen.stroke();
  }

  stamp(i, diameter) { // a disc with a thin edge of paper, drawn once per colour and size
    const { labels, tints, palette, hollow, faces, size: { ratio } } = this.map;
    const pixels = Math.ceil(diameter * ratio);
    const tint = tints ? tints[i] : labels[i];
    const colour = !tints ? this.colour(tint) : tint >= 0 ? palette[tint] : this.grey;
    const key = `${colour} ${hollow?.[i] ? 1 : 0} ${pixels}`;
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
    disc(colour, pixels / 2 - ratio);
    if (hollow?.[i]) disc(this.paper, (pixels / 2 - ratio) * (faces.shown ? 0.93 : 0.55));
    this.stamps.set(key, stamp);
    return stamp;
  }
}

function explain(place, legend) { // entries {text, colour, hollow} or {low, high, colours}
  place.hidden = !legend.length;
  place.replaceChildren(...legend.map((entry) => {
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

function luminance(colour) {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
