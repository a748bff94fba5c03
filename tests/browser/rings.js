// The lowest contrast between the ring of a choice that is not taken and what lies around it.
() => {
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = pixel.getContext("2d", { willReadFrequently: true });
  const luminance = (...layers) => {
    for (const layer of layers) {
      pen.fillStyle = layer;
      pen.fillRect(0, 0, 1, 1);
    }
    const channels = [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((c) => c / 255);
    const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
  const rings = [...document.querySelectorAll("[data-testid=stRadioOption] *, [data-testid=stCheckbox] *")]
    .map((box) => ({ box, style: getComputedStyle(box) }))
    .filter(({ box, style }) => box.tagName !== "INPUT" && parseFloat(style.borderTopWidth) > 0);
  const ratios = rings.map(({ style }) => {
    const [low, high] = [luminance(ground), luminance(ground, style.borderTopColor)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  return ratios.length ? Math.min(...ratios) : 0;
}
