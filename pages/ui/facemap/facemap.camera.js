// World → screen. World is as Python sends it, fitted shows all points, and on top of that comes
// the visitor's zoom and pan.

const PADDING = 40; // CSS pixels around the fitted points
const ZOOM = [1, 60];

class Camera {
  constructor(map, reset) {
    this.map = map;
    this.reset = reset;
    this.fitted = { x: spring(0), y: spring(0), zoom: spring(0) }; // zoom: log of pixels per unit
    this.view = { x: 0, y: 0, zoom: 1 }; // the visitor's pan (pixels) and zoom
    reset.addEventListener("click", () => this.showAll());
  }

  fit(places, scale, atOnce) { // the targets, so that all places × scale are in the picture
    const { width, height } = this.map.size;
    if (!width || !places.length) return;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < places.length; i += 2) {
      left = Math.min(left, places[i] * scale);
      right = Math.max(right, places[i] * scale);
      low = Math.min(low, places[i + 1] * scale);
      high = Math.max(high, places[i + 1] * scale);
    }
    const unit = Math.min((width - 2 * PADDING) / Math.max(right - left, 1e-6),
                          (height - 2 * PADDING) / Math.max(high - low, 1e-6));
    const goals = { x: (left + right) / 2, y: (low + high) / 2, zoom: Math.log(Math.max(unit, 1e-6)) };
    for (const [name, goal] of Object.entries(goals)) {
      this.fitted[name].target = goal;
      if (atOnce) Object.assign(this.fitted[name], { value: goal, velocity: 0 });
    }
  }

  get unit() { // pixels per unit of the world, once the camera has come to rest
    return Math.exp(this.fitted.zoom.target) * this.view.zoom;
  }

  move(seconds) { // returns how many pixels it still is away
    const { x, y, zoom } = this.fitted;
    const { unit } = this;
    return Math.max(step(x, seconds) * unit, step(y, seconds) * unit, step(zoom, seconds) * 400);
  }

  project(position, screen) { // both (N, 2)
    const { width, height } = this.map.size;
    const { x, y, zoom } = this.fitted;
    const unit = Math.exp(zoom.value) * this.view.zoom;
    const left = width / 2 + this.view.x - x.value * unit;
    const top = height / 2 + this.view.y + y.value * unit;
    for (let i = 0; i < position.length; i += 2) {
      screen[i] = left + position[i] * unit;
      screen[i + 1] = top - position[i + 1] * unit; // y grows upwards in the world
    }
  }

  zoomBy(factor, x, y) { // the point under (x, y) stays where it is
    const { view, map: { size } } = this;
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
    const { view, map: { size } } = this;
    const slack = (length) => (view.zoom - 1) * length / 2 + 0.35 * length * Math.min(1, view.zoom - 1);
    view.x = clamp(view.x, -slack(size.width), slack(size.width));
    view.y = clamp(view.y, -slack(size.height), slack(size.height));
    this.reset.hidden = view.zoom === 1;
    this.map.hand.allow(view.zoom === 1);
    this.map.wake();
  }

  showAll() {
    Object.assign(this.view, { x: 0, y: 0, zoom: 1 });
    this.viewed();
  }
}
