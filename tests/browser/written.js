// Keeps what a canvas is told to write, until it is wiped: the words, whether they fit, their colour.
{
  const { fillText: write, clearRect: wipe } = CanvasRenderingContext2D.prototype;
  window.written = [];
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    window.written = window.written.filter((word) => word.canvas !== this.canvas);
    return wipe.apply(this, area);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...most) {
    const size = this.measureText(text), at = this.getTransform();
    const from = at.transformPoint({ x: x - size.actualBoundingBoxLeft, y });
    const to = at.transformPoint({ x: x + size.actualBoundingBoxRight, y });
    const fits = from.x >= -2 && to.x <= this.canvas.width + 2;
    if (this.canvas.isConnected) window.written.push({ text, fits, canvas: this.canvas, colour: this.fillStyle, alpha: this.globalAlpha });
    return write.call(this, text, x, y, ...most);
  };
}
