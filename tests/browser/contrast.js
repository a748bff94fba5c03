// Words of drawings that are too pale for their ground, with their contrast: axe-core looks at HTML
// alone. A word with an outline of its own is let be.
() => {
  const LEAST = 4.5; // WCAG 2.2, 1.4.3
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = pixel.getContext("2d", { willReadFrequently: true });
  const over = (colour, alpha, back) => { // what one sees: red, green, blue
    pen.globalAlpha = 1;
    pen.fillStyle = `rgb(${back})`;
    pen.fillRect(0, 0, 1, 1);
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const above = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const behind = (node) => {
    const layers = [];
    for (let box = node; box; box = above(box)) layers.unshift(getComputedStyle(box).backgroundColor);
    return layers.reduce((back, colour) => over(colour, 1, back), [255, 255, 255]);
  };
  const pale = (text, colour, alpha, box) => {
    const back = behind(box), ratio = contrast(over(colour, alpha, back), back);
    return ratio < LEAST ? [`${text}: ${ratio.toFixed(1)}`] : [];
  };
  const charts = [...document.querySelectorAll(".stVegaLiteChart svg")];
  const drawn = charts.flatMap((svg) => [...svg.querySelectorAll("text")].flatMap((word) => {
    const style = getComputedStyle(word);
    if (!word.textContent.trim() || style.stroke !== "none") return [];
    return pale(word.textContent, style.fill, +style.opacity * +style.fillOpacity, svg);
  }));
  const written = (window.written ?? []).filter((word) => word.canvas.isConnected);
  return [...drawn, ...written.flatMap((word) => pale(word.text, word.colour, word.alpha, word.canvas))];
}
