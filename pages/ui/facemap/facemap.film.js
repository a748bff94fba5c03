// A film of maps: what is played, and the player below the map.

const PACE = 5; // frames of a film a second

class Film {
  constructor(root, moved) { // `moved` is called when the film stands elsewhere
    this.moved = moved;
    this.figure = root.querySelector(".map");
    this.player = root.querySelector(".player");
    this.play = root.querySelector(".play");
    this.time = root.querySelector(".time");
    this.now = root.querySelector(".now");
    this.reel = null;
    this.playing = false;
    this.listen();
  }

  load(reel) { // take in a film, or put the one away that there was
    this.player.hidden = !reel;
    if (!reel) return void (this.reel = null);
    if (this.reel?.id !== reel.id) {
      this.reel = { ...reel, frames: new Int16Array(decode(reel.frames)) };
      this.at = 0;
      this.playing = !STILL.matches && reel.words.length > 1;
      this.time.max = this.last;
    }
    this.show();
  }

  get last() {
    return this.reel.words.length - 1;
  }

  places() { // (N, 2), mostly between two frames
    const { frames, words, scale } = this.reel;
    const size = frames.length / words.length;
    const first = Math.min(Math.floor(this.at), this.last);
    const second = Math.min(first + 1, this.last);
    const share = this.at - first;
    const places = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const a = frames[first * size + i], b = frames[second * size + i];
      places[i] = (a + (b - a) * share) * scale;
    }
    return places;
  }

  show() { // what the player says
    const frame = Math.round(this.at);
    const words = this.reel.words[frame];
    if (document.activeElement !== this.time || this.playing) this.time.value = this.at;
    this.now.textContent = words;
    this.time.setAttribute("aria-valuetext", words);
    this.play.textContent = this.playing ? "Pause" : this.at >= this.last ? "Again" : "Play";
    this.figure.dataset.frame = frame;
  }

  seek(at) {
    this.at = clamp(at, 0, this.last);
    this.show();
    this.moved();
  }

  roll(seconds) { // true while the film runs
    if (!this.reel || !this.playing) return false;
    const next = this.at + seconds * PACE;
    if (next >= this.last) this.playing = false;
    this.seek(next);
    return this.playing;
  }

  listen() {
    this.play.addEventListener("click", () => {
      this.playing = !this.playing;
      this.seek(this.playing && this.at >= this.last ? 0 : this.at);
    });
    this.time.addEventListener("input", () => {
      this.playing = false;
      this.seek(Number(this.time.value));
    });
  }
}
