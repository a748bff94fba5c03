// Decodes an atlas of faces once and keeps it under its digest, for every map on every page.
// window.__siamese_sprites: { atlases: Map(digest → atlas), waiting: Set(callback(digest)) }

const KEEP = 4; // atlases; the oldest goes first

const store = (window.__siamese_sprites ??= { atlases: new Map(), waiting: new Set() });

export default async function ({ data }) {
  const { digest, uri, side, columns, count } = data;
  if (store.atlases.has(digest)) return;
  const image = new Image();
  image.src = uri;
  await image.decode();
  const cut = document.createElement("canvas"); // the same faces, cut round
  cut.width = image.width;
  cut.height = image.height;
  const pen = cut.getContext("2d");
  pen.beginPath();
  for (let i = 0; i < count; i++) {
    const x = ((i % columns) + 0.5) * side;
    const y = (Math.floor(i / columns) + 0.5) * side;
    pen.moveTo(x + side / 2, y);
    pen.arc(x, y, side / 2 - 0.5, 0, 2 * Math.PI);
  }
  pen.fill();
  pen.globalCompositeOperation = "source-in";
  pen.drawImage(image, 0, 0);
  store.atlases.set(digest, { image, round: cut, side, columns, count });
  for (const old of [...store.atlases.keys()].slice(0, -KEEP)) store.atlases.delete(old);
  for (const tell of store.waiting) tell(digest);
}
