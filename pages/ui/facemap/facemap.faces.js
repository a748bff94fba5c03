// The faces that points may wear: out of the atlas, or a newcomer's own; and the card that shows
// one of them large.

class Faces {
  constructor(map, root) {
    this.map = map;
    this.buttons = [...root.querySelectorAll(".bar button")];
    this.drawAs = "dots";
    this.digest = "";
    this.portraits = new Map(); // data URI → the face, cut round
    this.arrived = (digest) => digest === this.digest && this.dress();
    store.waiting.add(this.arrived);
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        this.drawAs = button.dataset.as;
        this.dress();
      });
    }
  }

  get shown() {
    return this.drawAs === "faces" && !!this.atlas;
  }

  use(digest) {
    this.digest = digest;
    this.dress();
  }

  dress() { // faces can be drawn once their atlas is here
    this.atlas = store.atlases.get(this.digest);
    for (const button of this.buttons) {
      const faces = button.dataset.as === "faces";
      button.disabled = faces && !this.atlas;
      button.setAttribute("aria-pressed", String(this.shown === faces));
    }
    this.map.dressed();
  }

  invite(uri) { // the face of a newcomer, cut round
    if (this.portraits.has(uri)) return;
    this.portraits.set(uri, null);
    const image = new Image();
    image.onload = () => {
      const cut = document.createElement("canvas");
      cut.width = cut.height = 144;
      const pen = cut.getContext("2d");
      pen.arc(72, 72, 71, 0, 2 * Math.PI);
      pen.clip();
      pen.drawImage(image, 0, 0, 144, 144);
      this.portraits.set(uri, cut);
      this.map.wake();
    };
    image.src = uri;
  }

  mip(diameter) { // the atlas halved until it fits what is drawn: sharper, and faster
    const { atlas } = this;
    atlas.levels ??= [{ round: atlas.round, side: atlas.side, columns: atlas.columns }];
    let level = 0;
    while (atlas.levels[level].side >= 2 * diameter * this.map.size.ratio && atlas.levels[level].side % 2 === 0) {
      const { round, side, columns } = atlas.levels[level++];
      if (atlas.levels[level]) continue;
      const half = document.createElement("canvas");
      half.width = round.width / 2;
      half.height = round.height / 2;
      half.getContext("2d").drawImage(round, 0, 0, half.width, half.height);
      atlas.levels.push({ round: half, side: side / 2, columns });
    }
    return atlas.levels[level];
  }
}

class Card {
  constructor(map, root) {
    this.map = map;
    this.card = root.querySelector(".card");
    this.face = root.querySelector(".card canvas");
    this.name = root.querySelector(".card b");
  }

  show(index) { // −1: no card
    this.card.hidden = index < 0;
    if (index < 0) return;
    const { map, map: { faces } } = this;
    const guest = faces.portraits.get(map.guests[map.guest(index)]);
    const known = faces.atlas && index < faces.atlas.count;
    this.name.textContent = map.names[index];
    this.card.classList.toggle("bare", !guest && !known);
    if (guest) this.draw(guest, 0, 0, guest.width);
    else if (known) {
      const { image, side, columns } = faces.atlas;
      this.draw(image, (index % columns) * side, Math.floor(index / columns) * side, side);
    }
    this.place(index);
  }

  draw(picture, x, y, side) {
    this.face.width = this.face.height = 120 * this.map.size.ratio;
    const pen = this.face.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, x, y, side, side, 0, 0, this.face.width, this.face.height);
  }

  place(index) { // beside its point, inside the stage
    const { offsetWidth: w, offsetHeight: h } = this.card;
    const { screen, drawing, size: { width, height } } = this.map;
    const x = screen[2 * index], y = screen[2 * index + 1];
    const gap = drawing.diameter / 2 + 12;
    const left = x + gap + w < width ? x + gap : x - gap - w;
    this.card.style.transform = `translate(${clamp(left, 6, width - w - 6)}px, ${clamp(y - h / 2, 6, height - h - 6)}px)`;
  }
}
