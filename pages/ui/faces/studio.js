// The face studio: draws what the server says of the photo of now; dragging the face turns it.
// As on the map, one `Studio` per place lives on while Python hands it new data.

const TURN = 90 / 220; // degrees for a pixel of dragging
const PATIENCE = 1500; // ms without an answer after which the next turn is sent all the same
const ENDS = { yaw: 45, pitch: 25 };
const KEYS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
const places = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let studio = places.get(parentElement);
  if (!studio) places.set(parentElement, (studio = new Studio(parentElement.querySelector(".studio"))));
  studio.send = (pose) => setTriggerValue("turned", pose);
  studio.update(data);
  return () => setTimeout(() => studio.root.isConnected || studio.watcher.disconnect());
}

class Studio {
  constructor(root) {
    this.root = root;
    const live = this.one(".live");
    live.addEventListener("pointerdown", (event) => this.press(event));
    live.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) live.addEventListener(end, () => this.drop());
    live.addEventListener("keydown", (event) => this.key(event));
    this.watcher = besideControls(root, this.one(".pair"));
  }

  one(selector) { return this.root.querySelector(selector); }

  update(data) {
    this.data = data;
    this.waits = 0;
    if (!this.from) this.pose = { yaw: data.yaw, pitch: data.pitch };
    for (const which of ["reference", "live"]) {
      const image = this.one(`.${which} img`);
      if (image.getAttribute("src") !== data[which]) image.src = data[which];
      image.alt = data.told[which];
    }
    this.one(".live").setAttribute("aria-label", "The photo of now. Drag it or use the arrow keys to turn the head.");
    const truth = this.one(".truth");
    truth.className = `truth ${data.truth.side}`;
    truth.replaceChildren(bold(data.truth.headline), data.truth.rest);
    const judges = this.one(".judges");
    while (judges.children.length > data.judges.length) judges.lastChild.remove();
    data.judges.forEach((judge, i) => draw(judges.children[i] ?? judges.appendChild(block()), judge));
    const small = this.one(".beside");
    small.querySelector("img").src = data.live;
    small.querySelector("p").replaceChildren(...data.judges.map((judge) => {
      const line = document.createElement("span");
      line.className = judge.side;
      line.append(bold(judge.name), ` ${judge.verdict}`);
      return line;
    }));
    if (this.next) this.flush();
  }

  press(event) {
    if (event.button) return;
    event.preventDefault();
    const live = this.one(".live");
    live.setPointerCapture(event.pointerId);
    live.classList.add("held");
    live.focus({ preventScroll: true });
    this.from = { x: event.clientX, y: event.clientY, ...this.pose };
  }

  drag(event) {
    if (!this.from) return;
    const scale = TURN * (220 / this.one(".live").clientWidth);
    this.turn(this.from.yaw + (event.clientX - this.from.x) * scale, this.from.pitch + (event.clientY - this.from.y) * scale * 0.7);
  }

  drop() {
    this.from = undefined;
    this.one(".live").classList.remove("held");
  }

  key(event) {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    this.turn(this.pose.yaw + by[0], this.pose.pitch + by[1]);
  }

  turn(yaw, pitch) { // one at a time: the server has to keep up
    const within = (value, end) => Math.round(Math.min(Math.max(value, -end), end));
    const pose = { yaw: within(yaw, ENDS.yaw), pitch: within(pitch, ENDS.pitch) };
    if (pose.yaw === this.pose.yaw && pose.pitch === this.pose.pitch) return;
    this.pose = this.next = pose;
    if (!this.waits || performance.now() - this.waits > PATIENCE) this.flush();
  }

  flush() {
    this.waits = performance.now();
    this.send({ ...this.next, at: Date.now() });
    this.next = undefined;
  }
}

function block() {
  const made = document.createElement("div");
  made.className = "judge";
  made.innerHTML = `<div class="head"><b></b><span></span></div>
    <div class="ruler" role="img"><svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true"><path class="different"/><path class="same"/></svg>
    <div class="mark"><span>threshold</span></div><div class="pin"></div></div><p class="words"></p><ol class="nearest"></ol>`;
  return made;
}

function draw(box, judge) {
  const one = (selector) => box.querySelector(selector);
  const at = (distance) => `${100 * Math.min(distance / judge.reach, 1)}%`;
  one(".head b").textContent = judge.name;
  one(".head span").textContent = judge.verdict;
  one(".head span").className = judge.side;
  one(".pin").style.left = at(judge.distance);
  const mark = one(".mark");
  mark.hidden = judge.threshold === null;
  mark.style.left = at(judge.threshold);
  mark.classList.toggle("left", judge.threshold / judge.reach > 0.6);
  one(".ruler").setAttribute("aria-label", judge.verdict);
  const top = Math.max(...judge.same, ...judge.different, 1e-9);
  for (const kind of ["same", "different"]) {
    const hill = judge[kind].map((height, i, all) => `${((i + 0.5) / all.length) * 1000},${100 - (92 * height) / top}`);
    one(`path.${kind}`).setAttribute("d", hill.length ? `M0,100 L${hill.join(" L")} L1000,100 Z` : "");
  }
  one(".words").textContent = judge.words;
  const list = one(".nearest");
  while (list.children.length > judge.nearest.length) list.lastChild.remove();
  judge.nearest.forEach((face, i) => {
    const item = list.children[i] ?? list.appendChild(document.createElement("li"));
    if (!item.firstChild) item.innerHTML = `<img alt=""><b></b><span></span>`;
    item.className = face.mine ? "mine" : "";
    const image = item.querySelector("img");
    if (image.getAttribute("src") !== face.image) image.src = face.image;
    image.alt = `Nearest ${i + 1}: ${face.name}`;
    item.querySelector("b").textContent = face.name;
    item.querySelector("span").textContent = face.distance;
  });
}

function bold(text) {
  const made = document.createElement("b");
  made.textContent = text;
  return made;
}
