// What the visitor's hand does: drag, pinch, turn the wheel, draw a lasso or a box, tap, and use
// the keys.

class Hand {
  constructor(map, root) {
    this.map = map;
    this.canvas = map.canvas;
    this.tools = [...root.querySelectorAll(".tools button")];
    this.said = root.querySelector(".said");
    this.tool = "move"; // or "lasso", "box"
    this.path = null; // what a lasso or a box has drawn so far, on the screen
    this.pointers = new Map();
    this.travelled = 0; // pixels since the hand came down
    this.scrolled = 0; // when the page was last scrolled: a wheel that passes over is no zoom
    this.listen();
  }

  listen() {
    const on = (name, act, options) => this.canvas.addEventListener(name, act, options);
    this.onScroll = (event) => {
      if (!event.composedPath().includes(this.canvas)) this.scrolled = event.timeStamp;
    };
    window.addEventListener("wheel", this.onScroll, { passive: true });
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.letGo(); });
    on("pointerleave", (event) => event.pointerType === "mouse" && !this.pointers.size && this.map.hover(-1));
    on("dblclick", () => this.map.camera.showAll());
    on("keydown", (event) => this.key(event));
    on("blur", () => this.map.hover(-1));
    for (const button of this.tools) button.addEventListener("click", () => this.use(button.dataset.tool));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  wheel(event) {
    const out = event.deltaY > 0 && this.map.camera.view.zoom === 1;
    if (!event.ctrlKey && (out || event.timeStamp - this.scrolled < 400)) return void (this.scrolled = event.timeStamp);
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    this.map.camera.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), ...this.place(event));
  }

  down(event) {
    this.pointers.set(event.pointerId, this.place(event));
    this.canvas.setPointerCapture(event.pointerId);
    this.travelled = 0;
    const draws = this.tool !== "move" || (event.shiftKey && this.map.group);
    this.path = draws && this.pointers.size === 1 ? [this.place(event)] : null;
  }

  move(event) {
    const [x, y] = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return void this.map.hover(this.map.at(x, y, Math.max(14, this.map.drawing.diameter / 2 + 4)));
    this.travelled += Math.hypot(x - before[0], y - before[1]);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch([x, y], before, other);
    else if (this.path) {
      this.path.push([x, y]);
      this.map.wake();
    } else {
      if (this.travelled > 4) this.canvas.classList.add("held");
      this.map.camera.panBy(x - before[0], y - before[1]);
    }
    this.pointers.set(event.pointerId, [x, y]);
  }

  pinch([x, y], before, other) { // two fingers zoom
    const { camera } = this.map;
    this.path = null;
    const spread = Math.hypot(x - other[0], y - other[1]) / (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1);
    camera.zoomBy(spread, (x + other[0]) / 2, (y + other[1]) / 2);
    camera.panBy((x - before[0]) / 2, (y - before[1]) / 2);
  }

  up(event) {
    const { map } = this;
    const tapped = this.pointers.delete(event.pointerId) && this.travelled < 6;
    if (this.path && !tapped) map.group?.(this.within());
    this.letGo();
    map.wake();
    if (!tapped) return;
    map.hover(map.at(...this.place(event), event.pointerType === "mouse" ? 14 : 26));
    if (map.hovered >= 0) map.pick?.(map.hovered);
  }

  letGo() {
    this.path = null;
    this.canvas.classList.remove("held");
  }

  corners() { // of the path: a lasso as it was drawn, a box by its two ends
    const [a, b] = [this.path[0], this.path.at(-1)];
    return this.tool === "box" ? [a, [b[0], a[1]], b, [a[0], b[1]]] : this.path;
  }

  within() { // indices of the points inside the path, by the even-odd rule
    const { count, screen } = this.map;
    const corners = this.corners();
    const found = [];
    for (let i = 0; i < count; i++) {
      const x = screen[2 * i], y = screen[2 * i + 1];
      let inside = false;
      for (let k = 0, before = corners.length - 1; k < corners.length; before = k++) {
        const [x1, y1] = corners[k], [x2, y2] = corners[before];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
      }
      if (inside) found.push(i);
    }
    return found;
  }

  offer(catches) { // the tools, where what they catch is asked for
    this.tools[0].parentElement.hidden = !catches;
    if (!catches) this.use("move");
  }

  use(tool) {
    this.tool = tool;
    for (const button of this.tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.canvas.classList.toggle("draws", tool !== "move");
    this.map.camera.viewed();
  }

  allow(scrolling) { // a finger scrolls the page past where there is nothing else that it could do
    this.canvas.style.touchAction = scrolling && this.tool === "move" ? "pan-y" : "none";
  }

  key(event) {
    const { map, map: { camera, size: { width, height } } } = this;
    const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (arrows[event.key]) {
      map.hover(this.towards(...arrows[event.key]));
      this.said.textContent = map.names[map.hovered] ?? "";
    } else if (event.key === "+" || event.key === "=") camera.zoomBy(1.4, width / 2, height / 2);
    else if (event.key === "-") camera.zoomBy(1 / 1.4, width / 2, height / 2);
    else if (event.key === "0") camera.showAll();
    else if (event.key === "Escape") map.hover(-1);
    else if (event.key === "Enter" && map.hovered >= 0) map.pick?.(map.hovered);
    else return;
    event.preventDefault();
  }

  towards(dx, dy) { // the nearest point in a direction, sideways steps counting double
    const { count, screen, size, hovered } = this.map;
    if (hovered < 0) return this.map.at(size.width / 2, size.height / 2, Infinity);
    let [best, nearest] = [hovered, Infinity];
    for (let i = 0; i < count; i++) {
      const x = screen[2 * i] - screen[2 * hovered], y = screen[2 * i + 1] - screen[2 * hovered + 1];
      const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (i !== hovered && ahead > 1 && ahead + 2 * aside < nearest) [best, nearest] = [i, ahead + 2 * aside];
    }
    return best;
  }

  close() {
    window.removeEventListener("wheel", this.onScroll);
  }
}
