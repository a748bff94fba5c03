// Guess before the reveal: ten pairs, first the visitor's word, then what was measured.
// Python hands over a whole game; what was said stays in this tab, also on other pages.

const KEPT = "siamese_start_guesses";
const LEFT = ["1", "ArrowLeft"], RIGHT = ["2", "ArrowRight"];
const games = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let game = games.get(parentElement);
  if (!game) games.set(parentElement, (game = new Game(parentElement)));
  game.wish = (wish) => setTriggerValue("wish", wish);
  game.update(data);
  return () => setTimeout(() => game.root.isConnected || game.leave());
}

class Game {
  constructor(place) {
    this.root = place.querySelector(".guess");
    this.faces = [...this.root.querySelectorAll("figure")];
    this.left = new AbortController();
    const click = (selector, act) => this.root.querySelectorAll(selector).forEach((button, i) => button.addEventListener("click", () => act(i)));
    click(".says button", (i) => this.say(i === 0));
    click(".panel .next", () => this.go());
    click(".skip, .show", () => this.wish({ show: true }));
    click(".again", () => this.again());
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.left.signal });
  }

  one(selector) { return this.root.querySelector(selector); }
  leave() { this.left.abort(); }

  update(data) {
    const kept = recall();
    this.root.classList.toggle("waiting", !data);
    if (!data || data.id === this.data?.id) return;
    if (kept && kept.id !== data.id && this.asked !== kept.id) { // after a reload Python has begun another game
      this.asked = kept.id;
      this.root.classList.add("waiting");
      return this.wish({ resume: kept.id });
    }
    this.data = data;
    this.said = kept?.id === data.id ? kept.said : [];
    this.at = this.said.length;
    this.draw();
  }

  get over() { return this.at >= this.data.pairs.length; }
  get asking() { return !this.over && this.said.length === this.at; }

  say(one) { // the visitor's word
    if (!this.data || !this.asking) return;
    this.said.push(one);
    keep({ id: this.data.id, said: this.said });
    this.draw();
    this.one(".panel .next").focus({ preventScroll: true });
  }

  go() { // to the next pair, or to the end
    if (!this.data || this.asking || this.over) return;
    this.at += 1;
    this.draw();
    this.one(this.over ? ".again" : ".ask .big").focus({ preventScroll: true });
  }

  again() {
    keep(null);
    this.root.className = "guess waiting";
    this.wish({ again: true });
  }

  key(event) {
    const target = event.composedPath()[0];
    const busy = target.closest?.("input, textarea, select, [contenteditable=true], [role=radiogroup], [role=slider], dialog");
    if (busy || event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (LEFT.includes(event.key)) this.say(true);
    else if (RIGHT.includes(event.key)) this.say(false);
    else if (event.key === "Enter" && !target.closest?.("a, button, summary")) this.go();
  }

  draw() {
    const { pairs } = this.data;
    this.root.classList.toggle("asking", this.asking);
    this.root.classList.toggle("over", this.over);
    this.one(".progress b").textContent = this.over ? "Ten pairs" : `Pair ${this.at + 1} of ${pairs.length}`;
    this.one("ol").replaceChildren(...pairs.map((pair, i) => make("li", i < this.said.length ? mark(this.said[i] === pair.one) : i === this.at ? "now" : "")));
    if (this.over) return this.drawEnd();
    const pair = pairs[this.at];
    this.faces.forEach((face, i) => {
      const { image, name } = pair.photos[i];
      face.firstElementChild.src = image;
      face.firstElementChild.alt = this.asking ? `${i ? "Second" : "First"} face` : name;
      face.lastElementChild.textContent = this.asking ? "" : name.replace(", picture ", " ");
    });
    this.one(".result").replaceChildren(...(this.asking ? [] : this.reveal(pair)));
    this.one(".panel .next").textContent = this.at + 1 < pairs.length ? "Next pair" : "Who was right more often?";
  }

  reveal(pair) { // the headline, and what everybody made of it
    const said = this.said[this.at];
    const right = said === pair.one;
    const headline = make("p", `big ${mark(right)}`, `${right ? "Right" : "Wrong"}: ${pair.truth}.`);
    const lines = pair.judges.map(({ distance, one, words }, i) => {
      const { name, threshold, reach } = this.data.judges[i];
      const line = verdict(name, words, one === pair.one);
      line.append(ruler(threshold, Math.min(distance / reach, 1)));
      return line;
    });
    return [headline, verdict("You", said ? "one person" : "two people", right), ...lines];
  }

  drawEnd() {
    const { pairs, judges, closing } = this.data;
    const marks = pairs.map((pair, i) => [this.said[i] === pair.one, ...pair.judges.map(({ one }) => one === pair.one)]);
    const names = ["You", ...judges.map(({ name }) => name)];
    const totals = names.map((_, who) => marks.filter((right) => right[who]).length);
    this.one(".scores").replaceChildren(...names.map((name, who) => {
      const score = make("p", who ? "" : "you");
      score.append(make("span", "", name), make("b", "", totals[who]), make("i", "", `of ${pairs.length}`));
      return score;
    }));
    this.one(".closing").textContent = closing[totals[0]];
    this.one(".end .hint").textContent = `Under each pair: ${names.map((name) => name.toLowerCase()).join(", ")}. Press one to see it go through the net.`;
    this.one(".pairs").replaceChildren(...pairs.map((pair, i) => this.tile(pair, names, marks[i])));
  }

  tile(pair, names, right) { // a pair of the game, and who was right; it leads to the drawing of it
    const tile = make("button");
    tile.setAttribute("aria-label", `${pair.truth}: ${names.map((name, who) => `${name.toLowerCase()} ${mark(right[who])}`).join(", ")}. Look closer`);
    for (const { image } of pair.photos) tile.append(Object.assign(make("img"), { src: image, alt: "" }));
    const row = make("span");
    row.append(...names.map((name, who) => Object.assign(make("i", mark(right[who])), { title: `${name}: ${mark(right[who])}` })));
    tile.append(row);
    tile.addEventListener("click", () => this.wish({ look: pair.photos.map(({ id }) => id) }));
    const item = make("li");
    item.append(tile);
    return item;
  }
}

const mark = (right) => (right ? "right" : "wrong");

function make(kind, looks = "", words = "") {
  const made = document.createElement(kind);
  made.className = looks;
  made.textContent = words;
  return made;
}

function verdict(name, words, right) { // a line: who, what they said, whether that is so
  const line = make("p", "verdict");
  const sign = make("i", mark(right));
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", mark(right));
  line.append(sign, make("b", "", name), make("span", "", words));
  return line;
}

function ruler(threshold, share) { // from alike to far apart: one person up to the threshold
  const box = make("span", "ruler");
  box.setAttribute("aria-hidden", "true");
  box.style.setProperty("--threshold", `${100 * threshold}%`);
  box.style.setProperty("--share", `${100 * share}%`);
  box.append(make("i"));
  return box;
}

function recall() { // what this tab knows of a game, or null
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    return Number.isInteger(kept?.id) && Array.isArray(kept.said) ? kept : null;
  } catch { return null; }
}

function keep(game) { // a browser may refuse: then the game is forgotten with the page
  try {
    if (game) sessionStorage.setItem(KEPT, JSON.stringify(game));
    else sessionStorage.removeItem(KEPT);
  } catch { /* nothing to keep it in */ }
}
