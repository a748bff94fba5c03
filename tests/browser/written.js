// Keeps what a canvas is told to write: the words, whether they fit, their colour.
{
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...most) {
    const size = this.measureText(text), at = this.getTransform();
    const from = at.transformPoint({ x: x - size.actualBoundingBoxLeft, y });
    const to = at.transformPoint({ x: x + size.actualBoundingBoxRight, y });
    const fits = from.x >= -2 && to.x <= this.canvas.width + 2;
    if (this.canvas.isConnected) window.written.push({ text, fits, canvas: this.canvas, colour: this.fillStyle, alpha: this.globalAlpha });
    return write.call(this, text, x, y, ...most);
  };
}
